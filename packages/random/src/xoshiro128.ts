/** 128 bits of state, as four words, changed in place. */
export type State = [number, number, number, number];

const rotateLeft = (x: number, bits: number): number => (x << bits) | (x >>> (32 - bits));

/** Fills the array with what nextWord would give one after the other, several times as fast. */
export function nextWords(s: State, into: Uint32Array): void {
  let [a, b, c, d] = s;
  for (let i = 0; i < into.length; i++) {
    into[i] = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9);
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = rotateLeft(d, 11);
  }
  s.splice(0, 4, a, b, c, d);
}

/** The next 32 bits of xoshiro128**: Blackman & Vigna 2018, https://prng.di.unimi.it/xoshiro128starstar.c. The state must not be all zeros. */
export function nextWord(s: State): number {
  const result = Math.imul(rotateLeft(Math.imul(s[1], 5), 7), 9) >>> 0;
  const t = s[1] << 9;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = rotateLeft(s[3], 11);
  return result;
}

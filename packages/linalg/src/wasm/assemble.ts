/** The bytes of WebAssembly's instructions that the kernels are made of (https://webassembly.github.io/spec/core/binary, with SIMD). */
export type Code = readonly number[];

const unsigned = (value: number): Code => (value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)]);

const signed = (value: number): Code =>
  value >= -64 && value < 64 ? [value & 127] : [(value & 127) | 128, ...signed(value >> 7)];

const simd = (opcode: number, ...rest: Code): Code => [0xfd, ...unsigned(opcode), ...rest];

export const get = (local: number): Code => [0x20, ...unsigned(local)];
export const set = (local: number, ...value: Code): Code => [...value, 0x21, ...unsigned(local)];
export const i32 = (value: number): Code => [0x41, ...signed(value)];
export const add = (a: Code, b: Code): Code => [...a, ...b, 0x6a];
export const subtract = (a: Code, b: Code): Code => [...a, ...b, 0x6b];
export const times = (a: Code, b: Code): Code => [...a, ...b, 0x6c];

export const storeByte = (address: Code, value: Code): Code => [...address, ...value, 0x3a, 0, 0];

/** local += value */
export const advance = (local: number, value: Code): Code => set(local, ...add(get(local), value));

/** Runs the body until so many have been counted: at least once. */
export const repeat = (counter: number, count: Code, body: Code): Code => [
  ...set(counter, ...i32(0)),
  ...[0x03, 0x40, ...body, ...advance(counter, i32(1)), ...get(counter), ...count, 0x48, 0x0d, 0, 0x0b],
];

export const when = (condition: Code, body: Code): Code => [...condition, 0x04, 0x40, ...body, 0x0b];

/** Bytes of a and b, which are numbered on, in equal runs from these places. */
const shuffle = (a: Code, b: Code, places: readonly number[]): Code => {
  const run = Array.from({ length: 16 / places.length }, (_, i) => i);
  return [...a, ...b, ...simd(13, ...places.flatMap((place) => run.map((i) => place + i)))];
};

/** Numbers of one kind that an instruction takes at a time, 16 bytes in all. */
export interface Lanes {
  /** Of a number. */
  readonly bytes: 8 | 4;
  /** One number in all places. */
  readonly loadAll: (address: Code, offset?: number) => Code;
  readonly add: (a: Code, b: Code) => Code;
  readonly subtract: (a: Code, b: Code) => Code;
  readonly times: (a: Code, b: Code) => Code;
  readonly divide: (a: Code, b: Code) => Code;
  readonly size: (a: Code) => Code;
  /** All bits of a number whose comparison holds, none of another. */
  readonly below: (a: Code, b: Code) => Code;
  readonly atLeast: (a: Code, b: Code) => Code;
  readonly differs: (a: Code, b: Code) => Code;
  /** A 32-bit number: the first bit of each. */
  readonly signs: (a: Code) => Code;
}

/** Two float64 at a time. */
export const pair: Lanes & {
  readonly zero: Code;
  readonly load: (address: Code, offset?: number) => Code;
  readonly store: (address: Code, value: Code, offset?: number) => Code;
  /** Of two whole numbers of 32 bits without sign. */
  readonly fromWords: (address: Code) => Code;
  /** Of the first two of four float32. */
  readonly fromFloats: (a: Code) => Code;
  /** The first number alone. */
  readonly storeOne: (address: Code, value: Code) => Code;
  /** The second number first. */
  readonly swap: (a: Code) => Code;
  /** The first numbers of both. */
  readonly firsts: (a: Code, b: Code) => Code;
  readonly seconds: (a: Code, b: Code) => Code;
  readonly and: (a: Code, b: Code) => Code;
  /** a where b has no bits. */
  readonly andNot: (a: Code, b: Code) => Code;
  readonly or: (a: Code, b: Code) => Code;
  /** Bits of a where the mask has them, else of b. */
  readonly choose: (mask: Code, a: Code, b: Code) => Code;
} = {
  bytes: 8,
  zero: simd(12, ...Array.from({ length: 16 }, () => 0)),
  load: (address, offset = 0) => [...address, ...simd(0, 3, ...unsigned(offset))],
  loadAll: (address, offset = 0) => [...address, ...simd(10, 3, ...unsigned(offset))],
  store: (address, value, offset = 0) => [...address, ...value, ...simd(11, 3, ...unsigned(offset))],
  fromWords: (address) => [...address, ...simd(0x5d, 3, 0), ...simd(0xff)],
  fromFloats: (a) => [...a, ...simd(0x5f)],
  storeOne: (address, value) => [...address, ...value, ...simd(0x5b, 3, 0, 0)],
  swap: (a) => shuffle(a, a, [8, 0]),
  firsts: (a, b) => shuffle(a, b, [0, 16]),
  seconds: (a, b) => shuffle(a, b, [8, 24]),
  add: (a, b) => [...a, ...b, ...simd(0xf0)],
  subtract: (a, b) => [...a, ...b, ...simd(0xf1)],
  times: (a, b) => [...a, ...b, ...simd(0xf2)],
  divide: (a, b) => [...a, ...b, ...simd(0xf3)],
  size: (a) => [...a, ...simd(0xec)],
  below: (a, b) => [...a, ...b, ...simd(0x49)],
  atLeast: (a, b) => [...a, ...b, ...simd(0x4c)],
  differs: (a, b) => [...a, ...b, ...simd(0x48)],
  and: (a, b) => [...a, ...b, ...simd(0x4e)],
  andNot: (a, b) => [...a, ...b, ...simd(0x4f)],
  or: (a, b) => [...a, ...b, ...simd(0x50)],
  signs: (a) => [...a, ...simd(0xc4)],
  choose: (mask, a, b) => [...a, ...b, ...mask, ...simd(0x52)],
};

/** Four float32 at a time; loaded, stored and joined bit by bit as pairs are. */
export const quad: Lanes & {
  /** The number in that place alone. */
  readonly storeOne: (address: Code, value: Code, at: { readonly place: number; readonly offset: number }) => Code;
  /** A 32-bit number, four times. */
  readonly ofWord: (value: Code) => Code;
  /** Of whole numbers of 32 bits, which wrap around. */
  readonly addWords: (a: Code, b: Code) => Code;
  /** All bits where a is at most b, of whole numbers of 32 bits without sign. */
  readonly wordsAtMost: (a: Code, b: Code) => Code;
  /** The first two numbers of both by turns, and the last two. */
  readonly mixFirst: (a: Code, b: Code) => Code;
  readonly mixLast: (a: Code, b: Code) => Code;
} = {
  bytes: 4,
  loadAll: (address, offset = 0) => [...address, ...simd(9, 2, ...unsigned(offset))],
  add: (a, b) => [...a, ...b, ...simd(0xe4)],
  subtract: (a, b) => [...a, ...b, ...simd(0xe5)],
  times: (a, b) => [...a, ...b, ...simd(0xe6)],
  divide: (a, b) => [...a, ...b, ...simd(0xe7)],
  size: (a) => [...a, ...simd(0xe0)],
  below: (a, b) => [...a, ...b, ...simd(0x43)],
  atLeast: (a, b) => [...a, ...b, ...simd(0x46)],
  differs: (a, b) => [...a, ...b, ...simd(0x42)],
  signs: (a) => [...a, ...simd(0xa4)],
  storeOne: (address, value, { place, offset }) => [...address, ...value, ...simd(0x5a, 2, ...unsigned(offset), place)],
  ofWord: (value) => [...value, ...simd(0x11)],
  addWords: (a, b) => [...a, ...b, ...simd(0xae)],
  wordsAtMost: (a, b) => [...a, ...b, ...simd(0x3e)],
  mixFirst: (a, b) => shuffle(a, b, [0, 16, 4, 20]),
  mixLast: (a, b) => shuffle(a, b, [8, 24, 12, 28]),
};

/** a b + c, of pairs and of fours: rounded twice, or once where the processor can, at half the time. */
export interface MultiplyAdd {
  readonly pair: (a: Code, b: Code, c: Code) => Code;
  readonly quad: (a: Code, b: Code, c: Code) => Code;
}

export const rounded: MultiplyAdd = {
  pair: (a, b, c) => pair.add(c, pair.times(a, b)),
  quad: (a, b, c) => quad.add(c, quad.times(a, b)),
};

/** Of relaxed SIMD (https://github.com/WebAssembly/relaxed-simd): fused on x86 processors since 2013 and on all ARM64. */
export const fused: MultiplyAdd = {
  pair: (a, b, c) => [...a, ...b, ...c, ...simd(0x107)],
  quad: (a, b, c) => [...a, ...b, ...c, ...simd(0x105)],
};

/** A function of 32-bit numbers, without a result. Locals are numbered on from the parameters: first 32-bit numbers, then pairs. */
export interface Kernel {
  readonly parameters: number;
  readonly numbers: number;
  readonly pairs: number;
  readonly body: Code;
}

const list = (items: readonly Code[]): Code => [...unsigned(items.length), ...items.flat()];
const section = (id: number, content: Code): Code => [id, ...unsigned(content.length), ...content];

/** A module that imports the memory `env.memory` and exports each kernel under its name. */
export function assemble(kernels: Readonly<Record<string, Kernel>>, pages: number): Uint8Array {
  const all = Object.entries(kernels);
  const [I32, PAIR] = [0x7f, 0x7b];
  const name = (text: string): Code => list(Array.from({ length: text.length }, (_, i) => [text.charCodeAt(i)]));
  const bodies = all.map(([, { numbers, pairs, body }]) => {
    const locals = list([
      [...unsigned(numbers), I32],
      [...unsigned(pairs), PAIR],
    ]);
    const code = [...locals, ...body, 0x0b];
    return [...unsigned(code.length), ...code];
  });
  const types = all.map(([, { parameters }]) => [
    0x60,
    ...list(Array.from({ length: parameters }, () => [I32])),
    ...list([]),
  ]);
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, list(types)),
    ...section(2, list([[...name("env"), ...name("memory"), 2, 0, ...unsigned(pages)]])),
    ...section(3, list(all.map((_, i) => unsigned(i)))),
    ...section(7, list(all.map(([label], i) => [...name(label), 0, ...unsigned(i)]))),
    ...section(10, list(bodies)),
  ]);
}

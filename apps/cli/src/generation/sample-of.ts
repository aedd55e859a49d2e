import type { Random } from "@prefdelta/random";

export interface StreamSample<T> {
  add(value: T): void;
  readonly values: readonly T[];
}

/** A seeded sample of a stream whose length nobody knows, each element as likely as any other (Vitter 1985, algorithm R). Memory: the sample. */
export function sampleOf<T>(size: number, random: Random): StreamSample<T> {
  const values: T[] = [];
  let seen = 0;
  return {
    values,
    add(value) {
      seen++;
      if (values.length < size) values.push(value);
      else {
        const place = Math.floor(random.next() * seen);
        if (place < size) values[place] = value;
      }
    },
  };
}

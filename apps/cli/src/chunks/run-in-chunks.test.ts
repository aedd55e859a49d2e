import { appendFile, mkdtemp, readFile, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";

import { runInChunks } from "./run-in-chunks.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pda-chunks-"));
});
afterEach(() => rm(folder, { recursive: true }));

const letters = ["a", "b", "c", "d", "e", "f", "g"];

/** Squares letters; remembers which chunks it was asked for and how far the bar went. */
function worker(stopBefore = Infinity) {
  const seen: string[] = [];
  const shown: number[] = [];
  return {
    seen,
    shown,
    run: (log: string, size = 3) =>
      runInChunks(letters, {
        size,
        log,
        progress: { update: (done) => shown.push(done), stop: () => {} },
        check: () => {
          if (seen.length >= stopBefore) throw new Error("stopped");
        },
        async work(chunk, index) {
          seen.push(`${index}:${chunk.join("")}`);
          return chunk.map((letter) => letter + letter);
        },
      }),
  };
}

test("items are worked in fixed chunks and come back in order", async () => {
  const { run, seen, shown } = worker();
  expect(await run(join(folder, "log"))).toEqual(["aa", "bb", "cc", "dd", "ee", "ff", "gg"]);
  expect(seen).toEqual(["0:abc", "1:def", "2:g"]);
  expect(shown).toEqual([3, 6, 7]);
});

test("finished chunks are not worked again", async () => {
  const log = join(folder, "log");
  await expect(worker(2).run(log)).rejects.toThrow("stopped");
  const second = worker();
  expect(await second.run(log)).toEqual(["aa", "bb", "cc", "dd", "ee", "ff", "gg"]);
  expect(second.seen).toEqual(["2:g"]);
  expect(second.shown).toEqual([6, 7]);
});

test("wherever a kill tears the log, the results and the final log are those of an undisturbed run", async () => {
  const whole = join(folder, "whole");
  await worker().run(whole);
  const bytes = await readFile(whole);
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: bytes.length }), fc.nat(1e9), async (kept, unique) => {
      const torn = join(folder, `torn-${unique}`);
      await appendFile(torn, bytes);
      await truncate(torn, kept);
      expect(await worker().run(torn)).toEqual(["aa", "bb", "cc", "dd", "ee", "ff", "gg"]);
      expect(await readFile(torn)).toEqual(bytes);
      await rm(torn);
    }),
    { numRuns: 40 },
  );
});

test("nothing to do gives nothing", async () => {
  const results = await runInChunks([], {
    size: 2,
    log: join(folder, "log"),
    progress: { update: () => {}, stop: () => {} },
    check: () => {},
    work: () => Promise.reject(new Error("asked for an empty chunk")),
  });
  expect(results).toEqual([]);
});

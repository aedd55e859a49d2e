import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createWandbWriter } from "./create-wandb-writer.ts";
import { runLogHeader, runLogRecord } from "./run-log.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "wandb-"));
});
afterEach(() => rm(folder, { recursive: true }));

it("writes what wandb's own classes write", async () => {
  // tooling/peers/wandb_golden.py
  const times = [1795470000250, 1795470001500, 1795470002000, 1795470004000, 1795470005250];
  const writer = await createWandbWriter(join(folder, "wandb"), {
    project: "sums",
    runName: "first",
    runId: "abc12345",
    config: { beta: 5, loss_type: ["sigmoid", "sft"], note: "x".repeat(40_000), max_length: null },
    now: () => times.shift()!,
  });
  await writer.write({ step: 1, loss: 0.5, "rewards/margins": -1 });
  await writer.write({ step: 2, loss: 0.25 });
  await writer.write({ step: 2, eval_loss: 0.125 });
  await writer.close();
  const [run] = await readdir(join(folder, "wandb"));
  expect(run).toBe("offline-run-20261123_214000-abc12345");
  expect((await readdir(join(folder, "wandb", run!))).toSorted()).toEqual(["files", "run-abc12345.wandb"]);
  const golden = await readFile(new URL("__fixtures__/run.wandb", import.meta.url));
  const bytes = await readFile(join(folder, "wandb", run!, "run-abc12345.wandb"));
  expect(bytes.equals(golden)).toBe(true);
});

/** Records of a file, each piece checked. */
function readRecords(file: Buffer): Buffer[] {
  const records: Buffer[] = [];
  let pieces: Buffer[] = [];
  for (let at = runLogHeader.length; at < file.length;) {
    const left = 32_768 - (at % 32_768);
    if (left < 7) {
      at += left;
      continue;
    }
    const length = file.readUInt16LE(at + 4);
    expect(length + 7).toBeLessThanOrEqual(left);
    expect(file.readUInt32LE(at)).toBe(crc32(file.subarray(at + 6, at + 7 + length)));
    const kind = file[at + 6]!;
    // whole and first begin a record, middle and last go on with one
    expect([1, 2].includes(kind)).toBe(pieces.length === 0);
    pieces.push(file.subarray(at + 7, at + 7 + length));
    if (kind === 1 || kind === 4) {
      records.push(Buffer.concat(pieces));
      pieces = [];
    }
    at += 7 + length;
  }
  return records;
}

it("frames records of any length, wherever they fall in a block", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 70_000 }), { maxLength: 8 }), fc.nat({ max: 8 }), (lengths, left) => {
      // The first record ends some bytes before a block does.
      const all = [32_768 - runLogHeader.length - 7 - left, ...lengths].map((length, i) => Buffer.alloc(length, i + 1));
      let file = runLogHeader;
      for (const record of all) file = Buffer.concat([file, runLogRecord(record, file.length)]);
      expect(readRecords(file)).toEqual(all);
    }),
    {
      numRuns: 20,
      // An empty record where no header fits, and a record where a header fits alone.
      examples: [
        [[0], 1],
        [[5, 3], 7],
      ],
    },
  );
});

import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { crc32c, maskedCrc32c } from "./crc32c.ts";
import { type Event, eventRecord } from "./event-record.ts";
import { createTensorBoardWriter } from "./tensor-board-writer.ts";

it("takes the checksums of RFC 3720", () => {
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43);
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
  expect(crc32c(Buffer.from("123456789"))).toBe(0xe3069283);
  expect(maskedCrc32c(new Uint8Array())).toBe(0xa282ead8);
});

it("writes TensorBoard's own bytes", async () => {
  // tooling/peers/tensorboard_golden.py
  const events: Event[] = [
    { wallTime: 1795470000.25, fileVersion: "brain.Event:2" },
    { wallTime: 1795470001.5, step: 1, scalars: { "train/loss": Math.LN2, "train/rewards/margins": 0 } },
    { wallTime: 1795470002, step: 300, scalars: { "eval/loss": 1e-30, "train/logps/chosen": -123.456 } },
    { wallTime: 1795470003, step: 2 ** 40, scalars: { "train/é": Number.POSITIVE_INFINITY } },
  ];
  const golden = await readFile(new URL("__fixtures__/events.bin", import.meta.url));
  expect(Buffer.concat(events.map(eventRecord)).toString("hex")).toBe(golden.toString("hex"));
});

it("begins a file of its own, and puts evaluation apart from training", async () => {
  const folder = await mkdtemp(join(tmpdir(), "tensorboard-"));
  const times = [1795470000.25, 1795470001.5, 1795470002];
  const writer = await createTensorBoardWriter(join(folder, "runs"), { now: () => times.shift()!, suffix: "here" });
  await writer.write({ step: 3, loss: 0.5 });
  await writer.write({ step: 3, eval_loss: 0.25, "eval_rewards/margins": 1 });
  await writer.close();
  const [name] = await readdir(join(folder, "runs"));
  expect(name).toBe("events.out.tfevents.1795470000.here");
  const expected = [
    { wallTime: 1795470000.25, fileVersion: "brain.Event:2" },
    { wallTime: 1795470001.5, step: 3, scalars: { "train/loss": 0.5 } },
    { wallTime: 1795470002, step: 3, scalars: { "eval/loss": 0.25, "eval/rewards/margins": 1 } },
  ];
  const bytes = await readFile(join(folder, "runs", name!));
  expect(bytes.equals(Buffer.concat(expected.map(eventRecord)))).toBe(true);
  await rm(folder, { recursive: true });
});

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openTrainerLog } from "./trainer-log.ts";

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "trainer-log-"));
  path = join(folder, "trainer_log.jsonl");
});
afterEach(() => rm(folder, { recursive: true }));

it("begins anew at length 0, whatever was there", async () => {
  await writeFile(path, "old\n");
  const log = await openTrainerLog(path, 0);
  await log.append({ step: 1, loss: 0.5 });
  await log.close();
  expect(await readFile(path, "utf8")).toBe('{"step":1,"loss":0.5}\n');
});

it("cuts back to where the checkpoint was, half a line included, and goes on", async () => {
  const first = await openTrainerLog(path, 0);
  await first.append({ step: 1 });
  const { bytes } = first;
  await first.append({ step: 2 });
  await first.close();
  await writeFile(path, `${await readFile(path, "utf8")}{"st`);
  const second = await openTrainerLog(path, bytes);
  await second.append({ step: 2, again: 1 });
  await second.close();
  expect(await readFile(path, "utf8")).toBe('{"step":1}\n{"step":2,"again":1}\n');
  expect(second.bytes).toBe((await readFile(path)).length);
});

it("refuses a log shorter than its checkpoint says", async () => {
  await writeFile(path, "{}\n");
  await expect(openTrainerLog(path, 100)).rejects.toMatchObject({
    code: "E_CHECKPOINT",
    message: expect.stringMatching(/trainer_log\.jsonl: expected at least 100 bytes.*got 3/) as string,
  });
});

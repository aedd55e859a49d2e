import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createRandom, integer } from "@prefdelta/random";
import { afterEach, beforeEach, expect, it } from "vitest";
import { startStandIn, type StandInServer } from "../__fixtures__/stand-in-server.ts";
import type { Item } from "../item.ts";
import { writeItems } from "../items-file.ts";

const prompts = 150;
const kills = 4;
const models = ["strong", "weak", "weaker"];
const concurrency = 8;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "kill "));
  await writeItems(
    join(folder, "items.jsonl"),
    Array.from({ length: prompts }, (_, i): Item => ({ id: `q${i}`, prompt: [{ role: "user", content: `q${i}` }] })),
  );
});
afterEach(() => rm(folder, { recursive: true }));

const script = fileURLToPath(new URL("../__fixtures__/generate-child.ts", import.meta.url));

/** Runs the child to its end, or kills it once the server has given `answers` in all. */
function run(server: StandInServer, name: string, answers = Infinity): Promise<NodeJS.Signals | number | null> {
  const paths = ["items.jsonl", `store-${name}`, name].map((path) => join(folder, path));
  const child = spawn(process.execPath, ["--conditions=@prefdelta/source", script, server.url, ...paths], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const watch = setInterval(() => {
    if (server.stats.answered >= answers) child.kill("SIGKILL");
  }, 1);
  return new Promise((resolve) => {
    child.once("exit", (code, signal) => {
      clearInterval(watch);
      resolve(signal ?? code);
    });
  });
}

const files = (name: string) =>
  Promise.all(["a", "b"].map((pair) => readFile(join(folder, `${name}-${pair}.jsonl`), "utf8")));

it("killed at random, again and again, it writes the bytes of a run that was not", async () => {
  const faults = { seed: 5, rate: 0.05, kinds: ["429-after", "500", "reset", "garbage"] as const };
  const server = await startStandIn({ models, faults, latency: 2 });
  try {
    expect(await run(server, "straight")).toBe(0);
    const asked = server.stats.answered;
    expect(asked).toBe(prompts * models.length);
    expect(Math.max(...server.answers.values())).toBe(1);
    const expected = await files("straight");
    expect(expected[0]!.trimEnd().split("\n")).toHaveLength(prompts);

    const random = createRandom(9);
    for (let kill = 0; kill < kills; kill++)
      expect(await run(server, "killed", server.stats.answered + integer(random, 100))).toBe("SIGKILL");
    expect(await run(server, "killed")).toBe(0);
    expect(await files("killed")).toEqual(expected);

    // Asked twice is no more than what was under way when it was killed, or stood in the pipe.
    const again = server.stats.answered - 2 * asked;
    expect(again).toBeLessThanOrEqual(kills * 2 * concurrency);

    const before = server.stats.requests;
    expect(await run(server, "killed")).toBe(0);
    expect(server.stats.requests).toBe(before);
  } finally {
    await server.close();
  }
});

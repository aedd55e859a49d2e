import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadTokenizer } from "@prefdelta/causal-lm";
import { afterAll, describe, expect, it } from "vitest";
import { encodePairs } from "./encode-pairs.ts";
import { pairFromRow } from "./pair-from-row.ts";

// What TRL makes of rows, in words and tokens: tooling/peers/rows_golden.py.
interface Case {
  readonly row: Record<string, unknown>;
  readonly prompt: unknown;
  readonly chosen: unknown;
  readonly rejected: unknown;
  readonly prompt_ids: number[];
  readonly chosen_ids: number[];
  readonly rejected_ids: number[];
}
const { template, cases } = JSON.parse(
  await readFile(new URL("../__fixtures__/rows.json", import.meta.url), "utf8"),
) as { template: string; cases: Record<string, Case> };

const base = fileURLToPath(new URL("../../../causal-lm/src/__fixtures__/tiny-qwen3/", import.meta.url));
const folder = await mkdtemp(join(tmpdir(), "rows-"));
for (const file of ["tokenizer.json", "tokenizer_config.json"]) await cp(join(base, file), join(folder, file));
await writeFile(join(folder, "chat_template.jinja"), template);
const tokenizer = await loadTokenizer(folder);
afterAll(() => rm(folder, { recursive: true }));

describe.each(Object.entries(cases))("TRL's row: %s", (_, { row, prompt, chosen, rejected, ...ids }) => {
  it("has the same prompt and answers", () => {
    expect(pairFromRow(row, "here")).toMatchObject({ prompt, chosen, rejected });
  });

  it("becomes the same tokens, all of them counted", () => {
    const given = { maxLength: null, maskObservations: false };
    const [pair] = encodePairs(tokenizer, [pairFromRow(row, "here")], given).pairs;
    expect({
      prompt_ids: pair!.prompt,
      chosen_ids: pair!.chosen.ids,
      rejected_ids: pair!.rejected.ids,
    }).toEqual(ids);
    expect([...pair!.chosen.mask, ...pair!.rejected.mask]).not.toContain(0);
  });
});

import { readFile } from "node:fs/promises";
import { join } from "node:path";

import type { ItemResult, Skills } from "@prefdelta/eval";
import { z } from "zod";

import { CliError } from "../errors.ts";
import { samplesFile } from "./write-evaluation.ts";

/** The part of a sample that says how an item came out. */
const sample = z.object({
  doc: z.object({ id: z.string(), cluster: z.string() }),
  target: z.array(z.string()),
  filtered_resps: z.tuple([z.string().nullable()]),
  exact_match: z.union([z.literal(0), z.literal(1)]),
  searches: z.int(),
  truncated: z.boolean(),
});

/** An evaluation folder's outcomes, by skill. @throws CliError E_INPUT naming file and line */
export async function readOutcomes(folder: string, skills: readonly string[]): Promise<Skills> {
  const read = async (skill: string): Promise<[string, ItemResult[]]> => {
    const path = join(folder, samplesFile(skill));
    const lines = (await readFile(path, "utf8")).trimEnd().split("\n");
    return [skill, lines.map((line, i) => parseSample(line, `${path}:${i + 1}`))];
  };
  return Object.fromEntries(await Promise.all(skills.map(read)));
}

function parseSample(line: string, place: string): ItemResult {
  try {
    const { doc, target, filtered_resps, exact_match, searches, truncated } = sample.parse(JSON.parse(line));
    const correct = exact_match === 1;
    return { ...doc, correct, prediction: filtered_resps[0], answers: target, searches, truncated };
  } catch (cause) {
    throw new CliError("E_INPUT", `${place}: expected a sample of an evaluation, found ${line.slice(0, 60)}`, {
      cause,
    });
  }
}

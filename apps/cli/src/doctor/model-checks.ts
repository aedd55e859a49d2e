import { checkModelFolder } from "@prefdelta/causal-lm";
import type { Check } from "@prefdelta/causal-lm";
import { checkTemplate } from "@prefdelta/dpo";

import { exists } from "../files/workspace.ts";
import type { Machine } from "./machine.ts";
import { memoryChecks } from "./memory-checks.ts";

/** Everything about a model folder that can be told without loading its weights. */
export async function modelChecks(folder: string, machine: Pick<Machine, "free" | "memory">): Promise<Check[]> {
  if (!(await exists(folder))) {
    const advice = /^[\w.-]+\/[\w.-]+$/.test(folder) ? `hub:${folder} names a model of the Hub` : undefined;
    return [{ name: "folder", state: "problem", what: `${folder}: expected a model folder, found nothing`, advice }];
  }
  const { checks, config, tokenizer } = await checkModelFolder(folder);
  return [
    ...checks,
    ...(tokenizer === undefined ? [] : checkTemplate(tokenizer)),
    ...(config === undefined ? [] : memoryChecks(config, machine)),
  ];
}

import { join } from "node:path";

import type { Adapter } from "@prefdelta/lora";
import type { ParsedMergeOptions } from "@prefdelta/merge";
import { createRandom } from "@prefdelta/random";

import { openSearchTool } from "../engine/answer-items.ts";
import type { EngineOptions } from "../engine/engine-options.ts";
import { openEngine } from "../engine/engine.ts";
import type { SkillItems } from "../evaluation/evaluate-skills.ts";
import { readGradedItems } from "../evaluation/read-graded-items.ts";
import type { CommandContext } from "../command.ts";
import { canonicalJson } from "../files/canonical-json.ts";
import type { Json } from "../files/canonical-json.ts";
import { openFingerprints } from "../files/fingerprint.ts";
import { sha256 } from "../files/hash.ts";
import { modelFolder } from "../files/hub-folder.ts";
import { unfinishedName } from "../files/workspace.ts";
import { packageVersions } from "../package-versions.ts";
import { chooseScale } from "./choose-scale.ts";
import type { ScaleChoice } from "./choose-scale.ts";
import type { DevSettings } from "./dev-settings.ts";
import { tryScales } from "./try-scales.ts";

/** A base model and dev items, on which a merge's λ is chosen. */
export interface DevSearch {
  /** @param merged at λ 1, by these options */
  choose(merged: Adapter, scales: readonly number[], options: ParsedMergeOptions): Promise<ScaleChoice>;
  close(): Promise<void>;
}

export interface DevSearchOptions extends CommandContext {
  /** Of the result; answers are kept beside it (`OUT.unfinished`) until it is there. */
  readonly out: string;
  /** Folders of the adapters that are merged, and of the one they began from. */
  readonly adapters: readonly string[];
  readonly engine: EngineOptions;
}

/** @throws CliError E_INPUT (items without answers), PreferenceError, CausalLmError */
export async function openDevSearch(
  { base, items, search, ...answers }: DevSettings,
  { out, adapters, engine: runtime, reporter, signal }: DevSearchOptions,
): Promise<DevSearch> {
  const skills: Record<string, SkillItems[string]> = {};
  for (const [skill, path] of Object.entries(items)) skills[skill] = await readGradedItems(path);
  const tool = search === undefined ? undefined : await openSearchTool(search, search.corpus);
  const model = await modelFolder(base, process.env);
  const work = unfinishedName(out);
  const engine = await openEngine(runtime, reporter);
  reporter.line(`runtime: ${engine.description}`);
  return {
    async choose(merged, scales, options) {
      const fingerprints = await openFingerprints(join(work, "hashes.json"));
      const key = sha256(
        canonicalJson({
          model: await fingerprints.folder(model),
          adapters: await Promise.all(adapters.map(fingerprints.folder)),
          items: await Promise.all(Object.values(items).map(fingerprints.file)),
          corpus: search === undefined ? null : await fingerprints.file(search.corpus),
          settings: { ...answers, search: search ?? null } as unknown as Json,
          options: options as unknown as Json,
          runtime: engine.description,
          versions: packageVersions(),
        }),
      );
      const trials = await tryScales(
        merged,
        { scales, skills },
        {
          label: options.method,
          lm: await engine.model(model),
          answers,
          search: tool,
          // Answers are greedy: nothing is drawn.
          random: createRandom(0),
          work: join(work, "search", key),
          ...{ reporter, signal },
        },
      );
      return chooseScale(trials);
    },
    close: () => engine.close(),
  };
}

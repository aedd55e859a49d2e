import { randomUUID } from "node:crypto";
import { readdir } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, join } from "node:path";

import {
  configuredLoss,
  createMlflowWriter,
  createTensorBoardWriter,
  createWandbWriter,
  dpoConfigSchema,
  oldNameWarnings,
  resolveDpoConfig,
} from "@prefdelta/dpo";
import type { DpoConfig, MetricsWriter } from "@prefdelta/dpo";
import { loadAdapter } from "@prefdelta/lora/node";

import type { Command } from "../command.ts";
import { optionalConfig } from "../config/optional-config.ts";
import { parseOverride } from "../config/override.ts";
import { openEngine } from "../engine/engine.ts";
import { engineArguments, engineOptions } from "../engine/engine-arguments.ts";
import { CliError } from "../errors.ts";
import { exists, openWorkspace, unfinishedName } from "../files/workspace.ts";
import { checkFirstPairs, parseDataWeights, streamMixedPairs, streamPairs } from "../training/stream-pairs.ts";
import { describeTraining, trainAdapter } from "../training/train-adapter.ts";

/** `pda train --base MODEL --data pairs.jsonl --out DIR`: one LoRA from pairs. */
export const train: Command = {
  description: "Train a LoRA on preference pairs",
  arguments: {
    base: { type: "string", required: true, valueHint: "MODEL", description: "folder of the model that learns" },
    data: {
      type: "string",
      required: true,
      repeatable: true,
      valueHint: "pairs.jsonl",
      description: "the pairs, JSONL or Parquet; several files are learned from together",
    },
    "data-weights": {
      type: "string",
      valueHint: "1,0.5",
      description: "how many times each file's pairs are taken; 0.5 draws half of them",
    },
    "init-adapter": {
      type: "string",
      valueHint: "DIR",
      description:
        "start from this adapter; the reference is still the base without it, or with it by --set reference=initial_adapter",
    },
    "eval-data": { type: "string", valueHint: "pairs.jsonl", description: "pairs to evaluate on, never trained on" },
    out: { type: "string", required: true, valueHint: "DIR", description: "folder of the adapter" },
    config: { type: "string", valueHint: "dpo.yaml", description: "settings, named as in TRL's DPOConfig" },
    set: { type: "string", repeatable: true, valueHint: "key=value", description: "one setting" },
    tensorboard: { type: "string", valueHint: "DIR", description: "write TensorBoard's event files there" },
    mlflow: { type: "string", valueHint: "URL", description: "send every step to this MLflow tracking server" },
    wandb: { type: "string", valueHint: "DIR", description: "write an offline run there, for wandb sync to upload" },
    resume: { type: "boolean", description: "go on from the checkpoint of a run that was stopped" },
    ...engineArguments,
  },
  async run(args, { reporter, signal }) {
    const base = args.values["base"]!;
    const out = args.values["out"]!;
    const overrides = (args.lists["set"] ?? []).map(parseOverride);
    const given = await optionalConfig(dpoConfigSchema, { file: args.values["config"], overrides });
    const config = resolveDpoConfig(given);
    for (const warning of oldNameWarnings(given)) reporter.line(`warning: ${warning}`);
    const options = engineOptions(args);
    await refuseForgottenWork(out, args.flags.has("resume"));

    const files = args.lists["data"]!;
    const weights = parseDataWeights(args.values["data-weights"], files.length);
    const evaluationPath = args.values["eval-data"];
    await checkFirstPairs(evaluationPath === undefined ? files : [...files, evaluationPath]);
    const initialPath = args.values["init-adapter"];
    if (initialPath === undefined && config.reference === "initial_adapter") {
      const problems = ["reference: expected base, or an adapter by --init-adapter, found initial_adapter alone"];
      throw new CliError("E_USAGE", "wrong arguments", { problems });
    }
    const initialAdapter = initialPath === undefined ? undefined : await loadAdapter(initialPath, { dora: true });
    const workspace = await openWorkspace(out);
    const engine = await openEngine(options, reporter);
    try {
      reporter.line(`runtime: ${engine.description}`);
      const { row: loss } = configuredLoss(config);
      reporter.line(`loss: ${loss.name}, β ${config.beta}${given.beta === null ? " (its default)" : ""}`);
      const reference = loss.needsReference ? referenceOf(base, initialPath, config) : "the loss has no reference";
      reporter.line(`start: ${initialPath ?? "fresh factors"}; ${reference}`);
      const result = await trainAdapter({
        label: "train",
        lm: await engine.model(base),
        pairs: streamMixedPairs(files, { weights, seed: config.seed }),
        evaluationPairs: evaluationPath === undefined ? undefined : streamPairs([evaluationPath]),
        initialAdapter,
        config,
        writers: await openWriters({
          tensorboard: args.values["tensorboard"],
          mlflow: args.values["mlflow"],
          wandb: args.values["wandb"],
          runName: basename(out),
          config,
        }),
        baseModel: base,
        work: workspace.work,
        output: join(workspace.work, "result"),
        referenceDir: join(workspace.work, "reference"),
        continuedBy: "the same command with --resume",
        reporter,
        signal,
      });
      await workspace.finish();
      const { steps, counts, evaluation, verdicts } = result;
      for (const { message } of verdicts) reporter.line(`verdict: ${message}`);
      return {
        json: {
          adapter: out,
          steps,
          counts: { ...counts },
          ...(evaluation ? { evaluation: { counts: { ...evaluation.counts }, best: { ...evaluation.best } } } : {}),
          verdicts: verdicts.map((verdict) => ({ ...verdict })),
        },
        text: `${describeTraining(result)}\n→ ${out}`,
      };
    } finally {
      await engine.close();
      await workspace.leave();
    }
  },
};

/** What the policy is measured against. */
function referenceOf(base: string, initialPath: string | undefined, { reference }: DpoConfig): string {
  if (initialPath === undefined) return `the reference is ${base}`;
  return `the reference is ${base} ${reference === "base" ? "without" : "with"} it`;
}

interface Trackers {
  /** Folder of event files. */
  readonly tensorboard: string | undefined;
  /** URL of a tracking server. */
  readonly mlflow: string | undefined;
  /** Folder of offline runs. */
  readonly wandb: string | undefined;
  readonly runName: string;
  readonly config: DpoConfig;
}

/** @throws DpoError E_TRACKER where the MLflow server does not answer */
async function openWriters({ tensorboard, mlflow, wandb, runName, config }: Trackers): Promise<MetricsWriter[]> {
  const now = () => Date.now();
  const writers: MetricsWriter[] = [];
  if (mlflow !== undefined) {
    writers.push(
      await createMlflowWriter({ url: mlflow, experiment: "prefdelta", runName, params: { ...config }, fetch, now }),
    );
  }
  if (wandb !== undefined) {
    const runId = randomUUID().slice(0, 8);
    writers.push(await createWandbWriter(wandb, { project: "prefdelta", runName, runId, config: { ...config }, now }));
  }
  if (tensorboard !== undefined) {
    writers.push(await createTensorBoardWriter(tensorboard, { now: () => now() / 1000, suffix: hostname() }));
  }
  return writers;
}

/** Work that was begun is neither continued unasked nor thrown away. */
async function refuseForgottenWork(out: string, resume: boolean): Promise<void> {
  const unfinished = unfinishedName(out);
  const found = (await exists(unfinished)) && (await readdir(unfinished)).length > 0;
  if (found && !resume) {
    throw new CliError(
      "E_INPUT",
      `${unfinished}: holds a training that was stopped; --resume continues it, or remove it`,
    );
  }
  if (!found && resume)
    throw new CliError("E_INPUT", `${unfinished}: expected a training that was stopped, found none`);
}

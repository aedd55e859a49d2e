import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { commit, createRepo, HubApiError, listFiles as listRepo } from "@huggingface/hub";

import type { Command } from "../command.ts";
import { CliError } from "../errors.ts";
import { listFiles } from "../files/list-files.ts";
import { exists } from "../files/workspace.ts";
import { buildDataset } from "../generation/build-dataset.ts";
import { hubSettings, type HubSettings } from "../files/hub-settings.ts";

/** `pda push PATH --repo NAMESPACE/NAME`: pairs as a data set, or an adapter as a model, to the Hub. */
export const push: Command = {
  description: "Send pairs, as a data set with a card, or an adapter to the Hub",
  arguments: {
    path: { type: "positional", valueHint: "PATH", description: "a pairs.jsonl, a folder with pairs, or an adapter" },
    repo: { type: "string", required: true, valueHint: "NAMESPACE/NAME", description: "made if it is not there" },
    private: { type: "boolean", description: "a repository that is made is private" },
    message: { type: "string", valueHint: "TEXT", description: "of the commit" },
  },
  async run({ positionals, values, flags }, { reporter, signal }) {
    const path = positionals[0]!;
    const name = values["repo"]!;
    if (!/^[\w.-]+\/[\w.-]+$/.test(name))
      throw new CliError("E_USAGE", `--repo: expected NAMESPACE/NAME, found ${name}`);
    if (!(await exists(path))) throw new CliError("E_INPUT", `${path}: expected pairs or an adapter, found nothing`);
    const hub = await hubSettings(process.env);
    const isAdapter = await exists(join(path, "adapter_config.json"));
    const work = isAdapter ? undefined : await mkdtemp(join(tmpdir(), "pda-push-"));
    try {
      const configs = work === undefined ? [] : await buildDataset(path, { folder: work, title: name.split("/")[1] });
      for (const { name: config, rows } of configs) reporter.line(`${config}: ${rows} pairs`);
      const url = await send(work ?? path, {
        ...{ hub, signal, name },
        type: isAdapter ? "model" : "dataset",
        isPrivate: flags.has("private"),
        message: values["message"] ?? `Upload ${isAdapter ? "an adapter" : "pairs"} with prefdelta`,
      });
      const json = { repo: name, type: isAdapter ? "model" : "dataset", commit: url };
      return {
        json: { ...json, rows: Object.fromEntries(configs.map((one) => [one.name, one.rows])) },
        text: `→ ${url}`,
      };
    } finally {
      if (work !== undefined) await rm(work, { recursive: true, force: true });
    }
  },
};

interface SendOptions {
  readonly hub: HubSettings;
  readonly name: string;
  readonly type: "dataset" | "model";
  readonly isPrivate: boolean;
  readonly message: string;
  readonly signal: AbortSignal;
}

/** All files of a folder in one commit. @throws CliError E_HUB */
async function send(folder: string, { hub, name, type, isPrivate, message, signal }: SendOptions): Promise<string> {
  const { hubUrl, accessToken } = hub;
  if (accessToken === undefined)
    throw new CliError("E_HUB", "expected a token of the Hub in HF_TOKEN or from `hf auth login`, found none");
  const repo = { type, name };
  const files = (await listFiles(folder)).filter((file) => !file.split("/").some((part) => part.startsWith(".")));
  const failed =
    (doing: string) =>
    (error: unknown): never => {
      signal.throwIfAborted();
      throw new CliError("E_HUB", `${hubUrl}: ${doing} ${name} — ${(error as Error).message}`, { cause: error });
    };
  await createRepo({ repo, accessToken, hubUrl, visibility: isPrivate ? "private" : "public" }).catch(
    (error: unknown) => {
      // 409: it is there already.
      if (!(error instanceof HubApiError) || error.statusCode !== 409) failed("making")(error);
    },
  );
  const stale = await staleShards(files, { repo, ...hub }).catch(failed("listing"));
  const sent = await commit({
    ...{ repo, accessToken, hubUrl, title: message, abortSignal: signal },
    operations: [
      ...files.map((file) => ({
        operation: "addOrUpdate" as const,
        path: file,
        content: pathToFileURL(join(folder, file)),
      })),
      ...stale.map((file) => ({ operation: "delete" as const, path: file })),
    ],
  }).catch(failed("sending to"));
  return sent?.commit.url ?? `${hubUrl}/${type === "dataset" ? "datasets/" : ""}${name}`;
}

const shard = /^(.*\/)train-\d{5}-of-\d{5}\.parquet$/;

/** Shards of an earlier sending in the folders that are sent now: the card's `train-*` would take them for rows of these pairs. */
async function staleShards(
  files: readonly string[],
  { repo, hubUrl, accessToken }: HubSettings & { readonly repo: Pick<SendOptions, "name" | "type"> },
): Promise<string[]> {
  const folders = new Set(files.flatMap((file) => shard.exec(file)?.[1] ?? []));
  if (folders.size === 0) return [];
  const stale: string[] = [];
  const credentials = accessToken === undefined ? {} : { accessToken };
  for await (const { type, path } of listRepo({ repo, hubUrl, recursive: true, ...credentials }))
    if (type === "file" && folders.has(shard.exec(path)?.[1] ?? "") && !files.includes(path)) stale.push(path);
  return stale;
}

import { stat } from "node:fs/promises";
import { basename } from "node:path";

import { exportGguf, loadAdapter, saveAdapter } from "@prefdelta/lora/node";

import type { Command } from "../command.ts";
import { CliError } from "../errors.ts";
import { modelFolder } from "../files/hub-folder.ts";
import type { Arguments } from "../parse-arguments.ts";
import { parseChoice } from "../config/parse-choice.ts";

const dtypes = ["F32", "F16", "BF16"] as const;
const forms = ["portable", "gguf"] as const;

/** `pda export ADAPTER --to portable|gguf --out PATH`: the same update in a form that other engines read. */
export const exportAdapter: Command = {
  description: "Write an adapter in the form that every engine reads alike, or as GGUF for llama.cpp",
  arguments: {
    adapter: { type: "positional", description: "adapter folder as PEFT saves it, or hub:NAMESPACE/NAME" },
    to: {
      type: "string",
      required: true,
      valueHint: forms.join("|"),
      description: "portable: one r, alpha = r, no patterns, scale folded in; gguf: one file for llama.cpp",
    },
    out: { type: "string", required: true, valueHint: "PATH", description: "folder (portable) or file (gguf)" },
    dtype: { type: "string", valueHint: dtypes.join("|"), description: "of the written factors; F32 if not given" },
    base: {
      type: "string",
      valueHint: "MODEL",
      description:
        "the base model, for gguf: a folder or hub:NAMESPACE/NAME; if not given, the folder that the adapter names",
    },
  },
  async run({ positionals, values }) {
    const folder = await modelFolder(positionals[0]!, process.env);
    const out = values["out"]!;
    const to = parseChoice("--to", values["to"]!, forms);
    const dtype = parseChoice("--dtype", values["dtype"] ?? "F32", dtypes);
    const adapter = await loadAdapter(folder);
    if (to === "portable") {
      const task: unknown = adapter.config?.["task_type"];
      const taskType = typeof task === "string" ? task : null;
      await saveAdapter(out, adapter, { dtype, taskType, card: { title: basename(out) } });
    } else {
      const base = await baseFolder(values, adapter.baseModel);
      await exportGguf(out, adapter, { base, dtype, name: basename(out, ".gguf") });
    }
    const { size } = adapter.modules;
    return { json: { [to]: out, modules: size, dtype }, text: `${size} modules in ${dtype} → ${out}` };
  },
};

async function baseFolder({ base }: Arguments["values"], named: string | null): Promise<string> {
  if (base !== undefined) return modelFolder(base, process.env);
  const isFolder = named !== null && (await stat(named).catch(() => null))?.isDirectory() === true;
  if (isFolder) return named;
  const found = named === null ? "names no base model" : `names ${named}, which is no folder here`;
  throw new CliError(
    "E_USAGE",
    `--base: expected the base model, a folder or hub:NAMESPACE/NAME, since the adapter ${found}`,
  );
}

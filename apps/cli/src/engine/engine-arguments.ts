import { CliError } from "../errors.ts";
import type { Arguments, CommandArguments } from "../parse-arguments.ts";
import { type EngineOptions, engineOptionsSchema } from "./engine-options.ts";

const fields = engineOptionsSchema.shape;
const choices = (field: "name" | "provider" | "storage"): string => fields[field].unwrap().options.join(", ");

/** The options of every command that runs a model. */
export const engineArguments = {
  runtime: { type: "string", valueHint: "auto", description: `${choices("name")}; auto if not given` },
  provider: { type: "string", valueHint: "cpu", description: `of onnx: ${choices("provider")}; cpu if not given` },
  threads: { type: "string", valueHint: "N", description: "threads of the runtime; its own choice if not given" },
  spinning: { type: "boolean", description: "idle threads spin: faster on a machine that does nothing else" },
  storage: {
    type: "string",
    valueHint: "f32",
    description: `weights in memory: ${choices("storage")}; f32 if not given`,
  },
  memory: {
    type: "string",
    valueHint: "8GB",
    description: "for the process; a model that is too large for it runs layer by layer, from the disk if need be",
  },
} satisfies CommandArguments;

const expectations: Readonly<Record<string, string>> = {
  threads: "a positive whole number",
  memory: "a size as 8GB",
};

/** @throws CliError E_USAGE */
export function engineOptions({ values, flags }: Arguments): EngineOptions {
  const { runtime: name, provider, threads, storage, memory } = values;
  const parsed = engineOptionsSchema.safeParse({
    ...{ name, provider, storage, memory, spinning: flags.has("spinning") },
    threads: threads === undefined ? undefined : Number(threads),
  });
  if (parsed.success) return parsed.data;
  const field = parsed.error.issues[0]!.path[0] as "name" | "provider" | "storage" | "threads" | "memory";
  const flag = field === "name" ? "runtime" : field;
  const expected = expectations[field] ?? choices(field as "name");
  throw new CliError("E_USAGE", `--${flag}: expected ${expected}, found ${values[flag]}`);
}

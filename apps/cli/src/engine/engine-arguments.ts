import { CliError } from "../errors.ts";
import type { Arguments, CommandArguments } from "../parse-arguments.ts";
import type { EngineOptions } from "./engine.ts";

const runtimes = ["auto", "onnx", "tensorflow", "wasm", "cpu"] as const;

/** The options of every command that runs a model. */
export const engineArguments = {
  runtime: { type: "string", valueHint: "auto", description: `${runtimes.join(", ")}; auto if not given` },
  threads: { type: "string", valueHint: "N", description: "threads of the runtime; its own choice if not given" },
} satisfies CommandArguments;

/** @throws CliError E_USAGE */
export function engineOptions({ values }: Arguments): EngineOptions {
  const { runtime = "auto", threads } = values;
  const name = runtimes.find((known) => known === runtime);
  if (name === undefined) {
    throw new CliError("E_USAGE", `--runtime: expected ${runtimes.join(", ")}, found ${runtime}`);
  }
  if (threads !== undefined && !/^[1-9]\d*$/.test(threads)) {
    throw new CliError("E_USAGE", `--threads: expected a positive whole number, found ${threads}`);
  }
  return { name, threads: threads === undefined ? undefined : Number(threads) };
}

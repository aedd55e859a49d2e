import { engineNames, lintAdapter } from "@prefdelta/lora/node";
import type { EngineLint } from "@prefdelta/lora/node";

import type { Command } from "../command.ts";
import { parseChoice } from "../config/parse-choice.ts";
import { CliError } from "../errors.ts";
import type { Json } from "../files/canonical-json.ts";
import { modelFolder } from "../files/hub-folder.ts";

/** `pda lint ADAPTER`: which engine would serve it otherwise than PEFT does, and why. */
export const lint: Command = {
  description: "Tell which engines would serve an adapter wrongly, and why",
  arguments: {
    adapter: { type: "positional", description: "adapter folder as PEFT saves it, or hub:NAMESPACE/NAME" },
    engine: {
      type: "string",
      valueHint: engineNames.join("|"),
      description: "look at this engine alone, and fail if it refuses the adapter or serves it wrongly",
    },
  },
  async run({ positionals, values }) {
    const adapter = positionals[0]!;
    const engine = values["engine"] === undefined ? undefined : parseChoice("--engine", values["engine"], engineNames);
    const lints = (await lintAdapter(await modelFolder(adapter, process.env))).filter(
      (one) => engine === undefined || one.engine === engine,
    );
    if (engine !== undefined) {
      const [{ verdict, findings }] = lints as [EngineLint];
      if (verdict === "refused" || verdict === "wrong") {
        const problems = findings.map(findingLine);
        throw new CliError("E_INPUT", `${adapter}: expected an adapter that ${engine} serves right, found otherwise`, {
          problems,
        });
      }
    }
    return { json: { adapter, engines: lints as unknown as Json }, text: formatLint(lints) };
  },
};

const words = { ok: "right", needs: "right, if", refused: "refused", wrong: "WRONG" } as const;

function formatLint(lints: readonly EngineLint[]): string {
  const width = Math.max(...lints.map(({ engine }) => engine.length));
  const lines = lints.flatMap(({ engine, verdict, findings }) => [
    `${engine.padEnd(width)}  ${words[verdict]}`,
    ...findings.map((finding) => `  ${findingLine(finding)}`),
  ]);
  const helps = lints.some(({ findings }) =>
    findings.some(({ verdict, exportHelps }) => exportHelps && verdict !== "needs"),
  );
  return [...lines, ...(helps ? ["", "pda export --to portable takes away what is marked *."] : [])].join("\n");
}

function findingLine({ verdict, message, source, exportHelps }: EngineLint["findings"][number]): string {
  return `${words[verdict]}${exportHelps && verdict !== "needs" ? " *" : ""}: ${message} (${source})`;
}

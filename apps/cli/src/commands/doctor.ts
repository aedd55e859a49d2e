import type { Check } from "@prefdelta/causal-lm";

import type { Command } from "../command.ts";
import { machineChecks, readMachine } from "../doctor/machine.ts";
import { modelChecks } from "../doctor/model-checks.ts";
import { runTrial } from "../doctor/run-trial.ts";
import { integerCheck, knownRuntimes, runtimeCheck } from "../doctor/runtime-checks.ts";
import { CliError } from "../errors.ts";
import type { Json } from "../files/canonical-json.ts";
import { modelFolder } from "../files/hub-folder.ts";
import { type CheckSection, formatChecks } from "../print/format-checks.ts";
import type { Reporter } from "../print/reporter.ts";

/** A GPU's driver may take its time to start. */
const TRIAL_SECONDS = 60;

/** `pda doctor [MODEL]`: what this machine can run, and whether a model is ready to be trained, each by trying it. */
export const doctor: Command = {
  description: "Try what this machine can run, and whether a model's files, tokenizer and chat template are right",
  arguments: {
    model: { type: "positional", required: false, description: "model folder, or hub:NAMESPACE/NAME" },
  },
  async run({ positionals: [model] }, { reporter, signal }) {
    if (model !== undefined) refuseServers(model);
    const folder = model === undefined ? undefined : await modelFolder(model, process.env);
    const machine = readMachine();
    const sections: CheckSection[] = [
      { title: "Machine", checks: machineChecks(machine) },
      { title: "Runtimes", checks: await runtimeChecks(reporter, signal) },
    ];
    if (folder !== undefined) sections.push({ title: `Model ${model}`, checks: await modelChecks(folder, machine) });
    const checks = sections.flatMap((section) => section.checks);
    const failed = checks.some(({ state }) => state === "problem");
    return {
      json: { model: model ?? null, ok: !failed, checks: checks as unknown as Json },
      text: formatChecks(sections),
      failed,
    };
  },
};

/** @throws CliError E_USAGE */
function refuseServers(model: string): void {
  if (!/^https?:/.test(model)) return;
  const message = `${model}: expected a model folder or hub:NAMESPACE/NAME, found a server; pda generate and pda eval --server look at servers before they ask them`;
  throw new CliError("E_USAGE", message);
}

/** Each runtime tried, one after the other. @throws CliError E_INTERRUPTED */
async function runtimeChecks(reporter: Reporter, signal: AbortSignal): Promise<Check[]> {
  const checks: Check[] = [];
  for (const known of knownRuntimes) {
    reporter.line(`trying ${known.name} …`);
    const outcome = await runTrial(known.trial, { seconds: TRIAL_SECONDS, signal });
    checks.push(runtimeCheck(known, outcome));
    if (known.trial.provider === "cpu") checks.push(integerCheck(outcome));
  }
  return checks;
}

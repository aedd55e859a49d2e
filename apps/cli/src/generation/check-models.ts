import { CliError } from "../errors.ts";
import type { GenerationSettings } from "./generation-schema.ts";

type Spec = GenerationSettings["models"][string];

/**
 * Looks at every model once, before any is asked a thousand times.
 *
 * @throws CliError E_SERVERS with all problems of all models at once
 */
export async function checkModels(
  models: Readonly<Record<string, Spec>>,
  problemsOf: (spec: Spec) => Promise<readonly string[]>,
): Promise<void> {
  const found = Object.entries(models).map(async ([name, spec]) =>
    (await problemsOf(spec)).map((problem) => `generate.models.${name}: ${problem}`),
  );
  const problems = (await Promise.all(found)).flat();
  if (problems.length > 0) throw new CliError("E_SERVERS", "models that cannot be asked", { problems });
}

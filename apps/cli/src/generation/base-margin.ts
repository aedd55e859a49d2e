import { interrupted } from "../stages/interrupted.ts";
import type { StageContext } from "../stages/stage.ts";
import type { GenerationContext } from "./generation-context.ts";
import type { MarginOptions } from "./write-diagnosed-pairs.ts";

/** Pairs scored together: what lies between two looks at the signal. */
const chunk = 16;

/** Puts a sample of a pair's rows to the recipe's base, where `generate.margin` asks for it. @throws CliError E_INTERRUPTED */
export function baseMargin(
  label: string,
  { run }: Pick<GenerationContext, "run">,
  { reporter, signal }: Pick<StageContext, "reporter" | "signal">,
): MarginOptions | undefined {
  const { margin } = run.recipe.generate;
  if (margin === undefined) return undefined;
  return {
    pairs: margin,
    random: run.random.fork("margin", label),
    async score(pairs) {
      // Where nobody asks for a margin, no engine is loaded.
      const { scorePairs } = await import("./score-pairs.ts");
      const lm = await run.engine.model(run.locate(run.recipe.base));
      const progress = reporter.progress(`${label} margin`, { total: pairs.length, unit: "pairs" });
      try {
        const scored = [];
        for (let at = 0; at < pairs.length; at += chunk) {
          if (signal.aborted) throw interrupted(label);
          scored.push(...(await scorePairs(lm, pairs.slice(at, at + chunk))));
          progress.update(Math.min(at + chunk, pairs.length));
        }
        return scored;
      } finally {
        progress.stop();
      }
    },
  };
}

import type { AdapterFacts } from "./adapter-facts.ts";
import { engineNames, engines } from "./engines.ts";
import type { Engine } from "./engines.ts";
import { lintRules, verdicts } from "./lint-rules.ts";
import type { LintRule, Verdict } from "./lint-rules.ts";

/** One thing that keeps an engine from serving the adapter as PEFT does. */
export interface LintFinding {
  readonly rule: string;
  readonly verdict: Exclude<Verdict, "ok">;
  /** What the adapter has, and what the engine makes of it. */
  readonly message: string;
  readonly source: string;
  /** Whether `pda export` takes the cause away. */
  readonly exportHelps: boolean;
}

export interface EngineLint {
  readonly engine: Engine;
  /** The worst of the findings'. */
  readonly verdict: Verdict;
  readonly findings: readonly LintFinding[];
}

/** What each engine would make of an adapter, beside what PEFT does. */
export function lintFacts(facts: AdapterFacts): EngineLint[] {
  return engineNames.map((engine) => {
    const findings = [...scaleFindings(engine, facts), ...ruleFindings(engine, facts)];
    const worst = Math.max(0, ...findings.map(({ verdict }) => verdicts.indexOf(verdict)));
    return { engine, verdict: verdicts[worst]!, findings };
  });
}

/** Layers that the engine would serve at another strength, told by factor. */
function scaleFindings(engine: Engine, { config, modules }: AdapterFacts): LintFinding[] {
  const { scale, rule, source } = engines[engine];
  const byFactor = Map.groupBy(modules, (module) => {
    const factor = scale(config, module) / module.scale;
    // α/√r and α/r·√r round apart.
    return Math.abs(factor - 1) < 1e-9 ? "1" : factor.toPrecision(3);
  });
  return [...byFactor]
    .filter(([factor]) => factor !== "1")
    .map(([factor, wrong]) => {
      const layers = `${wrong.length} of ${modules.length} layers (such as ${wrong[0]!.path})`;
      const message = `${layers} at ${Number(factor)} times their scale: takes ${rule}`;
      return { rule: "scale", verdict: "wrong", message, source, exportHelps: true };
    });
}

function ruleFindings(engine: Engine, facts: AdapterFacts): LintFinding[] {
  return Object.entries<LintRule>(lintRules).flatMap(([rule, { finds, engines: consequences, exportHelps }]) => {
    const consequence = consequences[engine];
    const found = consequence === undefined ? undefined : finds(facts);
    if (consequence === undefined || found === undefined) return [];
    const { verdict, what, source } = consequence;
    return [{ rule, verdict, message: `${found}: ${what}`, source, exportHelps }];
  });
}

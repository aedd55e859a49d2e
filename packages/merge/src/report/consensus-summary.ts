import type { ConsensusFinding, ModuleConsensus } from "../methods/merge-method.ts";

export interface ConsensusSummary {
  /** Mean over modules of the directions shared on each side. */
  readonly meanRank: { readonly left: number; readonly right: number };
  /** Joint gate: the mean of those that the other side bears out; else null. */
  readonly meanJointRank: { readonly left: number; readonly right: number } | null;
  /** Number of modules with each finding. */
  readonly findings: Readonly<Record<ConsensusFinding, number>>;
}

/** Of no modules: nothing shared. */
export function summariseConsensus(modules: readonly ModuleConsensus[]): ConsensusSummary {
  const mean = (of: (module: ModuleConsensus) => number): number =>
    modules.reduce((sum, module) => sum + of(module), 0) / Math.max(1, modules.length);
  const findings = { shared: 0, "no consensus beyond A₀": 0, "one side only": 0, none: 0, ungated: 0 };
  for (const { finding } of modules) findings[finding]++;
  const isJoint = modules.every(({ left, right }) => left.jointRank !== null && right.jointRank !== null);
  return {
    meanRank: { left: mean(({ left }) => left.rank), right: mean(({ right }) => right.rank) },
    meanJointRank: isJoint
      ? { left: mean(({ left }) => left.jointRank!), right: mean(({ right }) => right.jointRank!) }
      : null,
    findings,
  };
}

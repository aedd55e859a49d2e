import { multiply } from "@prefdelta/linalg";
import type { ThinSvd } from "@prefdelta/lora";
import type { CoreSpace } from "../core-space.ts";
import type { ModuleSource } from "../gather-modules.ts";
import type { CompareSpans, SpanComparison } from "./compare-spans.ts";
import { deltaRows } from "./delta-rows.ts";
import { effectiveRank } from "./effective-rank.ts";

export interface UpdateReport {
  readonly name: string;
  /** Of the stored factors. */
  readonly rank: number;
  /** Of the update itself. */
  readonly numericalRank: number;
  /** exp(entropy) of the squared singular values */
  readonly effectiveRank: number;
  /** Frobenius */
  readonly norm: number;
  readonly spectralNorm: number;
}

export interface PairReport {
  readonly a: string;
  readonly b: string;
  /** Of the two updates as vectors; null if one is zero. */
  readonly cosine: number | null;
  /** Column spaces: what the updates write. */
  readonly left: SpanComparison;
  /** Row spaces: what they read. A shared A₀ alone makes these agree. */
  readonly right: SpanComparison;
  /** Σ |ab| where a and b differ in sign, over Σ |ab|, on sampled rows: 0 if never, near ½ if unrelated. */
  readonly signConflict: number | null;
}

/** A pair's contributions to the comparison of the whole adapters. */
interface PairNumbers {
  /** Places of the two among all adapters. */
  readonly places: readonly [number, number];
  readonly inner: number;
  readonly conflict: number;
  readonly contact: number;
}

export interface InspectedModule {
  /** Of each update, its adapter's place among all. */
  readonly places: readonly number[];
  readonly updates: readonly UpdateReport[];
  readonly pairs: readonly { readonly report: PairReport; readonly numbers: PairNumbers }[];
}

interface InspectTools {
  readonly names: readonly string[];
  /** Those that signs are compared on. */
  readonly rows: readonly number[];
  readonly compareSpans: CompareSpans;
}

/** One module in all adapters that have it, in the core space of their updates. O(K r²) a pair, and the sampled rows. */
export function inspectModule(
  sources: readonly Pick<ModuleSource, "module" | "index">[],
  space: CoreSpace,
  { names, rows, compareSpans }: InspectTools,
): InspectedModule {
  const [writes, reads] = [space.left.rows, space.right.rows];
  const taken = sources.map(({ module, index }, i) => ({
    name: names[index]!,
    index,
    rank: module.rank,
    terms: space.sources[i]!,
    sampled: deltaRows(module, rows),
  }));
  const updates = taken.map(({ name, rank, terms: { S } }) => ({
    name,
    rank,
    numericalRank: S.length,
    effectiveRank: effectiveRank(S),
    norm: norm(S),
    spectralNorm: S[0] ?? 0,
  }));
  const pairs = taken.flatMap((a, i) =>
    taken.slice(i + 1).map((b) => {
      const inner = innerProduct(a.terms, b.terms);
      const size = norm(a.terms.S) * norm(b.terms.S);
      const signs = signConflict(a.sampled, b.sampled);
      const report = {
        a: a.name,
        b: b.name,
        cosine: size === 0 ? null : inner / size,
        left: compareSpans(a.terms.U, b.terms.U, writes),
        right: compareSpans(a.terms.V, b.terms.V, reads),
        signConflict: signs.contact === 0 ? null : signs.conflict / signs.contact,
      };
      return { report, numbers: { places: [a.index, b.index] as const, inner, ...signs } };
    }),
  );
  return { places: sources.map(({ index }) => index), updates, pairs };
}

const norm = (S: Float64Array): number => Math.sqrt(S.reduce((sum, value) => sum + value ** 2, 0));

/** ⟨U₁S₁V₁ᵀ, U₂S₂V₂ᵀ⟩ = Σ (S₁ U₁ᵀU₂ S₂) ∘ (V₁ᵀV₂) */
function innerProduct(one: ThinSvd, two: ThinSvd): number {
  const left = multiply(one.U, two.U, { transA: true });
  const right = multiply(one.V, two.V, { transA: true });
  let sum = 0;
  for (const [i, s1] of one.S.entries()) {
    for (const [j, s2] of two.S.entries())
      sum += s1 * s2 * left.data[i * left.cols + j]! * right.data[i * left.cols + j]!;
  }
  return sum;
}

function signConflict(a: Float64Array, b: Float64Array): { conflict: number; contact: number } {
  let [conflict, contact] = [0, 0];
  for (const [i, value] of a.entries()) {
    const product = value * b[i]!;
    contact += Math.abs(product);
    if (product < 0) conflict -= product;
  }
  return { conflict, contact };
}

import { columns, multiply, scaleColumns, svd, transpose } from "@prefdelta/linalg";
import type { Matrix } from "@prefdelta/linalg";
import type { Source } from "../core-space.ts";
import { consensus, leadingConsensus, type Consensus } from "./consensus.ts";
import type { NullLevel } from "./null-level.ts";
import { placeFrame, type FrameOptions } from "./place-frame.ts";
import type { Member } from "./projection-mean.ts";
import { rotateTowards } from "./rotate-towards.ts";

/** `reference` is the place of a source. */
export interface AlignOptions extends FrameOptions {
  readonly gate: "joint" | "angle" | "none";
  readonly t: number;
  /** Radians. */
  readonly theta0: number;
  readonly sides: "both" | "left" | "right";
  readonly omega: "weights" | "uniform";
  readonly nullLevel: NullLevel;
}

export interface SideConsensus {
  /** Dimension of the whole space: features of the layer on this side. */
  readonly dimension: number;
  /** What this side shares, whatever the other does. */
  readonly alone: Consensus;
  /** At the joint gate: what is shared among those parts that the other side's consensus meets. */
  readonly joint: Consensus | null;
}

export interface Aligned {
  readonly sources: readonly Source[];
  readonly left: SideConsensus;
  readonly right: SideConsensus;
}

/** A source seen from one side: from the right, own is V and other is U. */
interface View {
  readonly own: Matrix;
  readonly S: Float64Array;
  readonly other: Matrix;
  readonly omega: number;
}

/** Singular values up to this share of the update's largest are rounding. */
const NEGLIGIBLE = 1e-9;

/**
 * Turns the left and right subspaces of the sources towards what they share, each around its own S: singular values stay.
 * Sources without weight or rank have no say and are left alone; a source that nothing moves is returned as the same object.
 */
export function align(sources: readonly Source[], size: { left: number; right: number }, given: AlignOptions): Aligned {
  const active = sources.filter(({ weight, S }) => weight !== 0 && S.length > 0);
  const options = { ...given, reference: active.findIndex((source) => source === sources[given.reference]) };
  const total = active.reduce((sum, { weight }) => sum + Math.abs(weight), 0);
  const omega = active.map(({ weight }) =>
    options.omega === "weights" ? Math.abs(weight) / total : 1 / active.length,
  );
  const fromLeft = active.map(({ U, S, V }, i): View => ({ own: U, S, other: V, omega: omega[i]! }));
  const fromRight = active.map(({ U, S, V }, i): View => ({ own: V, S, other: U, omega: omega[i]! }));

  const [aloneLeft, aloneRight] = [alone(fromLeft, size.left, options), alone(fromRight, size.right, options)];
  const left = turn(fromLeft, { dimension: size.left, own: aloneLeft, other: aloneRight }, options);
  const right = turn(fromRight, { dimension: size.right, own: aloneRight, other: aloneLeft }, options);

  const aligned = new Map(
    active.map((source, i): [Source, Source] => {
      const U = options.sides === "right" ? source.U : left.turned[i]!;
      const V = options.sides === "left" ? source.V : right.turned[i]!;
      return [source, U === source.U && V === source.V ? source : { ...source, U, V }];
    }),
  );
  return {
    sources: sources.map((source) => aligned.get(source) ?? source),
    left: { dimension: size.left, alone: aloneLeft, joint: left.joint },
    right: { dimension: size.right, alone: aloneRight, joint: right.joint },
  };
}

function alone(views: readonly View[], dimension: number, options: AlignOptions): Consensus {
  const { gate, theta0, nullLevel } = options;
  const members = views.map(({ own, omega }) => ({ basis: own, omega }));
  if (gate === "none") return placed(leadingConsensus(members), members, options);
  return placed(
    consensus(members, dimension, { theta0, nullLevel: gate === "joint" ? nullLevel : null }),
    members,
    options,
  );
}

const placed = (found: Consensus, members: readonly Member[], options: FrameOptions): Consensus => ({
  ...found,
  frame: placeFrame(found.frame, members, options),
});

function turn(
  views: readonly View[],
  { dimension, own, other }: { dimension: number; own: Consensus; other: Consensus },
  options: AlignOptions,
): { turned: Matrix[]; joint: Consensus | null } {
  const { gate, t, theta0, nullLevel } = options;
  const limit = gate === "none" ? Infinity : theta0;
  if (gate !== "joint") {
    const turned = views.map((view) => rotateTowards(view.own, { part: view.own, frame: own.frame }, { t, limit }));
    return { turned, joint: null };
  }
  const parts = views.map((view) => partAcross(view, other.frame));
  const members = views.map(({ omega }, i) => ({ basis: parts[i]!, omega }));
  const joint = placed(consensus(members, dimension, { theta0, nullLevel }), members, options);
  const turned = views.map((view, i) => rotateTowards(view.own, { part: parts[i]!, frame: joint.frame }, { t, limit }));
  return { turned, joint };
}

/** An orthonormal basis of what the update makes of the other side's shared directions: the column space of own S otherᵀ frame. */
function partAcross({ own, S, other }: View, frame: Matrix): Matrix {
  const coordinates = scaleColumns(multiply(frame, other, { transA: true }), S); // R × r
  const { U: E, S: sizes } = svd(transpose(coordinates));
  const kept = sizes.filter((size) => size > NEGLIGIBLE * S[0]!).length;
  return multiply(own, columns(E, 0, kept));
}

import type { Difference, Interval, ReportedTable } from "../read/table-schema.ts";

const around = (value: number): Interval => ({ value, low: value - 0.05, high: value + 0.05 });
const difference = (value: number, p: number): Difference => ({ difference: value, low: value - 0.02, high: value + 0.02, p });

/** Two skills, five models; on x the merge is ahead and cannot be told from joint, on y it is the best. */
export const smallTable: ReportedTable = {
  items: { x: 200, y: 300 },
  best_single: "x-delta",
  rows: [
    { model: "base", kind: "base", skills: { x: around(0.2), y: around(0.3) }, average: around(0.25), paired: {}, minus_base: {} },
    {
      ...{ model: "x-delta", kind: "single", skills: { x: around(0.5), y: around(0.3) }, average: around(0.4) },
      paired: { base: difference(0.15, 0.0005) },
      minus_base: { x: difference(0.3, 0.0005), y: difference(0, 1) },
    },
    {
      ...{ model: "sum", kind: "merge", skills: { x: around(0.55), y: around(0.7) }, average: around(0.625) },
      paired: { base: difference(0.375, 0.0005), best_single: difference(0.225, 0.0005) },
      minus_base: { x: difference(0.35, 0.0005), y: difference(0.4, 0.0005) },
    },
    {
      ...{ model: "joint", kind: "control", skills: { x: around(0.54), y: around(0.5) }, average: around(0.52) },
      paired: { base: difference(0.27, 0.0005), best_single: difference(0.12, 0.038) },
      minus_base: { x: difference(0.34, 0.0005), y: difference(0.2, 0.0005) },
    },
    {
      ...{ model: "sft", kind: "control", skills: { x: around(0.1), y: around(0.31) }, average: around(0.205) },
      paired: { base: difference(-0.045, 0.2) },
      minus_base: { x: difference(-0.1, 0.01), y: difference(0.01, 0.7) },
    },
  ],
  leaders: {
    skills: { x: { model: "sum", not_told_apart: ["joint"] }, y: { model: "sum", not_told_apart: [] } },
    average: { model: "sum", not_told_apart: [] },
  },
  ablations: [],
};

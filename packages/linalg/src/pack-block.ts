import type { Strided } from "./panels.ts";
import { kernels } from "./wasm/kernels.ts";
import { FLOAT_PANEL, PANEL } from "./wasm/panel-product.ts";

/** Bytes of a panel's numbers at one depth. */
const GROUP = 32;

/** Part of a matrix: `count` of its rows from `row` on, at `depth` places from `l` on of what is summed over. */
interface Block {
  readonly row: number;
  readonly count: number;
  readonly l: number;
  readonly depth: number;
}

interface Places {
  /** Addresses of the panels, and of memory for the block as it was. */
  readonly at: number;
  readonly stageAt: number;
  /** Whether panels of float32 are asked for, whose numbers are; else they are of float64. */
  readonly float?: boolean;
}

/** Packs a block for the products of panels, four or eight rows a panel; rows that are not there are zeros. */
export function packBlock(
  memory: ArrayBuffer,
  { data, across, along }: Pick<Strided, "data" | "across" | "along">,
  { row, count, l, depth, at, stageAt, float = false }: Block & Places,
): void {
  const { packColumns, packRows, packWideRows, packWidenedColumns, packWidenedRows } = kernels();
  const { BYTES_PER_ELEMENT: bytes } = data;
  const isWidened = !float && bytes === 4;
  const panel = float ? FLOAT_PANEL : PANEL;
  const panels = Math.ceil(count / panel);
  const whole = panel * panels;
  const stage = bytes === 4 ? new Float32Array(memory, stageAt) : new Float64Array(memory, stageAt);
  const from = row * across + l * along;
  if (along === 1) {
    const pitch = 4 * Math.ceil(depth / 4);
    stageRuns(stage, data, { from, step: across, count, length: depth, pitch });
    stage.fill(0, count * pitch, whole * pitch);
    const pack = float ? packRows : isWidened ? packWidenedRows : packWideRows;
    pack(panels, (pitch * bytes) / 16, stageAt, bytes * pitch, at, GROUP * depth);
  } else {
    stageRuns(stage, data, { from, step: along, count: depth, length: count, pitch: whole });
    const pack = isWidened ? packWidenedColumns : packColumns;
    pack(panels, depth, stageAt, bytes * whole, at);
  }
}

/** Runs of numbers that follow one another in memory, `step` from one to the next. */
interface Runs {
  readonly from: number;
  readonly step: number;
  readonly count: number;
  readonly length: number;
  /** From one to the next where they go; what is more than their length is zero. */
  readonly pitch: number;
}

function stageRuns(stage: Strided["data"], data: Strided["data"], { from, step, count, length, pitch }: Runs): void {
  if (step === length && pitch === length) return stage.set(data.subarray(from, from + count * length));
  for (let run = 0; run < count; run++) {
    const [source, target] = [from + run * step, run * pitch];
    stage.set(data.subarray(source, source + length), target);
    if (length < pitch) stage.fill(0, target + length, target + pitch);
  }
}

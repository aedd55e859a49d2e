import { assemble, fused, i32, type Kernel, type MultiplyAdd, pair, rounded } from "./assemble.ts";
import { type ElectionName, elections } from "./elect-signs.ts";
import { findNotFinite } from "./find-not-finite.ts";
import { floatProducts } from "./float-product.ts";
import { keepBelow, keepFloatsAtMost } from "./keep-below.ts";
import { packColumns, packRows, packWidenedColumns, packWidenedRows, packWideRows } from "./pack-panels.ts";
import { panelProducts } from "./panel-product.ts";
import { putRow } from "./put-row.ts";
import { rotateRows } from "./rotate-rows.ts";
import { rowDots, subtractOuter } from "./symmetric-step.ts";

/** What is used of WebAssembly's own types: this package is compiled without a browser's or Node's. */
declare const WebAssembly: {
  Memory: new (limits: { initial: number }) => { readonly buffer: ArrayBuffer; grow(pages: number): number };
  Module: new (bytes: Uint8Array) => object;
  validate(bytes: Uint8Array): boolean;
  Instance: new (module: object, imports: object) => { readonly exports: unknown };
};

const PAGE = 2 ** 16;

type Instance<Names extends string> = Readonly<Record<Names, (...parameters: readonly number[]) => void>> & {
  /** The kernels' memory; addresses are bytes. Valid until the next call with more numbers. */
  readonly numbers: (count: number) => Float64Array<ArrayBuffer>;
};

/** WebAssembly's 128-bit instructions: half of what this processor could, on every one that runs JavaScript. */
function instantiate<Names extends string>(all: Readonly<Record<Names, Kernel>>): Instance<Names> {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const module = new WebAssembly.Module(assemble(all, 1));
  const exports = new WebAssembly.Instance(module, { env: { memory } }).exports as Omit<Instance<Names>, "numbers">;
  let view = new Float64Array(memory.buffer);
  const numbers = (count: number): Float64Array<ArrayBuffer> => {
    if (count > view.length) {
      memory.grow(Math.ceil((8 * (count - view.length)) / PAGE));
      view = new Float64Array(memory.buffer);
    }
    return view;
  };
  return { ...exports, numbers } as Instance<Names>;
}

/** Whether the engine knows relaxed SIMD, as Node does. */
function canFuse(): boolean {
  const { zero, store } = pair;
  const body = store(i32(0), fused.pair(zero, zero, zero));
  return WebAssembly.validate(assemble({ probe: { parameters: 0, numbers: 0, pairs: 0, body } }, 1));
}

let multiplyAdd: MultiplyAdd | undefined;

/** How products are summed here. */
const multiplyAddHere = (): MultiplyAdd => (multiplyAdd ??= canFuse() ? fused : rounded);

type ScratchName =
  | "panelProduct"
  | "floatPanelProduct"
  | "packColumns"
  | "packRows"
  | "packWidenedColumns"
  | "packWidenedRows"
  | "packWideRows"
  | "rotateRows"
  | ElectionName
  | "keepBelow"
  | "keepFloatsAtMost"
  | "findNotFinite"
  | "rowDots"
  | "subtractOuter";
const scratch = (multiplyAdd: MultiplyAdd): Readonly<Record<ScratchName, Kernel>> => ({
  ...panelProducts(multiplyAdd),
  packColumns,
  packRows,
  packWidenedColumns,
  packWidenedRows,
  packWideRows,
  rotateRows,
  ...elections,
  keepBelow,
  keepFloatsAtMost,
  findNotFinite,
  rowDots,
  subtractOuter,
});

const float = (multiplyAdd: MultiplyAdd): Readonly<Record<FloatName, Kernel>> => ({
  ...floatProducts(multiplyAdd),
  putRow: putRow(multiplyAdd),
});

type FloatName = keyof ReturnType<typeof floatProducts> | "putRow";

export type ProductKernels = Instance<keyof ReturnType<typeof panelProducts>>;

let scratchInstance: Instance<ScratchName> | undefined;
let floatInstance: Instance<FloatName> | undefined;

/** Made once; its memory is scratch, and nothing stays in it from one call to the next. */
export const kernels = (): Instance<ScratchName> => (scratchInstance ??= instantiate(scratch(multiplyAddHere())));

/** With a memory of its own, each. */
export const productKernels = (): ProductKernels => instantiate(panelProducts(multiplyAddHere()));

/** Made once, with a memory of its own: a large matrix of float32, until the next one. */
export const floatKernels = (): Instance<FloatName> => (floatInstance ??= instantiate(float(multiplyAddHere())));

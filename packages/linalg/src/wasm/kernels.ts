import { assemble } from "./assemble.ts";
import { panelProduct } from "./panel-product.ts";
import { rotateRows } from "./rotate-rows.ts";

/** What is used of WebAssembly's own types: this package is compiled without a browser's or Node's. */
declare const WebAssembly: {
  Memory: new (limits: { initial: number }) => { readonly buffer: ArrayBuffer; grow(pages: number): number };
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { readonly exports: unknown };
};

const PAGE = 2 ** 16;

export interface Kernels {
  /** The kernels' memory; addresses are bytes. Valid until the next call with more numbers. */
  readonly numbers: (count: number) => Float64Array;
  readonly panelProduct: (...parameters: readonly number[]) => void;
  readonly rotateRows: (...parameters: readonly number[]) => void;
}

type Exports = Pick<Kernels, "panelProduct" | "rotateRows">;

/** WebAssembly's 128-bit instructions: half of what this processor could, on every one that runs JavaScript. */
function instantiate(): Kernels {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const module = new WebAssembly.Module(assemble({ panelProduct, rotateRows }, 1));
  const exports = new WebAssembly.Instance(module, { env: { memory } }).exports as Exports;
  let view = new Float64Array(memory.buffer);
  const numbers = (count: number): Float64Array => {
    if (count > view.length) {
      memory.grow(Math.ceil((8 * (count - view.length)) / PAGE));
      view = new Float64Array(memory.buffer);
    }
    return view;
  };
  return { numbers, panelProduct: exports.panelProduct, rotateRows: exports.rotateRows };
}

let instance: Kernels | undefined;

/** Made once; its memory is scratch, and nothing stays in it from one call to the next. */
export const kernels = (): Kernels => (instance ??= instantiate());

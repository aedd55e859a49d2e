import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assemble, fused, type MultiplyAdd, rounded } from "./assemble.ts";
import { PANEL, panelProducts } from "./panel-product.ts";

// Types of a browser's library, which this package is compiled without.
declare const WebAssembly: {
  Memory: new (limits: { initial: number }) => { readonly buffer: ArrayBuffer };
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { readonly exports: { panelProduct(...p: number[]): void } };
};

/** A panel of A times a panel of B, `depth` groups of four numbers each: 4 × 4. */
function product(multiplyAdd: MultiplyAdd, a: readonly number[], b: readonly number[]): number[] {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const module = new WebAssembly.Module(assemble({ panelProduct: panelProducts(multiplyAdd).panelProduct }, 1));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const numbers = new Float64Array(memory.buffer);
  numbers.set(a, 0);
  numbers.set(b, a.length);
  const at = a.length + b.length;
  exports.panelProduct(1, 1, a.length / PANEL, 0, 8 * a.length, 8 * at, 8 * PANEL, 0);
  return [...numbers.subarray(at, at + PANEL ** 2)];
}

const double = fc.double({ min: -1e3, max: 1e3, noNaN: true });
const panels = fc.integer({ min: 1, max: 12 }).chain((depth) => {
  const panel = fc.array(double, { minLength: PANEL * depth, maxLength: PANEL * depth });
  return fc.tuple(panel, panel);
});

/** Sums in order, each product rounded before it is added; and the sizes of what was added. */
function summed(a: readonly number[], b: readonly number[]): { sums: number[]; sizes: number[] } {
  const [sums, sizes] = [Array<number>(16).fill(0), Array<number>(16).fill(0)];
  for (let l = 0; l < a.length; l += PANEL) {
    for (let entry = 0; entry < 16; entry++) {
      const term = a[l + (entry >> 2)]! * b[l + (entry & 3)]!;
      sums[entry]! += term;
      sizes[entry]! += Math.abs(term);
    }
  }
  return { sums, sizes };
}

describe("panelProduct", () => {
  it("sums in order, to the bit, where products are rounded", () => {
    fc.assert(
      fc.property(panels, ([a, b]) => {
        // + 0: a sum that began with 0 is never −0.
        expect(product(rounded, a, b)).toEqual(summed(a, b).sums.map((sum) => sum + 0));
      }),
    );
  });

  it("is as near to the sum where they are not", () => {
    fc.assert(
      fc.property(panels, ([a, b]) => {
        const { sums, sizes } = summed(a, b);
        for (const [i, value] of product(fused, a, b).entries())
          expect(Math.abs(value - sums[i]!)).toBeLessThanOrEqual(24 * Number.EPSILON * sizes[i]!);
      }),
    );
  });

  it("keeps what rounding a product loses, if this processor can", () => {
    const e = 2 ** -30;
    // 1 · (−1) + (1 + e)(1 − e)
    const [a, b] = [
      [1, 0, 0, 0, 1 + e, 0, 0, 0],
      [-1, 0, 0, 0, 1 - e, 0, 0, 0],
    ] as const;
    expect(product(rounded, a, b)[0]).toBe(0);
    expect([-(e ** 2), 0]).toContain(product(fused, a, b)[0]);
  });
});

export type Two = readonly [Float64Array, Float64Array];
export type Four = readonly [Float64Array, Float64Array, Float64Array, Float64Array];

/** Eight inner products at once: each number that is loaded is used two or four times, and V8 keeps the sums in registers. */
export function dots([x0, x1]: Two, [v0, v1, v2, v3]: Four, sums: Float64Array): void {
  let a0 = 0;
  let a1 = 0;
  let a2 = 0;
  let a3 = 0;
  let b0 = 0;
  let b1 = 0;
  let b2 = 0;
  let b3 = 0;
  for (let k = 0; k < x0.length; k++) {
    const p = x0[k]!;
    const q = x1[k]!;
    const r0 = v0[k]!;
    const r1 = v1[k]!;
    const r2 = v2[k]!;
    const r3 = v3[k]!;
    a0 += p * r0;
    a1 += p * r1;
    a2 += p * r2;
    a3 += p * r3;
    b0 += q * r0;
    b1 += q * r1;
    b2 += q * r2;
    b3 += q * r3;
  }
  sums.set([a0, a1, a2, a3, b0, b1, b2, b3]);
}

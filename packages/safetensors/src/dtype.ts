/** Bits of one element, listed in the format's own order: rising alignment. Writers sort by this order, falling. */
const bits = {
  BOOL: 8,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  C64: 64,
  F64: 64,
  I64: 64,
  U64: 64,
} as const;

/** Every element type the format names. */
export type Dtype = keyof typeof bits;

/** All dtypes, by rising alignment. */
export const dtypes: readonly Dtype[] = Object.keys(bits) as Dtype[];

export function isDtype(name: unknown): name is Dtype {
  return typeof name === "string" && Object.hasOwn(bits, name);
}

export function dtypeBits(dtype: Dtype): number {
  return bits[dtype];
}

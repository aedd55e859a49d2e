/**
 * Rows reordered within each head from [first half, second half] to pairs of neighbours: row h·d + t·d/2 + j goes to
 * h·d + 2j + t (the `permute` of llama.cpp's converter for Llama's queries and keys).
 *
 * @param bytes of a matrix of any element, row-major; `rows` = heads × d
 */
export function interleaveHalves(
  bytes: Uint8Array,
  { rows, heads }: { readonly rows: number; readonly heads: number },
): Uint8Array {
  const width = bytes.length / rows;
  const size = rows / heads;
  const out = new Uint8Array(bytes.length);
  for (let head = 0; head < heads; head++) {
    for (let j = 0; j < size / 2; j++) {
      for (const t of [0, 1]) {
        const from = head * size + (t * size) / 2 + j;
        const to = head * size + 2 * j + t;
        out.set(bytes.subarray(from * width, (from + 1) * width), to * width);
      }
    }
  }
  return out;
}

import { dots, type Four, type Two } from "./dots.ts";

/** Vectors of equal length, one after the other in memory. */
export interface Vectors {
  readonly data: Float64Array;
  /** Entries of each vector, which is also the distance from one to the next. */
  readonly length: number;
}

/** H₁ H₂ ⋯ H_b = I − V T Vᵀ with Hᵢ = I − 2 vᵢ vᵢᵀ (Schreiber & Van Loan 1989, https://doi.org/10.1137/0910005). */
export interface BlockReflector {
  /** The vᵢ, unit or zero, without the entries before `from`, which are zero. */
  readonly V: Vectors;
  /** b × b, upper triangular. */
  readonly T: Float64Array;
  readonly size: number;
  /** First entry of a vector that it changes. */
  readonly from: number;
}

/** Entries taken at a time: those of a block's reflectors stay in cache while every vector passes by. */
const CHUNK = 1024;

/** T[:, j] = −2 T (Vᵀ vⱼ) above the diagonal, 2 on it. */
export function blockReflector(V: Vectors, size: number, from: number): BlockReflector {
  const overlaps = new Float64Array(size * size); // VᵀV
  addProducts(overlaps, { left: V, right: V, count: size, size, at: 0 });
  const T = new Float64Array(size * size);
  for (let j = 0; j < size; j++) {
    for (let i = 0; i < j; i++) {
      let sum = 0;
      for (let l = i; l < j; l++) sum += T[i * size + l]! * overlaps[l * size + j]!;
      T[i * size + j] = -2 * sum;
    }
    T[j * size + j] = 2;
  }
  return { V, T, size, from };
}

interface Application {
  /** First vector, and how many. */
  readonly first: number;
  readonly count: number;
  /** Whether by the transpose. */
  readonly transposed: boolean;
}

/** Multiplies vectors by I − V T Vᵀ, or by its transpose, in place. Two passes over them for all reflectors together. */
export function applyBlock(vectors: Vectors, block: BlockReflector, { first, count, transposed }: Application): void {
  if (count === 0) return;
  const { V, T, size, from } = block;
  const W = new Float64Array(count * size); // row c: Vᵀ x of vector c
  const products = { left: vectors, right: V, count, size, at: first * vectors.length + from };
  addProducts(W, products);
  const row = new Float64Array(size);
  for (let c = 0; c < count; c++) {
    for (let i = 0; i < size; i++) {
      let sum = 0;
      // T is upper triangular.
      if (transposed) for (let l = 0; l <= i; l++) sum += T[l * size + i]! * W[c * size + l]!;
      else for (let l = i; l < size; l++) sum += T[i * size + l]! * W[c * size + l]!;
      row[i] = sum;
    }
    W.set(row, c * size);
  }
  subtractCombinations(W, products);
}

interface Products {
  readonly left: Vectors;
  readonly right: Vectors;
  /** Vectors of the left, vectors of the right. */
  readonly count: number;
  readonly size: number;
  /** Where the first vector of the left begins. */
  readonly at: number;
}

/** W[c, i] += Σ left_c right_i over the length of the right. */
function addProducts(W: Float64Array, products: Products): void {
  const { count, size } = products;
  const sums = new Float64Array(8);
  for (const { xs, vs } of chunks(products)) {
    for (let c = 0; c < count; c += 2) {
      for (let i = 0; i < size; i += 4) {
        dots([xs[c]!, xs[c + 1]!], [vs[i]!, vs[i + 1]!, vs[i + 2]!, vs[i + 3]!], sums);
        for (let dc = 0; dc < 2 && c + dc < count; dc++)
          for (let di = 0; di < 4 && i + di < size; di++) W[(c + dc) * size + i + di]! += sums[4 * dc + di]!;
      }
    }
  }
}

/** x_c −= Σ_i W[c, i] right_i. */
function subtractCombinations(W: Float64Array, products: Products): void {
  const { count, size } = products;
  const factors = new Float64Array(8);
  for (const { xs, vs } of chunks(products)) {
    for (let c = 0; c < count; c += 2) {
      for (let i = 0; i < size; i += 4) {
        for (let dc = 0; dc < 2; dc++)
          for (let di = 0; di < 4; di++)
            factors[4 * dc + di] = c + dc < count && i + di < size ? W[(c + dc) * size + i + di]! : 0;
        subtractTerms([xs[c]!, xs[c + 1]!], [vs[i]!, vs[i + 1]!, vs[i + 2]!, vs[i + 3]!], factors);
      }
    }
  }
}

interface Chunk {
  /** The same stretch of every vector of the left (two or more) and of the right (a multiple of four), filled up with zeros. */
  readonly xs: readonly Float64Array[];
  readonly vs: readonly Float64Array[];
}

function* chunks({ left, right, count, size, at }: Products): Generator<Chunk> {
  const [spareX, spareV] = [new Float64Array(CHUNK), new Float64Array(CHUNK)];
  for (let from = 0; from < right.length; from += CHUNK) {
    const length = Math.min(CHUNK, right.length - from);
    const stretch = ({ data, length: stride }: Vectors, start: number, vectors: number): Float64Array[] =>
      Array.from({ length: vectors }, (_, i) => {
        const begin = start + i * stride + from;
        return data.subarray(begin, begin + length);
      });
    const xs = stretch(left, at, count);
    if (count % 2 === 1) xs.push(spareX.subarray(0, length));
    const vs = stretch(right, 0, size);
    while (vs.length % 4 !== 0) vs.push(spareV.subarray(0, length));
    yield { xs, vs };
  }
}

/** x₀ −= Σ aᵢ vᵢ and x₁ −= Σ bᵢ vᵢ: factors [a₀ … a₃, b₀ … b₃]. */
function subtractTerms([x0, x1]: Two, [v0, v1, v2, v3]: Four, factors: Float64Array): void {
  const a0 = factors[0]!;
  const a1 = factors[1]!;
  const a2 = factors[2]!;
  const a3 = factors[3]!;
  const b0 = factors[4]!;
  const b1 = factors[5]!;
  const b2 = factors[6]!;
  const b3 = factors[7]!;
  for (let k = 0; k < x0.length; k++) {
    const r0 = v0[k]!;
    const r1 = v1[k]!;
    const r2 = v2[k]!;
    const r3 = v3[k]!;
    x0[k]! -= a0 * r0 + a1 * r1 + (a2 * r2 + a3 * r3);
    x1[k]! -= b0 * r0 + b1 * r1 + (b2 * r2 + b3 * r3);
  }
}

import { TfjsOnnxError } from "../errors.ts";
import { onesLike, sameShape, type Shape, sizeOf } from "../trace/shape.ts";
import { dequantized, materialized, nodeSymbol, type TracedSymbol, withRank } from "../trace/symbol.ts";
import type { KernelTable } from "./kernel.ts";

function reshape(x: TracedSymbol, requested: Shape): TracedSymbol {
  const { recorder, dtype } = x;
  const known = sizeOf(requested.filter((dimension) => dimension !== -1));
  const shape = requested.map((dimension) => (dimension === -1 ? sizeOf(x.shape) / known : dimension));
  if (sameShape(shape, x.shape)) return x;
  if (x.kind === "uniform" || x.kind === "constant") return { ...x, shape };
  // One stored number stays one stored number.
  const stored = x.kind === "node" && sizeOf(x.stored) === 1 ? onesLike(shape) : shape;
  const source = stored === shape ? materialized(x) : x.name;
  const name = recorder.reshape(source, stored);
  return nodeSymbol(name, { recorder, shape, dtype, stored });
}

const withAxis = (shape: Shape, axis: number, dimension: number): number[] => shape.with(axis, dimension);

const positive = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

function concat(list: readonly TracedSymbol[], axis: number): TracedSymbol {
  const [first] = list as [TracedSymbol];
  const { recorder, dtype } = first;
  const length = list.reduce((total, { shape }) => total + shape[axis]!, 0);
  const name = recorder.emit("Concat", list.map(materialized), { attributes: { axis } });
  return nodeSymbol(name, { recorder, shape: withAxis(first.shape, axis, length), dtype });
}

function split(x: TracedSymbol, axis: number, sizes: readonly number[]): TracedSymbol[] {
  const { recorder, dtype } = x;
  const names = recorder.emitMany("Split", [materialized(x), recorder.int64s(sizes)], {
    attributes: { axis },
    outputs: sizes.length,
  });
  return names.map((name, i) => nodeSymbol(name, { recorder, shape: withAxis(x.shape, axis, sizes[i]!), dtype }));
}

export const layoutKernels: KernelTable = {
  Reshape: ({ inputs, attributes }) => reshape(inputs["x"]!, attributes["shape"]),
  ExpandDims: ({ inputs, attributes }) => {
    const x = inputs["input"]!;
    return reshape(x, x.shape.toSpliced(positive(attributes["dim"], x.shape.length + 1), 0, 1));
  },
  Transpose: ({ recorder, inputs, attributes }) => {
    const x = inputs["x"]!;
    const perm: number[] = attributes["perm"];
    if (perm.every((axis, i) => axis === i)) return x;
    const shape = perm.map((axis) => x.shape[axis]!);
    if (x.kind === "uniform") return { ...x, shape };
    // Numbers stay where they are if only axes of length 1 change places.
    const moved = perm.filter((axis) => x.shape[axis] !== 1);
    if (x.kind !== "quantized" && moved.every((axis, i) => i === 0 || axis > moved[i - 1]!)) return reshape(x, shape);
    const { name, stored } = withRank(x);
    return nodeSymbol(recorder.emit("Transpose", [name], { attributes: { perm } }), {
      recorder,
      shape,
      dtype: x.dtype,
      stored: perm.map((axis) => stored[axis]!),
    });
  },
  Slice: ({ recorder, inputs, attributes }) => {
    const x = inputs["x"]!;
    const begin = x.shape.map((_, i) => Number([attributes["begin"]].flat()[i] ?? 0));
    const size = x.shape.map((dimension, i) => {
      const asked = Number([attributes["size"]].flat()[i] ?? -1);
      return asked < 0 ? dimension - begin[i]! : asked;
    });
    if (sameShape(size, x.shape)) return x;
    if (x.kind === "uniform") return { ...x, shape: size };
    const axes = size.map((_, i) => i).filter((i) => size[i] !== x.shape[i]);
    const name = recorder.emit("Slice", [
      materialized(x),
      recorder.int64s(axes.map((i) => begin[i]!)),
      recorder.int64s(axes.map((i) => begin[i]! + size[i]!)),
      recorder.int64s(axes),
    ]);
    return nodeSymbol(name, { recorder, shape: size, dtype: x.dtype });
  },
  PadV2: ({ recorder, inputs, attributes }) => {
    const x = inputs["x"]!;
    const paddings: [number, number][] = attributes["paddings"];
    const amounts = recorder.int64s([...paddings.map(([before]) => before), ...paddings.map(([, after]) => after)]);
    const fill = recorder.constant("float32", [], Float32Array.of(attributes["constantValue"]));
    const shape = x.shape.map((dimension, i) => dimension + paddings[i]![0] + paddings[i]![1]);
    return nodeSymbol(recorder.emit("Pad", [materialized(x), amounts, fill]), { recorder, shape, dtype: x.dtype });
  },
  Concat: ({ list, attributes }) => concat(list, positive(attributes["axis"], list[0]!.shape.length)),
  Pack: ({ list, attributes }) => {
    const axis = positive(attributes["axis"], list[0]!.shape.length + 1);
    return concat(
      list.map((x) => reshape(x, x.shape.toSpliced(axis, 0, 1))),
      axis,
    );
  },
  Unpack: ({ inputs, attributes }) => {
    const x = inputs["value"]!;
    const axis = positive(attributes["axis"], x.shape.length);
    const parts = split(x, axis, Array<number>(x.shape[axis]!).fill(1));
    return parts.map((part) => reshape(part, part.shape.toSpliced(axis, 1)));
  },
  SplitV: ({ inputs, attributes }) => {
    const x = inputs["x"]!;
    const axis = positive(attributes["axis"], x.shape.length);
    const asked: number | number[] = attributes["numOrSizeSplits"];
    const sizes = Array.isArray(asked) ? asked : Array<number>(asked).fill(x.shape[axis]! / asked);
    return split(x, axis, sizes);
  },
  Tile: ({ recorder, inputs, attributes }) => {
    const x = inputs["x"]!;
    const repeats: number[] = attributes["reps"];
    const shape = x.shape.map((dimension, i) => dimension * repeats[i]!);
    if (x.kind === "uniform") return { ...x, shape };
    const name = recorder.emit("Tile", [materialized(x), recorder.int64s(repeats)]);
    return nodeSymbol(name, { recorder, shape, dtype: x.dtype });
  },
  GatherV2: ({ recorder, inputs, attributes }) => {
    if (attributes["batchDims"]) {
      throw new TfjsOnnxError(
        "E_UNSUPPORTED_KERNEL",
        `GatherV2: batchDims — expected 0, got ${attributes["batchDims"]}`,
      );
    }
    const x = inputs["x"]!;
    const indices = inputs["indices"]!;
    const axis = positive(attributes["axis"], x.shape.length);
    const shape = x.shape.toSpliced(axis, 1, ...indices.shape);
    if (x.kind === "quantized" && axis === 0 && indices.shape.length === 1) {
      const rows = materialized(indices);
      const [name, scales] = [x.name, x.scales].map((part) => recorder.emit("Gather", [part, rows]));
      return dequantized({ name: name!, scales: scales!, form: x.form }, { recorder, shape });
    }
    const name = recorder.emit("Gather", [materialized(x), materialized(indices)], { attributes: { axis } });
    return nodeSymbol(name, { recorder, shape, dtype: x.dtype });
  },
  UnsortedSegmentSum: ({ recorder, inputs, attributes }) => {
    const x = inputs["x"]!;
    const segmentIds = inputs["segmentIds"]!;
    const shape = [Number(attributes["numSegments"]), ...x.shape.slice(1)];
    const column = recorder.reshape(materialized(segmentIds), [x.shape[0]!, ...onesLike(x.shape.slice(1))]);
    const targets = recorder.emit("Expand", [column, recorder.int64s(x.shape)]);
    const zero = recorder.constant("float32", [], Float32Array.of(0));
    const zeros = recorder.emit("Expand", [zero, recorder.int64s(shape)]);
    // Not ScatterND: ONNX Runtime adds its rows on several threads at once, and loses some where they meet.
    const name = recorder.emit("ScatterElements", [zeros, targets, materialized(x)], {
      attributes: { axis: 0, reduction: "add" },
    });
    return nodeSymbol(name, { recorder, shape, dtype: x.dtype });
  },
};

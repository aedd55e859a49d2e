import { type BackendValues, type DataType, KernelBackend } from "@tensorflow/tfjs-core";
import { TfjsOnnxError } from "../errors.ts";
import type { Recorder } from "./recorder.ts";
import type { Shape } from "./shape.ts";
import { asTracedDataType, constantArray, type TracedSymbol, uniformSymbol } from "./symbol.ts";

const isSymbol = (dataId: object): dataId is TracedSymbol => "recorder" in dataId && "kind" in dataId;

/** The symbol behind a tensor's data id; a tensor that holds real data, or belongs to another trace, is refused. */
export function symbolOf(dataId: object, recorder: Recorder): TracedSymbol {
  if (isSymbol(dataId) && dataId.recorder === recorder) return dataId;
  throw new TfjsOnnxError(
    "E_FOREIGN_TENSOR",
    "trace: tensor — expected one made from the traced function's inputs, got one that was made outside; pass it as an input",
  );
}

/** A tfjs backend without numbers: data ids are symbols, and what is written or known stays known. */
export class TraceBackend extends KernelBackend {
  readonly #recorder: Recorder;
  #written = 0;

  constructor(recorder: Recorder) {
    super();
    this.#recorder = recorder;
  }

  override write(values: BackendValues, shape: number[], dtype: DataType): TracedSymbol {
    this.#written++;
    const traced = asTracedDataType(dtype);
    const array = constantArray(traced, values as ArrayLike<number>);
    const first = array[0];
    const options = { recorder: this.#recorder, shape: shape.slice(), dtype: traced };
    if (first !== undefined && array.every((value) => value === first)) return uniformSymbol(first, options);
    return { kind: "constant", ...options, values: array };
  }

  override move(): never {
    throw new TfjsOnnxError(
      "E_FOREIGN_TENSOR",
      "trace: tensor — expected one made from the traced function's inputs, got one that lives on another backend; pass it as an input",
    );
  }

  override readSync(dataId: object): Float32Array | Int32Array | Uint8Array {
    const symbol = symbolOf(dataId, this.#recorder);
    const size = (shape: Shape): number => shape.reduce((a, b) => a * b, 1);
    if (symbol.kind === "constant") return symbol.values;
    if (symbol.kind === "uniform") {
      return constantArray(symbol.dtype, Array<number>(size(symbol.shape)).fill(symbol.value));
    }
    throw new TfjsOnnxError(
      "E_VALUE_UNDER_TRACE",
      `trace: value of a tensor of shape [${symbol.shape.join()}] — expected to be read after the graph has run, got a read while it is recorded`,
    );
  }

  override async read(dataId: object): Promise<Float32Array | Int32Array | Uint8Array> {
    return this.readSync(dataId);
  }

  // Symbols cost nothing: tfjs' reference counts are answered, never kept.
  override refCount(): number {
    return 1;
  }
  override incRef(): void {}
  override disposeData(): boolean {
    return false;
  }
  override numDataIds(): number {
    return this.#written;
  }
  override memory(): { unreliable: boolean } {
    return { unreliable: true };
  }
  override floatPrecision(): 32 {
    return 32;
  }
  override epsilon(): number {
    return 1e-7;
  }
  override dispose(): void {}
}

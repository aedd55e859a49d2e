import type { OnnxDataType } from "../onnx/data-type.ts";
import { accumulateProducts } from "./accumulate-products.ts";
import { orderLeaves } from "./order-leaves.ts";
import { recompute } from "./recompute.ts";
import { sameShape, type Shape } from "./shape.ts";
import type { Attribute, OnnxGraph, OnnxInitializer, OnnxNode, OnnxValue } from "../onnx/graph.ts";

/** Execution providers of ONNX Runtime. */
export type Provider = "cpu" | "webgpu" | "cuda";

interface EmitOptions {
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly outputs?: number;
  readonly domain?: string;
  /** Of the first output, where no symbol will say it. */
  readonly shape?: Shape;
}

/** Appends ONNX nodes; the same operation on the same operands is recorded once. */
export class Recorder {
  readonly provider: Provider;
  readonly inputs: OnnxValue[] = [];
  /** Inputs and nodes' results as ONNX sees them, by name, as far as they are known. */
  readonly values = new Map<string, OnnxValue>();
  readonly #nodes: OnnxNode[] = [];
  readonly #known = new Map<string, readonly string[]>();
  readonly #initializers = new Map<string, OnnxInitializer>();
  readonly #shapedFrom = new Map<string, string>();
  #names = 0;
  #forward: ReadonlySet<string> | undefined;
  #described: OnnxValue[] = [];

  constructor(provider: Provider) {
    this.provider = provider;
  }

  /** Whether ONNX Runtime's own fused operators may be used: WebGPU has FusedMatMul and others not at all, or not whole. */
  get contrib(): boolean {
    return this.provider !== "webgpu";
  }

  /** What was recorded so far is the forward pass of what follows, which is to keep little of it. */
  endForward(): void {
    this.#forward = new Set(this.#nodes.flatMap(({ outputs }) => outputs));
  }

  input(value: OnnxValue): string {
    this.inputs.push(value);
    this.values.set(value.name, value);
    return value.name;
  }

  emitMany(op: string, inputs: readonly string[], options: EmitOptions = {}): readonly string[] {
    const { attributes = {}, outputs = 1, domain = "" } = options;
    const key = JSON.stringify([op, domain, inputs, attributes, outputs]);
    const known = this.#known.get(key);
    if (known) return known;
    const names = Array.from({ length: outputs }, () => `t${this.#names++}`);
    this.#nodes.push({ op, domain, inputs, outputs: names, attributes });
    this.#known.set(key, names);
    const [name] = names as [string];
    if (options.shape) this.values.set(name, { name, dtype: "float32", shape: options.shape });
    return names;
  }

  emit(op: string, inputs: readonly string[], options: EmitOptions = {}): string {
    return this.emitMany(op, inputs, options)[0]!;
  }

  /** The value in another shape: made of what it was itself made of by a change of shape, and that where it has the shape. */
  reshape(name: string, shape: Shape): string {
    const source = this.#shapedFrom.get(name) ?? name;
    const known = this.values.get(source);
    if (known && sameShape(known.shape, shape)) return source;
    const reshaped = this.emit("Reshape", [source, this.int64s(shape)]);
    this.#shapedFrom.set(reshaped, source);
    return reshaped;
  }

  describe(value: OnnxValue): void {
    this.values.set(value.name, value);
    this.#described.push(value);
  }

  constant(dtype: OnnxDataType, shape: readonly number[], values: ArrayBufferView): string {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice();
    const key = `${dtype}|${shape.join()}|${Buffer.from(bytes).toString("base64")}`;
    let initializer = this.#initializers.get(key);
    if (!initializer) {
      initializer = { name: `c${this.#initializers.size}`, dtype, shape, bytes };
      this.#initializers.set(key, initializer);
    }
    return initializer.name;
  }

  /** Axes, shapes and offsets are int64 vectors in ONNX. */
  int64s(values: readonly number[]): string {
    return this.constant("int64", [values.length], BigInt64Array.from(values, BigInt));
  }

  /** The graph of what `outputs` need: everything else that was recorded is left out, unused inputs too. */
  finish(outputs: readonly { readonly value: OnnxValue; readonly from: string }[]): OnnxGraph {
    const handedOut = new Set(outputs.map(({ from }) => from));
    const needed = new Set(handedOut);
    let nodes: OnnxNode[] = [];
    for (const node of this.#nodes.toReversed()) {
      if (!node.outputs.some((name) => needed.has(name))) continue;
      nodes.push(node);
      for (const name of node.inputs) needed.add(name);
    }
    nodes.reverse();
    const described = this.#described.filter(({ name }) => needed.has(name));
    if (this.provider === "cpu") {
      const { values } = this;
      const int64s = (values: readonly number[]): string => {
        const name = this.int64s(values);
        needed.add(name);
        return name;
      };
      nodes = accumulateProducts(nodes, { values, outputs: handedOut, int64s });
      if (this.#forward) {
        const inputs = this.inputs.map(({ name }) => name);
        const rewritten = recompute(nodes, { forward: this.#forward, inputs, values, int64s });
        nodes = rewritten.nodes;
        described.push(...rewritten.described);
      }
    }
    nodes = orderLeaves(nodes);
    for (const { value, from } of outputs) {
      nodes.push({ op: "Identity", domain: "", inputs: [from], outputs: [value.name], attributes: {} });
    }
    return {
      nodes,
      initializers: [...this.#initializers.values()].filter(({ name }) => needed.has(name)),
      inputs: this.inputs.filter(({ name }) => needed.has(name)),
      outputs: outputs.map(({ value }) => value),
      described,
    };
  }
}

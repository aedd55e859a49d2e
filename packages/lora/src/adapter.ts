/**
 * One linear layer's update: ΔW = scale · B · A, which is out × in. Arrays are row-major. With a magnitude it is a DoRA's, whose new weight is no
 * sum with ΔW.
 */
export interface LoraModule {
  /** rank × in */
  readonly A: Float32Array;
  /** out × rank */
  readonly B: Float32Array;
  readonly rank: number;
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly scale: number;
  /** DoRA: the norm of each row of the new weight, out numbers: row by row it is magnitude · (W + ΔW) / ‖W + ΔW‖. */
  readonly magnitude?: Float32Array | undefined;
}

/** A module without its numbers. */
export type ModuleOutline = Omit<LoraModule, "A" | "B" | "magnitude">;

/** What is known of an adapter before its numbers are read. */
export interface AdapterOutline {
  readonly modules: ReadonlyMap<string, ModuleOutline>;
  readonly baseModel: string | null;
  readonly metadata: ReadonlyMap<string, string>;
}

export interface Adapter extends AdapterOutline {
  /** By the path of the layer in the base model, e.g. "model.layers.0.self_attn.q_proj". */
  readonly modules: ReadonlyMap<string, LoraModule>;
  /** Hub id or folder of the model that the adapter was trained on. */
  readonly baseModel: string | null;
  /**
   * The `adapter_config.json` it was loaded from, every key as it stands; absent on an adapter made in memory. Saving
   * with `profile: "peft"` writes it again.
   */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Provenance: the `__metadata__` of the adapter's safetensors file. */
  readonly metadata: ReadonlyMap<string, string>;
}

/** An adapter whose modules are read, or made, one at a time. */
export interface AdapterSource extends AdapterOutline, Pick<Adapter, "config"> {
  readonly read: (path: string) => Promise<LoraModule>;
}

/** A linear layer, by the end of its path. */
export interface LinearShape {
  readonly name: string;
  readonly outFeatures: number;
  readonly inFeatures: number;
}

export interface AdapterShape {
  readonly layers: number;
  /** Of each layer. */
  readonly modules: readonly LinearShape[];
}

interface Widths {
  readonly layers: number;
  readonly hidden: number;
  readonly queries: number;
  readonly keys: number;
  readonly mlp: number;
}

const decoder = ({ layers, hidden, queries, keys, mlp }: Widths): AdapterShape => ({
  layers,
  modules: [
    { name: "self_attn.q_proj", outFeatures: queries, inFeatures: hidden },
    { name: "self_attn.k_proj", outFeatures: keys, inFeatures: hidden },
    { name: "self_attn.v_proj", outFeatures: keys, inFeatures: hidden },
    { name: "self_attn.o_proj", outFeatures: hidden, inFeatures: queries },
    { name: "mlp.gate_proj", outFeatures: mlp, inFeatures: hidden },
    { name: "mlp.up_proj", outFeatures: mlp, inFeatures: hidden },
    { name: "mlp.down_proj", outFeatures: hidden, inFeatures: mlp },
  ],
});

/** What LoRA adapts in these models: every linear layer of every decoder layer. `tiny` is for trying a command. */
export const adapterShapes = {
  tiny: decoder({ layers: 2, hidden: 128, queries: 128, keys: 64, mlp: 256 }),
  "qwen3-0.6b": decoder({ layers: 28, hidden: 1024, queries: 2048, keys: 1024, mlp: 3072 }),
  "qwen3-8b": decoder({ layers: 36, hidden: 4096, queries: 4096, keys: 1024, mlp: 12288 }),
} satisfies Record<string, AdapterShape>;

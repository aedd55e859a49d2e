/** A decoder layer's linear maps by llama.cpp's names. */
export const linearNames: Readonly<Record<string, string>> = {
  "self_attn.q_proj": "attn_q",
  "self_attn.k_proj": "attn_k",
  "self_attn.v_proj": "attn_v",
  "self_attn.o_proj": "attn_output",
  "mlp.gate_proj": "ffn_gate",
  "mlp.up_proj": "ffn_up",
  "mlp.down_proj": "ffn_down",
};

/** What llama.cpp calls a part of a decoder layer: model.layers.N.PART is blk.N.NAME; undefined for other paths and parts. */
export function blockName(path: string, names: Readonly<Record<string, string>>): string | undefined {
  const match = /^model\.layers\.(\d+)\.(.+)$/.exec(path);
  const part = match?.[2];
  return part !== undefined && Object.hasOwn(names, part) ? `blk.${match![1]}.${names[part]}` : undefined;
}

/** What a model of mergekit's YAML names: a base, a LoRA, or both as `base+lora`. */
export interface ModelReference {
  readonly text: string;
  /** The part before "+"; null where there is none. */
  readonly base: string | null;
  /** The folder of the adapter: the part after "+", else the whole. */
  readonly adapter: string;
}

export function parseModelReference(text: string): ModelReference {
  const plus = text.indexOf("+");
  return plus < 0
    ? { text, base: null, adapter: text }
    : { text, base: text.slice(0, plus), adapter: text.slice(plus + 1) };
}

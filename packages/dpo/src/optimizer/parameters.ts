/** Trainable arrays by name, changed in place; gradients and moments come under the same names. */
export type Parameters = ReadonlyMap<string, Float32Array>;

interface Factors {
  readonly A: Float32Array;
  readonly B: Float32Array;
}

/** Factors of every module under PEFT's names, A before B. Arrays are shared, not copied. */
export function flattenFactors(modules: ReadonlyMap<string, Factors>): Parameters {
  const flat = new Map<string, Float32Array>();
  for (const [module, { A, B }] of modules) {
    flat.set(`${module}.lora_A.weight`, A);
    flat.set(`${module}.lora_B.weight`, B);
  }
  return flat;
}

/** Whether a name is a B factor's, which LoRA+ lets learn faster. */
export const isB = (name: string): boolean => name.endsWith(".lora_B.weight");

export const copyParameters = (parameters: Parameters): Parameters =>
  new Map([...parameters].map(([name, array]) => [name, array.slice()]));

/** Overwrites each array of `target` with `source`'s of the same name. */
export function setParameters(target: Parameters, source: Parameters): void {
  for (const [name, array] of target) array.set(source.get(name)!);
}

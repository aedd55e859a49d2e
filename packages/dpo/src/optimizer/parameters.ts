/** Trainable arrays by name, changed in place; gradients and moments come under the same names. */
export type Parameters = ReadonlyMap<string, Float32Array>;

interface Factors {
  readonly A: Float32Array;
  readonly B: Float32Array;
  readonly magnitude?: Float32Array | undefined;
}

/** Factors of every module under PEFT's names, A before B, then DoRA's magnitude. Arrays are shared, not copied. */
export function flattenFactors(modules: ReadonlyMap<string, Factors>): Parameters {
  const flat = new Map<string, Float32Array>();
  for (const [module, { A, B, magnitude }] of modules) {
    flat.set(`${module}.lora_A.weight`, A);
    flat.set(`${module}.lora_B.weight`, B);
    if (magnitude) flat.set(`${module}.lora_magnitude_vector.weight`, magnitude);
  }
  return flat;
}

/** Whether LoRA+ lets an array learn faster: all but A, as PEFT's optimiser has it. */
export const learnsFaster = (name: string): boolean => !name.endsWith(".lora_A.weight");

export const copyParameters = (parameters: Parameters): Parameters =>
  new Map([...parameters].map(([name, array]) => [name, array.slice()]));

/** Overwrites each array of `target` with `source`'s of the same name. */
export function setParameters(target: Parameters, source: Parameters): void {
  for (const [name, array] of target) array.set(source.get(name)!);
}

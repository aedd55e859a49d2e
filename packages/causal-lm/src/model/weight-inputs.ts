import { type HostTensor, offsetsOf, scalesOf, transposedOf } from "@prefdelta/tfjs-onnx";
import type { CausalLm } from "../causal-lm.ts";
import { CausalLmError } from "../errors.ts";
import type { StepInputs } from "../runtime/runtime.ts";
import { headBlocks } from "./head-blocks.ts";
import { EMBEDDING, FINAL_NORM, headName, layerPath, layerWeightShapes, type Shape, weightShapes } from "./weights.ts";

export type Feeds = Readonly<Record<string, HostTensor>>;

/** What a step declares of a weight. What comes from the disk is another array every time: no runtime should keep it. */
const declared = (lm: CausalLm, shape: Shape): StepInputs[string] => ({
  shape,
  storage: shape.length < 2 ? "f32" : lm.storage,
  integers: lm.runtime.integerProducts ?? "int8",
  constant: !lm.disk,
});

/** A weight among tensors, as a step is fed it under another name; integers bring their scales, and where they are multiplied what products take besides. */
function renamed(get: (name: string) => HostTensor | undefined, name: string, input: string): Feeds {
  const feeds: Record<string, HostTensor> = {};
  for (const form of [(name: string): string => name, scalesOf, transposedOf, offsetsOf]) {
    const tensor = get(form(name));
    if (tensor) feeds[form(input)] = tensor;
  }
  return feeds;
}

const inMemory = (lm: CausalLm, name: string, input = name): Feeds =>
  renamed((form) => lm.weights.get(form), name, input);

interface Wanted {
  readonly name: string;
  readonly input: string;
  /** Whose memory may be taken. */
  readonly over?: HostTensor | undefined;
}

async function fromDisk(lm: CausalLm, { name, input, over }: Wanted): Promise<Feeds> {
  if (!lm.disk) return inMemory(lm, name, input);
  const read = await lm.disk.read(name, over);
  return renamed((form) => read[form], name, input);
}

const merged = (feeds: readonly Feeds[]): Feeds => Object.assign({}, ...feeds) as Feeds;

/** The head, and the norm before it. */
export function headWeightInputs(lm: CausalLm): StepInputs {
  const inputs: Record<string, StepInputs[string]> = { [FINAL_NORM]: declared(lm, [lm.config.hiddenSize]) };
  for (const { name, rows } of headBlocks(lm.config)) {
    // Its gradient is a softmax times its rows: most of a softmax is less than a step of 8 bits.
    inputs[name] = { ...declared(lm, [rows, lm.config.hiddenSize]), parts: 2 };
  }
  return inputs;
}

const blocksInMemory = (lm: CausalLm): Feeds => merged(headBlocks(lm.config).map(({ name }) => inMemory(lm, name)));

export async function headWeightFeeds(lm: CausalLm): Promise<Feeds> {
  const { config, disk } = lm;
  const head = disk && !config.tiedHead ? disk.read(headName(config)) : blocksInMemory(lm);
  return { ...(await fromDisk(lm, { name: FINAL_NORM, input: FINAL_NORM })), ...(await head) };
}

/** @throws {CausalLmError} E_ON_DISK where the weights are not in memory together. */
function assertInMemory({ disk, folder }: CausalLm): void {
  if (!disk) return;
  const message = `${folder}: expected weights in memory, got a model whose layers are read from the disk; it runs layer by layer, not whole`;
  throw new CausalLmError("E_ON_DISK", message);
}

/**
 * The weights of a step over the whole model, its head included: everything but the embedding table, which is looked up on the host.
 *
 * @throws {CausalLmError} E_ON_DISK
 */
export function decoderInputs(lm: CausalLm): StepInputs {
  assertInMemory(lm);
  const others = [EMBEDDING, FINAL_NORM, headName(lm.config)];
  const layers = [...weightShapes(lm.config)].filter(([name]) => !others.includes(name));
  const declaredLayers = layers.map(([name, shape]) => [name, declared(lm, shape)] as const);
  return { ...Object.fromEntries(declaredLayers), ...headWeightInputs(lm) };
}

/** Weights are kept by the names of these inputs. @throws {CausalLmError} E_ON_DISK */
export function decoderFeeds(lm: CausalLm): Feeds {
  assertInMemory(lm);
  const table = [EMBEDDING, scalesOf(EMBEDDING)];
  return Object.fromEntries([...lm.weights].filter(([name]) => !table.includes(name)));
}

/** One layer's weights under their names inside the layer: the same step serves every layer. */
export const layerInputs = (lm: CausalLm): StepInputs =>
  Object.fromEntries(
    Object.entries(layerWeightShapes(lm.config)).map(([input, shape]) => [input, declared(lm, shape)]),
  );

/** @param over a layer's feeds that are needed no more: what is read from the disk takes their memory. */
export async function layerFeeds(lm: CausalLm, layer: number, over: Feeds = {}): Promise<Feeds> {
  const inputs = Object.keys(layerWeightShapes(lm.config));
  const read = (input: string): Promise<Feeds> =>
    fromDisk(lm, { name: `${layerPath(layer)}.${input}`, input, over: over[input] });
  return merged(await Promise.all(inputs.map(read)));
}

import { type HostTensor, scalesOf, transposedOf } from "@prefdelta/tfjs-onnx";
import type { StepInputs } from "../runtime/runtime.ts";
import type { CausalLm } from "../causal-lm.ts";
import { CausalLmError } from "../errors.ts";
import { EMBEDDING, FINAL_NORM, headName, layerPath, layerWeightShapes, weightShapes } from "./weights.ts";

export type Feeds = Readonly<Record<string, HostTensor>>;

interface Name {
  /** In the checkpoint. */
  readonly stored: string;
  /** Among the step's inputs. */
  readonly input: string;
}

/** What a step declares. */
function declare(lm: CausalLm, names: readonly Name[]): StepInputs {
  const shapes = weightShapes(lm.config);
  const inputs: Record<string, StepInputs[string]> = {};
  for (const { stored, input } of names) {
    const shape = shapes.get(stored)!;
    // What comes from the disk is another array every time: no runtime should keep it.
    inputs[input] = { shape, storage: shape.length < 2 ? "f32" : lm.storage, constant: !lm.disk };
  }
  return inputs;
}

/** What it is fed from memory; integers bring their scales, and themselves turned round where they are multiplied. */
function held(lm: CausalLm, { stored, input }: Name): Record<string, HostTensor> {
  const feeds: Record<string, HostTensor> = {};
  for (const form of [(name: string): string => name, scalesOf, transposedOf]) {
    const tensor = lm.weights.get(form(stored));
    if (tensor) feeds[form(input)] = tensor;
  }
  return feeds;
}

async function feed(lm: CausalLm, names: readonly Name[]): Promise<Feeds> {
  const read = async ({ stored, input }: Name): Promise<Record<string, HostTensor>> =>
    !lm.disk || lm.weights.has(stored) ? held(lm, { stored, input }) : lm.disk.read(stored, input);
  return Object.assign({}, ...(await Promise.all(names.map(read)))) as Feeds;
}

const same = (name: string): Name => ({ stored: name, input: name });

/**
 * Everything but the embedding table, which is looked up on the host; the head is it, where they are tied.
 *
 * @throws {CausalLmError} E_ON_DISK where the weights are not in memory together.
 */
function decoderNames({ config, disk, folder }: CausalLm): Name[] {
  if (disk) {
    const message = `${folder}: expected weights in memory, got a model whose layers are read from the disk; it can be trained and scored, not run whole or asked for text`;
    throw new CausalLmError("E_ON_DISK", message);
  }
  const head = headName(config);
  const names = [...weightShapes(config).keys()].filter((name) => name !== EMBEDDING && name !== head);
  return [...names, head].map(same);
}

/** The weights of a step over the whole model, its head included. @throws {CausalLmError} E_ON_DISK */
export const decoderInputs = (lm: CausalLm): StepInputs => declare(lm, decoderNames(lm));
export const decoderFeeds = (lm: CausalLm): Feeds =>
  Object.assign({}, ...decoderNames(lm).map((name) => held(lm, name))) as Feeds;

const layerNames = (lm: CausalLm, layer: number): Name[] =>
  Object.keys(layerWeightShapes(lm.config)).map((input) => ({ stored: `${layerPath(layer)}.${input}`, input }));

/** One layer's weights under their names inside the layer: the same step serves every layer. */
export const layerInputs = (lm: CausalLm): StepInputs => declare(lm, layerNames(lm, 0));
export const layerFeeds = (lm: CausalLm, layer: number): Promise<Feeds> => feed(lm, layerNames(lm, layer));

const headNames = ({ config }: CausalLm): Name[] => [FINAL_NORM, headName(config)].map(same);

export const headWeightInputs = (lm: CausalLm): StepInputs => declare(lm, headNames(lm));
export const headWeightFeeds = (lm: CausalLm): Promise<Feeds> => feed(lm, headNames(lm));

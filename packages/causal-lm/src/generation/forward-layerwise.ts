import { float32, type HostTensor } from "@prefdelta/tfjs-onnx";
import type { CausalLm } from "../causal-lm.ts";
import type { LoraWeights } from "../lora.ts";
import { loraInputs, loraKey, loraOf } from "../lora-inputs.ts";
import { decoderLayer } from "../model/decoder-layer.ts";
import { headWeightFeeds, headWeightInputs, layerInputs } from "../model/weight-inputs.ts";
import type { Step } from "../runtime/runtime.ts";
import { layersUpward, visitLayers } from "../training/layer-forward.ts";
import { headStepBytes, layerwiseStepBytes } from "../training/step-memory.ts";
import { attentionInputs, type Forwarded, headLogits, type Pass, type TokenFeeds } from "./forward-whole.ts";
import { type ForwardShape, forwardSize } from "./generation-memory.ts";

/** One layer after what its cache holds; the same step serves every layer whose LoRA covers the same modules. */
function compileLayer(lm: CausalLm, shape: ForwardShape, lora: LoraWeights | undefined): Promise<Step> {
  const { config } = lm;
  const { rows, tokens, past } = shape;
  const slots = { shape: [rows, config.keyValueHeads, past, config.headDim] };
  const inputs = {
    x: { shape: [rows * tokens, config.hiddenSize] },
    ...attentionInputs(config, shape),
    ...layerInputs(lm),
    ...(lora ? loraInputs(lora) : {}),
    ...(past > 0 ? { pastKeys: slots, pastValues: slots } : {}),
  };
  return lm.runtime.compile((tensors) => {
    const { hidden, keys, values } = decoderLayer(
      tensors["x"]!,
      { weight: (name) => tensors[name]!, lora: loraOf(tensors, lora) },
      {
        ...{ config, rows, cos: tensors["cos"]!, sin: tensors["sin"]!, mask: tensors["mask"]! },
        past: past > 0 ? { keys: tensors["pastKeys"]!, values: tensors["pastValues"]! } : undefined,
      },
    );
    return { y: hidden, keys, values };
  }, inputs);
}

/** Rows of a stream: [N, hidden] → [B, hidden]. */
function rowsAt({ shape, data }: HostTensor, { data: places }: HostTensor): HostTensor {
  const width = shape[1]!;
  const rows = new Float32Array(places.length * width);
  places.forEach((place, i) =>
    rows.set((data as Float32Array).subarray(place * width, (place + 1) * width), i * width),
  );
  return float32([places.length, width], rows);
}

async function runHead(lm: CausalLm, stream: HostTensor, { feeds, shape, held }: Pass): Promise<Float32Array> {
  const x = rowsAt(stream, feeds.last);
  const inputs = { x: { shape: x.shape }, ...headWeightInputs(lm) };
  const { needs, keeps } = headStepBytes(lm, forwardSize(shape));
  const step = await lm.steps.get(
    `forward head B${shape.rows}`,
    () =>
      lm.runtime.compile(
        (tensors) => ({ logits: headLogits(lm.config, (name) => tensors[name]!, tensors["x"]!) }),
        inputs,
      ),
    { needs: held + needs, keeps },
  );
  const { logits } = await step.run({ ...(await headWeightFeeds(lm)), x });
  return logits!.data as Float32Array;
}

const contextOf = ({ cos, sin, mask }: TokenFeeds) => ({ cos, sin, mask });

/** Layer after layer, each read from the disk while the one before computes. */
export async function forwardLayerwise(lm: CausalLm, pass: Pass): Promise<Forwarded> {
  const { shape, feeds, cache, lora, held } = pass;
  const [keys, values]: [HostTensor[], HostTensor[]] = [[], []];
  const { needs, keeps } = layerwiseStepBytes(lm, { layout: forwardSize(shape), differentiates: false });
  let stream = feeds.embedded;
  for await (const { index, lora: own, feeds: fed } of visitLayers(lm, layersUpward(lm), {
    lora,
    context: contextOf(feeds),
  })) {
    const key = `forward layer B${shape.rows} T${shape.tokens} S${shape.past} ${loraKey(own)}`;
    const step = await lm.steps.get(key, () => compileLayer(lm, shape, own), { needs: held + needs, keeps });
    const past = cache ? { pastKeys: cache.keys[index]!, pastValues: cache.values[index]! } : {};
    const results = await step.run({ ...fed, ...past, x: stream });
    stream = results["y"]!;
    keys.push(results["keys"]!);
    values.push(results["values"]!);
  }
  return { logits: await runHead(lm, stream, pass), keys, values };
}

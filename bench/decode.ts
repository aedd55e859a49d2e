/**
 * Tokens a second of greedy decoding with a key-value cache: the time of N + 1 new tokens less that of one, so that prompts do not count.
 *
 *   pnpm bench:decode --shape qwen3-0.6b --batch 1 --storage w8a8 --json [--peer] [--prompt 128] [--tokens 32] [--threads 2]
 *
 * `--peer` also runs transformers' generate in float32 and bfloat16 (tooling/peers/decode.py) with the Python named by PREFDELTA_PYTHON.
 */
import { createRuntime, generate, parseModelConfig, type WeightStorage } from "@prefdelta/causal-lm";
import { createRandom, integer } from "@prefdelta/random";
import { defineCommand, runMain } from "citty";
import { runDecodePeer } from "./peer.ts";
import { randomModel, shapes } from "./random-model.ts";

/** Without the name of the architecture, which the peer's class says. */
const peerConfig = (config: object): object => ({ ...config, model_type: undefined });

const main = defineCommand({
  meta: { name: "bench:decode", description: "Tokens a second of greedy decoding" },
  args: {
    shape: { type: "enum", options: Object.keys(shapes), default: "qwen3-0.6b", description: "model" },
    batch: { type: "string", default: "1", description: "prompts decoded together" },
    prompt: { type: "string", default: "128", description: "tokens of a prompt" },
    tokens: { type: "string", default: "32", description: "new tokens that are timed" },
    storage: {
      type: "enum",
      options: ["f32", "bf16", "f16", "int8", "w8a8"],
      default: "f32",
      description: "of weights",
    },
    threads: { type: "string", default: "2", description: "threads of ONNX Runtime" },
    peer: { type: "boolean", default: false, description: "time transformers in the same run" },
    json: { type: "boolean", default: false, description: "one JSON object" },
  },
  async run({ args }) {
    const [batch, prompt, tokens] = [Number(args.batch), Number(args.prompt), Number(args.tokens)];
    const config = parseModelConfig(shapes[args.shape]!);
    const runtime = await createRuntime("onnx", { threads: Number(args.threads), spinning: true });
    const lm = randomModel(config, runtime, args.storage as WeightStorage);
    const random = createRandom("prompts");
    const prompts = Array.from({ length: batch }, () =>
      Array.from({ length: prompt }, () => integer(random, config.vocabSize)),
    );
    const seconds = async (maxNewTokens: number): Promise<number> => {
      const started = performance.now();
      await generate(lm, prompts, { maxNewTokens, batchSize: batch });
      return (performance.now() - started) / 1000;
    };
    await seconds(tokens + 1); // compiles
    const prefill = await seconds(1);
    const all = await seconds(tokens + 1);
    const peakRssBytes = process.resourceUsage().maxRSS * 1024;
    await lm.dispose();
    const tokensPerSecond = (batch * tokens) / (all - prefill);
    const peer = args.peer
      ? await runDecodePeer({
          config: peerConfig(shapes[args.shape]!),
          batch,
          prompt,
          tokens,
          threads: Number(args.threads),
        })
      : undefined;
    const result = {
      ...{ shape: args.shape, batch, prompt, storage: args.storage },
      ...{ tokensPerSecond, prefillSeconds: prefill, peakRssBytes },
      ...(peer ? { peer, speedup: tokensPerSecond / peer.tokensPerSecond } : {}),
    };
    if (args.json) console.log(JSON.stringify(result));
    else console.table(result);
  },
});

await runMain(main);

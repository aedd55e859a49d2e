import { fileURLToPath } from "node:url";
import { createRuntime, loadCausalLm } from "@prefdelta/causal-lm";
import { encodePairs, parseDpoConfig, readTrainingPairs, trainDpo } from "@prefdelta/dpo";

// Run as a program by train-data.ts: one step on a file of pairs, and what it took.
const { path, outDir, valSize } = JSON.parse(process.argv[2]!) as { path: string; outDir: string; valSize: number };
const tiny = fileURLToPath(new URL("../packages/causal-lm/src/__fixtures__/tiny-qwen3", import.meta.url));
const lm = await loadCausalLm(tiny, { runtime: await createRuntime("onnx", { threads: 1 }) });

const first = readTrainingPairs(path);
const { value: pair } = await first.next();
await first.return(undefined);
const [encoded] = encodePairs(lm.tokenizer, [pair!], { maxLength: null, maskObservations: true }).pairs;
const { prompt, chosen, rejected } = encoded!;

const mebibytes = (bytes: number): number => Math.round(bytes / 2 ** 20);
const rssBefore = process.memoryUsage().rss;
const started = performance.now();
let preparedAfter = 0;
await trainDpo({
  lm,
  pairs: readTrainingPairs(path),
  outDir,
  config: parseDpoConfig({
    max_steps: 1,
    lora_r: 2,
    max_length: null,
    val_size: valSize,
    ...(valSize > 0 ? { eval_strategy: "steps" } : {}),
  }),
  onReference: () => {
    preparedAfter ||= performance.now() - started;
  },
});
console.log(
  JSON.stringify({
    tokensPerRow: prompt.length + chosen.ids.length + rejected.ids.length,
    secondsOfData: Number((preparedAfter / 1000).toFixed(1)),
    cpuSeconds: Number((process.cpuUsage().user / 1e6).toFixed(1)),
    rssBeforeMb: mebibytes(rssBefore),
    peakRssMb: mebibytes(process.resourceUsage().maxRSS * 1024),
  }),
);
await lm.dispose();

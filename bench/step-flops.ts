import { adaptableModules, type ModelConfig } from "@prefdelta/causal-lm";

/**
 * Floating-point operations that a DPO step needs when nothing is computed twice: a frozen base costs 2 a weight and token forward and 2
 * backward; LoRA factors 6; the head runs at completion tokens; prompts count once. Attention counts the causal half of the scores.
 */
export function stepFlops(
  config: ModelConfig,
  {
    rank,
    pairs,
    prompt,
    completion,
  }: { readonly rank: number; readonly pairs: number; readonly prompt: number; readonly completion: number },
): number {
  const shapes = [...adaptableModules(config).values()];
  const weights = shapes.reduce((sum, [out, input]) => sum + out * input, 0);
  const factors = rank * shapes.reduce((sum, [out, input]) => sum + out + input, 0);
  const tokens = pairs * (prompt + 2 * completion);
  const headTokens = pairs * 2 * completion;
  const scores = pairs * (prompt ** 2 / 2 + 2 * completion * (prompt + completion / 2));
  const attention = config.layers * config.queryHeads * config.headDim * scores * 4 * 3;
  return (
    4 * weights * tokens + 6 * factors * tokens + 4 * config.vocabSize * config.hiddenSize * headTokens + attention
  );
}

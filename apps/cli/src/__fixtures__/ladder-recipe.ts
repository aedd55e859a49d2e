/** The models of {@link ladderRecipe}, the strongest first. */
export const names = ["strong", "weak", "weaker"];

/** A recipe for a ladder of three models behind one server: two pairs from three passes. */
export function ladderRecipe(url: string, { models = {}, ...changes }: { models?: object; [section: string]: object } = {}) {
  const model = (name: string) => ({
    ...{ urls: [url], model: name, max_concurrency: 8, retries: 30, timeout_seconds: 1 },
    backoff_seconds: { first: 0.002, max: 0.02 },
    ...models,
  });
  const from = { file: "prompts.jsonl", fields: { prompt: "question", answers: "gold" } };
  return {
    name: "ladder",
    generate: { models: Object.fromEntries(names.map((name) => [name, model(name)])), ...changes["generate"] },
    pairs: {
      upper: { prompts: { ...from, ...changes["prompts"] }, chosen: "strong", rejected: "weak" },
      lower: { prompts: { ...from, ...changes["prompts"] }, chosen: "weak", rejected: "weaker" },
      ...changes["pairs"],
    },
  };
}


import type { Sampling } from "./answer-settings.ts";

/** Always the likeliest token. */
export const greedy: Sampling = { temperature: 0, top_p: 1, top_k: 0 };

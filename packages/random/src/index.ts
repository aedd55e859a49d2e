export { createRandom } from "./create-random.ts";
export type { Random } from "./create-random.ts";
export { choice, integer, normal, sample, shuffle } from "./distributions.ts";

import { initialFactor } from "@prefdelta/lora";
import type { AdapterOutline, LoraModule } from "@prefdelta/lora";
import { createRandom } from "@prefdelta/random";
import { MergeError } from "./errors.ts";
import type { GatheredModule } from "./gather-modules.ts";
import type { ParsedMergeOptions } from "./merge-options.ts";

/** Where training records the seed of A₀, in an adapter's metadata. */
const SEED = "a0_seed";

interface InitialOptions {
  readonly names: readonly string[];
  /** Whether an adapter is given whose A is everyone's A₀; if not, each adapter's recorded seed says. */
  readonly isGiven: boolean;
}

/** Gives a module's sources the A₀ that they started from. @param given the initial adapter's module; undefined: it has none */
type StartSources = (module: GatheredModule, given: LoraModule | undefined) => GatheredModule;

/** Whether a merge by these options asks what the adapters started from. */
export const asksForInitial = (options: ParsedMergeOptions): boolean =>
  options.method === "gam" && options.form === "drift";

/**
 * What gives a module's sources the A₀ that they started from, as gam's drift form asks. Sources of one seed and rank share the array.
 *
 * @throws {MergeError} E_ADAPTERS: adapters that record no seed; when called, an initial adapter with another A in that module, or none
 */
export function initialFactors(
  adapters: readonly Pick<AdapterOutline, "metadata">[],
  { names, isGiven }: InitialOptions,
): StartSources {
  if (!isGiven) assertSeeds(adapters, names);
  return (gathered, given) => {
    const drawn = new Map<string, Float32Array>();
    const startOf = (index: number, module: LoraModule): Float32Array => {
      if (isGiven) return initialOf(gathered.path, module, given);
      const seed = Number(adapters[index]!.metadata.get(SEED));
      const key = `${seed} ${module.rank}`;
      const start = drawn.get(key) ?? initialFactor(createRandom(seed).fork(gathered.path), module);
      drawn.set(key, start);
      return start;
    };
    const sources = gathered.sources.map((source) => ({ ...source, start: startOf(source.index, source.module) }));
    return { ...gathered, sources };
  };
}

function assertSeeds(adapters: readonly Pick<AdapterOutline, "metadata">[], names: readonly string[]): void {
  const problems = adapters.flatMap(({ metadata }, i) => {
    const found = metadata.get(SEED) ?? "none";
    const expected = `form drift: expected the seed of A₀ in its metadata (${SEED}), or an initial adapter`;
    return /^\d+$/.test(found) ? [] : [`${names[i]}: ${expected}, found ${found}`];
  });
  if (problems.length > 0) throw new MergeError("E_ADAPTERS", problems);
}

function initialOf(path: string, { A, rank, inFeatures }: LoraModule, found: LoraModule | undefined): Float32Array {
  if (found?.A.length === A.length) return found.A;
  const shown = found === undefined ? "none" : `${found.rank} × ${found.inFeatures}`;
  const problem = `initial adapter: ${path}: expected an A of ${rank} × ${inFeatures}, found ${shown}`;
  throw new MergeError("E_ADAPTERS", [problem]);
}

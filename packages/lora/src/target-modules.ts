import type { AdapterConfig } from "./adapter-config.ts";

type Targets = Pick<AdapterConfig, "target_modules" | "exclude_modules" | "layers_to_transform" | "layers_pattern">;

/**
 * Whether PEFT would put an update on the layer at `path` (`check_target_module_exists`, PEFT 0.21): a list names
 * layers by their path or its end after a dot, a string is a regular expression over the whole path; what is excluded
 * is left out; `layers_to_transform` then asks for the first number in the path.
 *
 * Without target_modules PEFT takes its own list for the base's architecture, which is not known here: all fit.
 */
export function isTargeted(path: string, config: Targets): boolean {
  const { target_modules: targets, exclude_modules: excluded, layers_to_transform: layers } = config;
  if (excluded != null && excluded.length > 0 && isNamed(path, excluded)) return false;
  if (targets == null || targets === "all-linear") return true;
  if (!isNamed(path, targets)) return false;
  if (typeof targets === "string" || targets.includes(path) || layers == null) return true;
  const indexes = typeof layers === "number" ? [layers] : layers;
  if (indexes.length === 0) return true;
  const layer = layerIndex(path, config.layers_pattern);
  return layer !== undefined && indexes.includes(layer);
}

function isNamed(path: string, names: string | readonly string[]): boolean {
  if (typeof names === "string") return new RegExp(`^(?:${names})$`).test(path);
  return names.some((name) => path === name || path.endsWith(`.${name}`));
}

/** The number after the pattern's name, or the first number in the path. */
function layerIndex(path: string, pattern: Targets["layers_pattern"]): number | undefined {
  const patterns = typeof pattern === "string" ? [pattern] : (pattern ?? []);
  const rules =
    patterns.length === 0
      ? [/^.*?\.[^.]*\.(\d+)\./]
      : patterns.map((name) => new RegExp(`^(?:|.*?\\.)(?:${name})\\.(\\d+)\\.`));
  for (const rule of rules) {
    const match = rule.exec(path);
    if (match !== null) return Number(match[1]);
  }
  return undefined;
}

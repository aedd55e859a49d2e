/** Whether a text is a regular expression. */
export function isPattern(text: string): boolean {
  try {
    return new RegExp(text).source !== "";
  } catch {
    return false;
  }
}

/** The value of the first key that names a module: a regular expression of the path's end after a dot, or of all of it. As PEFT's get_pattern_key. */
export function valueOfModule<T>(pattern: Readonly<Record<string, T>>, module: string): T | undefined {
  const entry = Object.entries(pattern).find(([key]) => new RegExp(`^(?:.*\\.)?(?:${key})$`).test(module));
  return entry?.[1];
}

const namedBy = (modules: readonly string[], names: readonly string[]): string[] =>
  modules.filter((module) => names.some((name) => module === name || module.endsWith(`.${name}`)));

/**
 * The modules that `lora_target_modules` asks for: all of them, those named by their path or its end after a dot, or those whose whole path a
 * regular expression matches. As PEFT's check_target_module_exists, except that one name need not be a list: no whole path is matched by it.
 */
export function targetModules(modules: readonly string[], targets: string | readonly string[]): string[] {
  if (targets === "all-linear") return [...modules];
  if (typeof targets !== "string") return namedBy(modules, targets);
  const matched = modules.filter((module) => new RegExp(`^(?:${targets})$`).test(module));
  return matched.length > 0 ? matched : namedBy(modules, [targets]);
}

/** The names of a list that name no module. */
export const missingTargets = (modules: readonly string[], targets: readonly string[]): string[] =>
  targets.filter((name) => targetModules(modules, [name]).length === 0);

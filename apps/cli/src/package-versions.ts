import { createRequire } from "node:module";

const packages = [
  "@prefdelta/causal-lm",
  "@prefdelta/dpo",
  "@prefdelta/eval",
  "@prefdelta/lora",
  "@prefdelta/merge",
  "@prefdelta/preference",
] as const;

/** The versions of this command line and of the packages whose work lands in a run folder. */
export function packageVersions(): Record<string, string> {
  const require = createRequire(import.meta.url);
  const version = (path: string): string => (require(path) as { version: string }).version;
  return {
    "@prefdelta/cli": version("../package.json"),
    ...Object.fromEntries(packages.map((name) => [name, version(`${name}/package.json`)])),
  };
}

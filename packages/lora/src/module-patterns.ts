/** A value of `rank_pattern` or `alpha_pattern` with the key it stands under. */
interface PatternMatch {
  readonly key: string;
  readonly value: number;
}

export interface ModulePatterns {
  /** Keys that are no regular expression. */
  readonly broken: readonly string[];
  /** The first pattern that fits the module's path. */
  readonly match: (path: string) => PatternMatch | undefined;
}

/**
 * PEFT's rule for pattern keys (`get_pattern_key`): a key is a regular expression that must fit the whole path, or its
 * end after a dot; the first that fits wins.
 */
export function compilePatterns(patterns: Readonly<Record<string, number>>): ModulePatterns {
  const broken: string[] = [];
  const compiled = Object.entries(patterns).flatMap(([key, value]) => {
    try {
      // Parsed alone too, so that a key cannot close the rule's own group.
      void new RegExp(key);
      return [{ key, value, rule: new RegExp(`^(.*\\.)?(${key})$`) }];
    } catch {
      broken.push(key);
      return [];
    }
  });
  return { broken, match: (path) => compiled.find(({ rule }) => rule.test(path)) };
}

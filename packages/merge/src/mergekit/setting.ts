import * as z from "zod";

const scalar = z.union([z.number(), z.boolean()]);
const value = z.union([scalar, z.array(z.number()).min(1)]);
const conditional = z.strictObject({ filter: z.string().nullish(), value });

/** A parameter as mergekit writes it: a value, a gradient over the layers, or values by filter, the first that fits. */
export const settingSchema = z.union([value, conditional, z.array(conditional).min(1)]);
export type Setting = z.output<typeof settingSchema>;

type SettingValue = z.output<typeof value>;

/** A value for modules whose path holds `filter`; "" is part of all. */
export interface SettingRule {
  readonly filter: string;
  readonly value: SettingValue;
}

/**
 * Settings in falling precedence as one list of rules, ended by the first that is for all modules; where the list ends
 * without one, nothing is said of the modules left.
 */
export function settingRules(settings: readonly (Setting | undefined)[]): SettingRule[] {
  const rules = settings.flatMap((setting) => (setting === undefined ? [] : rulesOf(setting)));
  const last = rules.findIndex(({ filter }) => filter === "");
  return last < 0 ? rules : rules.slice(0, last + 1);
}

function rulesOf(setting: Setting): SettingRule[] {
  if (typeof setting === "number" || typeof setting === "boolean") return [{ filter: "", value: setting }];
  if (!Array.isArray(setting)) return [toRule(setting)];
  const conditions = setting.filter((one) => typeof one === "object");
  return conditions.length === 0 ? [{ filter: "", value: setting as number[] }] : conditions.map(toRule);
}

/** mergekit looks for the filter in a tensor's name, which ends in ".weight". */
function toRule({ filter, value: found }: z.output<typeof conditional>): SettingRule {
  return { filter: filter == null || filter === "*" ? "" : filter.replace(/\.weight$/, ""), value: found };
}

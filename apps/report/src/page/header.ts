import { counted } from "../format-number.ts";
import { html } from "../html/markup.ts";
import type { Content, Markup } from "../html/markup.ts";
import type { Run, Stage } from "../run.ts";
import { definitionList } from "./definition-list.ts";

/** What the run is, and how far it came. */
export function header({ recipe, versions, stages }: Run): Markup {
  const facts: [string, Content][] = [
    ["seed", recipe.seed],
    ["A₀ seed", recipe.a0_seed],
    ["base", recipe.base],
    ["items a file", recipe.limit === undefined ? undefined : `the first ${recipe.limit}`],
    ["packages", describeVersions(versions)],
  ];
  return html`<header>
    <p class="kind">Preference Delta Aggregation, one run</p>
    <h1>${recipe.name}</h1>
    ${definitionList("facts", facts)} ${progress(stages)}
  </header> `;
}

/** One version where they are all the same. */
function describeVersions(versions: Readonly<Record<string, string>>): string | undefined {
  const entries = Object.entries(versions);
  const [first] = entries;
  if (first === undefined) return undefined;
  if (entries.every(([, version]) => version === first[1])) return `@prefdelta/* ${first[1]}`;
  return entries.map(([name, version]) => `${name} ${version}`).join(", ");
}

function progress(stages: readonly Stage[]): Markup {
  const of = (state: Stage["state"]): Stage[] => stages.filter((stage) => stage.state === state);
  const done = of("done").length;
  if (done === stages.length) return html`<p class="progress">All ${stages.length} stages are done.</p>`;
  const rest = [
    ["failed", of("failed")],
    ["stopped midway", of("stopped")],
    ["of an earlier recipe or input", of("outdated")],
    ["not run yet", of("waiting")],
  ] as const;
  const parts = rest.flatMap(([what, some]) => (some.length === 0 ? [] : [`${some.length} ${what}`]));
  return html`<p class="progress unfinished">
    <strong>This run is not finished:</strong> ${done} of ${counted(stages.length, "stage")} done, ${parts.join(", ")}.
    <a href="#stages">Which ones</a>. What is not there yet is said in its place.
  </p>`;
}

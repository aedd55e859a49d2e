import type { InspectReport } from "@prefdelta/merge";
import { inspectFolders } from "@prefdelta/merge/node";

import type { Command } from "../command.ts";
import type { Json } from "../files/canonical-json.ts";
import { modelFolders } from "../files/hub-folder.ts";
import { describeConsensus } from "../merging/describe-consensus.ts";
import { textTable } from "../print/text-table.ts";

/** `pda inspect ADAPTER...`: what adapters are, and how they stand to one another. */
export const inspect: Command = {
  description: "Show adapters' shapes, ranks and norms, and between them cosines, shared subspaces and sign conflicts",
  arguments: {
    adapter: { type: "positional", rest: true, description: "adapter folders or hub:NAMESPACE/NAME, one or more" },
  },
  async run({ positionals: names }, { signal }) {
    const report = await inspectFolders(await modelFolders(names, process.env), { names, signal });
    return { json: report as unknown as Json, text: formatInspection(report) };
  },
};

/** The report of the whole adapters; single modules are in `--json`. */
function formatInspection({ adapters, pairs, consensus, sum }: InspectReport): string {
  const number = (value: number | null): string => (value === null ? "-" : value.toFixed(3));
  const own = textTable(
    ["adapter", "modules", "rank", "effective", "norm", "base"],
    adapters.map(({ name, modules, ranks, effectiveRank, norm, baseModel }) => [
      name,
      String(modules),
      ranks.join(","),
      number(effectiveRank),
      number(norm),
      baseModel ?? "-",
    ]),
  );
  if (pairs.length === 0) return own;
  const between = textTable(
    ["pair", "cosine", "left overlap", "(random)", "right overlap", "(random)", "sign conflict"],
    pairs.map(({ a, b, cosine, left, right, signConflict }) => [
      `${a} × ${b}`,
      number(cosine),
      number(left.overlap),
      number(left.randomOverlap),
      number(right.overlap),
      number(right.randomOverlap),
      number(signConflict),
    ]),
  );
  const { before, after } = sum.normRetention;
  const together = [
    `${describeConsensus(consensus)};`,
    `summed, ${number(before)} of the norms is left, aligned ${number(after)}; cutting to the largest rank loses ${number(sum.truncationError)}`,
  ].join("\n");
  return `${own}\n\n${between}\n\n${together}\n\nA shared A₀ alone makes right subspaces agree: only what exceeds that speaks of the skills.`;
}

// node examples/miniature/demo.mjs [--reduced] [--ladder=seed-2] [options of `pda run`]
// Runs the built command line on recipe.yaml and leaves the run in runs/miniature. --reduced: a few items and steps, to see that it runs.
// --ladder: models of another pretraining seed.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

import cli from "@prefdelta/cli/package.json" with { type: "json" };

const root = new URL("../../", import.meta.url);
const pda = fileURLToPath(new URL(cli.bin.pda, import.meta.resolve("@prefdelta/cli/package.json")));
const recipe = fileURLToPath(new URL("recipe.yaml", import.meta.url));

const set = (values) => values.flatMap((value) => ["--set", value]);
const reduced = set([
  "limit=48",
  "train.max_steps=8",
  "controls.joint.train.max_steps=24",
  "controls.sft.train.max_steps=24",
  "merge.task_arithmetic.scale.search=[1, 1.5]",
  "merge.gam.scale=1",
  "merge.gam_angle.scale=1",
]);
const ladder = (name) =>
  set([
    `base=models/${name}/strong`,
    ...["facts", "sums", "search"].flatMap((skill) => [
      `pairs.${skill}.chosen.model=models/${name}/weak-${skill}`,
      `pairs.${skill}.rejected.model=models/${name}/weaker`,
    ]),
  ]);

const given = process.argv.slice(2);
const own = (option) => {
  if (option === "--reduced") return reduced;
  return option.startsWith("--ladder=") ? ladder(option.slice("--ladder=".length)) : [option];
};
const options = [...(given.includes("--out") ? [] : ["--out", "runs/miniature"]), ...given.flatMap(own)];

// Ctrl-C reaches both processes: this one waits until the other has saved its work.
process.on("SIGINT", () => {});
const run = spawn(process.execPath, [pda, "run", recipe, ...options], { cwd: fileURLToPath(root), stdio: "inherit" });
const [code] = await once(run, "exit");
process.exitCode = code ?? 1;

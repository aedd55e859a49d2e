import { expect, test } from "vitest";

import { formatChecks } from "./format-checks.ts";

test("a line a check, advice below it, and a count", () => {
  const text = formatChecks([
    { title: "Machine", checks: [{ name: "node", state: "ok", what: "24" }] },
    {
      title: "Model m",
      checks: [
        { name: "config", state: "problem", what: "none", advice: "write one" },
        { name: "tools", state: "absent", what: "left out" },
        { name: "answer", state: "warning", what: "changed" },
      ],
    },
  ]);
  expect(text).toBe(
    [
      "Machine",
      "  ok       node: 24",
      "",
      "Model m",
      "  problem  config: none",
      "             → write one",
      "  absent   tools: left out",
      "  warning  answer: changed",
      "",
      "1 problem, 1 warning",
    ].join("\n"),
  );
});

test("nothing wrong is said, too", () => {
  expect(formatChecks([{ title: "Machine", checks: [] }])).toMatch(/\nno problems, no warnings$/);
});

import { expect, it } from "vitest";
import { denseModule, relatedModules } from "../__fixtures__/make-modules.ts";
import { deltaRows } from "./delta-rows.ts";

it("are the rows of the dense update", () => {
  const module = { ...relatedModules(1)[0]!, scale: 2 };
  const dense = denseModule(module);
  const rows = [0, 7, 23];
  const expected = rows.flatMap((row) => [...dense.data.subarray(row * 20, (row + 1) * 20)]);
  expect(deltaRows(module, rows)).toBeAllClose(expected, { rtol: 1e-14, atol: 1e-14 });
});

import { expect, it } from "vitest";
import { loraScale } from "./lora-scale.ts";

it("is α/r, or α/√r where rsLoRA is asked for", () => {
  expect([undefined, false, true].map((rslora) => loraScale(8, 16, rslora))).toEqual([0.5, 0.5, 2]);
});

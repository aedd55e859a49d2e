import { describe, expect, it } from "vitest";
import { describeByPlace, modulePlace } from "./module-place.ts";

describe("modulePlace", () => {
  it.each([
    ["model.layers.12.self_attn.q_proj", 12, "q_proj"],
    ["transformer.h.3.attn.c_attn", 3, "c_attn"],
    ["blocks.0", 0, "0"],
    ["lm_head", null, "lm_head"],
    ["model.sublayers.4.up", null, "up"],
  ])("of %s is layer %s, type %s", (path, layer, type) => {
    expect(modulePlace(path)).toEqual({ layer, type });
  });
});

it("describes layers in order of their numbers, those outside last, and types by name", () => {
  const paths = ["lm_head", "layers.10.v", "layers.2.q", "layers.10.q"];
  expect(
    describeByPlace(
      paths,
      (path) => path,
      (group) => ({ group }),
    ),
  ).toEqual({
    byLayer: [
      { layer: 2, group: ["layers.2.q"] },
      { layer: 10, group: ["layers.10.v", "layers.10.q"] },
      { layer: null, group: ["lm_head"] },
    ],
    byType: [
      { type: "lm_head", group: ["lm_head"] },
      { type: "q", group: ["layers.2.q", "layers.10.q"] },
      { type: "v", group: ["layers.10.v"] },
    ],
  });
});

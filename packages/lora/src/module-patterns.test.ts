import { describe, expect, it } from "vitest";
import { compilePatterns } from "./module-patterns.ts";

const match = (patterns: Record<string, number>, path: string): number | undefined =>
  compilePatterns(patterns).match(path)?.value;

describe("compilePatterns", () => {
  it("fits a whole path, or its end after a dot", () => {
    expect(match({ q_proj: 1 }, "q_proj")).toBe(1);
    expect(match({ q_proj: 1 }, "model.layers.0.q_proj")).toBe(1);
    expect(match({ "0.q_proj": 1 }, "model.layers.0.q_proj")).toBe(1);
    expect(match({ q_proj: 1 }, "model.mq_proj")).toBeUndefined();
    expect(match({ q_proj: 1 }, "model.q_proj.inner")).toBeUndefined();
    expect(match({ "0.q_proj": 1 }, "model.layers.10.q_proj")).toBeUndefined();
  });

  it("reads keys as regular expressions", () => {
    expect(match({ "layers\\.[01]\\..*": 1 }, "model.layers.1.mlp.up_proj")).toBe(1);
    expect(match({ "layers\\.[01]\\..*": 1 }, "model.layers.2.mlp.up_proj")).toBeUndefined();
    expect(match({ "q_proj|v_proj": 1 }, "a.v_proj")).toBe(1);
    expect(match({ "^model.x": 1 }, "model.x")).toBe(1);
  });

  it("takes the first that fits", () => {
    expect(compilePatterns({ ".*": 1, q_proj: 2 }).match("a.q_proj")).toMatchObject({ key: ".*", value: 1 });
    expect(compilePatterns({ q_proj: 2, ".*": 1 }).match("a.q_proj")).toMatchObject({ key: "q_proj", value: 2 });
  });

  it("sets broken keys apart", () => {
    const { broken, match } = compilePatterns({ "(": 1, "a)|(b": 2, ok: 3 });
    expect(broken).toEqual(["(", "a)|(b"]);
    expect(match("ok")?.value).toBe(3);
    expect(match("a")).toBeUndefined();
  });
});

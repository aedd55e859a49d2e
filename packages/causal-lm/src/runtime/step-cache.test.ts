import { describe, expect, it } from "vitest";
import type { Step } from "./runtime.ts";
import { createStepCache } from "./step-cache.ts";

function recording() {
  const log: string[] = [];
  const compile = (name: string) => async (): Promise<Step> => {
    log.push(`compile ${name}`);
    return { run: async () => ({}), release: async () => void log.push(`release ${name}`) };
  };
  return { log, compile };
}

describe("createStepCache", () => {
  it("compiles a step once", async () => {
    const { log, compile } = recording();
    const cache = createStepCache({ steps: 2, bytes: Infinity });
    expect(await cache.get("a", compile("a"))).toBe(await cache.get("a", compile("a")));
    expect(log).toEqual(["compile a"]);
  });

  it("releases the step that was not used for longest", async () => {
    const { log, compile } = recording();
    const cache = createStepCache({ steps: 2, bytes: Infinity });
    for (const key of ["a", "b", "a", "c"]) await cache.get(key, compile(key));
    expect(log).toEqual(["compile a", "compile b", "release b", "compile c"]);
  });

  it("releases before it compiles what would not fit beside the others, and keeps what fits", async () => {
    const { log, compile } = recording();
    const cache = createStepCache({ steps: 9, bytes: 10 });
    for (const [key, bytes] of [
      ["a", 4],
      ["b", 4],
      ["a", 4],
      ["c", 5],
      ["a", 4],
    ] as const) {
      await cache.get(key, compile(key), { needs: bytes, keeps: bytes });
    }
    expect(log).toEqual(["compile a", "compile b", "release b", "compile c"]);
    await cache.get("large", compile("large"), { needs: 11, keeps: 11 });
    expect(log.slice(4)).toEqual(["release c", "release a", "compile large"]);
  });

  it("makes room for what a step needs while it runs, each time, where little of it is kept", async () => {
    const { log, compile } = recording();
    const cache = createStepCache({ steps: 9, bytes: 10 });
    for (const [key, needs] of [
      ["a", 9],
      ["b", 9],
      ["c", 8],
      ["a", 9],
    ] as const) {
      await cache.get(key, compile(key), { needs, keeps: 1 });
    }
    // Each leaves 1: beside a and b there is room for 8, beside b and c none for 9.
    expect(log).toEqual(["compile a", "compile b", "compile c", "release b"]);
  });

  it("compiles a step once for two who ask while another is released", async () => {
    const { log, compile } = recording();
    const cache = createStepCache({ steps: 1, bytes: Infinity });
    await cache.get("a", compile("a"));
    const [first, second] = await Promise.all([cache.get("b", compile("b")), cache.get("b", compile("b"))]);
    expect(second).toBe(first);
    expect(log).toEqual(["compile a", "release a", "compile b"]);
  });

  it("forgets a step that does not compile", async () => {
    const { log, compile } = recording();
    const cache = createStepCache({ steps: 2, bytes: Infinity });
    await expect(cache.get("a", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    await cache.get("a", compile("a"));
    expect(log).toEqual(["compile a"]);
  });

  it("releases everything when cleared", async () => {
    const { log, compile } = recording();
    const cache = createStepCache({ steps: 3, bytes: Infinity });
    await cache.get("a", compile("a"));
    await cache.get("b", compile("b"));
    await cache.clear();
    expect(log.slice(2).sort()).toEqual(["release a", "release b"]);
  });
});

import { mkdtemp, readdir, readFile, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Adapter, LoraModule } from "./adapter.ts";
import { openAdapter } from "./open-adapter.ts";
import { saveAdapter } from "./save-adapter.ts";
import { portableRank } from "./portable-module.ts";
import { encodeModule, fileOrder, streamAdapter } from "./stream-adapter.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "stream-adapter-"));
});
afterEach(() => rm(folder, { recursive: true }));

const module = (rank: number, scale: number): LoraModule => ({
  A: Float32Array.from({ length: rank * 3 }, (_, i) => i + rank),
  B: Float32Array.from({ length: 2 * rank }, (_, i) => 1 / (i + 1)),
  rank,
  inFeatures: 3,
  outFeatures: 2,
  scale,
});
const adapter: Adapter = {
  modules: new Map([
    ["model.layers.10.q", module(2, 0.5)],
    ["model.layers.1.q", module(3, 1)],
    ["model.layers.1.q.a", module(1, 2)],
  ]),
  baseModel: "org/base",
  metadata: new Map([["seed", "7"]]),
};

describe("streamAdapter", () => {
  it.each(["F32", "BF16"] as const)(
    "writes saveAdapter's bytes, a module at a time in the file's order, %s",
    async (dtype) => {
      const asked: string[] = [];
      const encode = async (path: string) => {
        asked.push(path);
        return encodeModule(path, adapter.modules.get(path)!, { rank: portableRank(adapter), dtype });
      };
      const [whole, streamed] = [join(folder, "whole"), join(folder, "streamed")];
      await saveAdapter(whole, adapter, { dtype });
      await streamAdapter(streamed, { ...adapter, encode }, { dtype });
      for (const name of await readdir(whole))
        expect(await readFile(join(streamed, name)), name).toEqual(await readFile(join(whole, name)));
      expect(await readdir(streamed)).toHaveLength(3);
      expect(asked).toEqual(fileOrder(adapter));
    },
  );

  it("leaves nothing where a module cannot be made, and says why", async () => {
    const encode = async (path: string) => {
      const bad = { ...adapter.modules.get(path)!, scale: path === "model.layers.10.q" ? Infinity : 1 };
      return encodeModule(path, bad, { rank: 3, dtype: "F32" });
    };
    const written = streamAdapter(join(folder, "out"), { ...adapter, encode });
    await expect(written).rejects.toThrow("model.layers.10.q: expected a finite scale, found Infinity");
    expect(await readdir(folder)).toEqual([]);
    const large = { ...module(1, 1), B: Float32Array.of(1e30, 1) };
    expect(() => encodeModule("x", large, { rank: 1, dtype: "F16" })).toThrow(
      "base_model.model.x.lora_B.weight: expected finite values in F16, found 1 that are not",
    );
  });

  it("names source and tensor where a file has become shorter since it was opened", async () => {
    const whole = join(folder, "whole");
    await saveAdapter(whole, adapter);
    const opened = await openAdapter(whole);
    const file = join(whole, "adapter_model.safetensors");
    await truncate(file, (await readFile(file)).length - 4);
    const encode = async (path: string) => encodeModule(path, await opened.read(path), { rank: 3, dtype: "F32" });
    const written = streamAdapter(join(folder, "out"), { ...opened, encode });
    const tensor = "base_model.model.model.layers.10.q.lora_B.weight";
    await expect(written).rejects.toMatchObject({ code: "E_TRUNCATED", file, tensor });
    await opened.close();
    expect(await readdir(folder)).toEqual(["whole"]);
  });

  it("refuses an adapter without modules", async () => {
    const none = { ...adapter, modules: new Map(), encode: () => Promise.reject(new Error("never")) };
    await expect(streamAdapter(join(folder, "out"), none)).rejects.toMatchObject({ code: "E_ADAPTER" });
  });
});

import { mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadAdapter, saveAdapter } from "@prefdelta/lora/node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { adapterOf, relatedModules } from "../__fixtures__/make-modules.ts";
import { inspectAdapters } from "../inspect/inspect-adapters.ts";
import { inspectFolders } from "./inspect-folders.ts";

let folder: string;
let folders: string[];
const weights = (place: number): string => join(folders[place]!, "adapter_model.safetensors");

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "inspect-folders-"));
  folders = ["a", "b", "c"].map((name) => join(folder, name));
  for (const [i, path] of folders.entries()) {
    const modules = Array.from({ length: 4 }, (_, layer) => {
      return [`model.layers.${layer}.q_proj`, relatedModules(layer, { ranks: [2, 3, 4] })[i]!] as const;
    });
    // One adapter lacks two modules; each has a rank of its own.
    await saveAdapter(path, adapterOf(Object.fromEntries(modules.slice(i === 1 ? 2 : 0))));
  }
});
afterEach(() => rm(folder, { recursive: true }));

describe("inspectFolders", () => {
  it.each([{}, { names: ["x", "y", "z"], rows: 5, draws: 3, seed: 7 }])(
    "reports what inspectAdapters does, to the last digit: %j",
    async (options) => {
      const adapters = await Promise.all(folders.map((path) => loadAdapter(path)));
      const whole = inspectAdapters(adapters, { names: folders, ...options });
      expect(JSON.stringify(await inspectFolders(folders, options))).toBe(JSON.stringify(whole));
    },
  );

  it("names the adapter and the tensor that is not finite", async () => {
    const bytes = await readFile(weights(2));
    // The last tensor of the file is B of the last module.
    bytes.writeFloatLE(Infinity, bytes.length - 4);
    await writeFile(weights(2), bytes);
    await expect(inspectFolders(folders, { names: ["x", "y", "z"] })).rejects.toMatchObject({
      code: "E_NOT_FINITE",
      problems: [expect.stringMatching(/^z: model\.layers\.3\.q_proj\.lora_B\.weight: .* found Infinity at \d+$/)],
    });
  });

  it("refuses a file that was cut short, by its name", async () => {
    await truncate(weights(1), (await readFile(weights(1))).length - 8);
    await expect(inspectFolders(folders)).rejects.toThrow(weights(1));
  });

  it("refuses options that do not fit", async () => {
    await expect(inspectFolders(folders, { names: ["x"] })).rejects.toThrow("names: expected one per adapter");
    await expect(inspectFolders(folders, { rows: 0 })).rejects.toMatchObject({ code: "E_OPTIONS" });
  });

  it("stops where the signal says so", async () => {
    await expect(inspectFolders(folders, { signal: AbortSignal.abort("enough") })).rejects.toBe("enough");
  });
});

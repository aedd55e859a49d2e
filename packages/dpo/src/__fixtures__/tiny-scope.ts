import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CausalLm, createRuntime } from "@prefdelta/causal-lm";
import { afterEach, beforeAll, beforeEach } from "vitest";
import { tinyModel } from "./tiny-model.ts";

/** What a test file works with while its tests run. */
export interface TinyScope {
  /** Of all tests of the file. */
  readonly lm: CausalLm;
  /** A folder that each test has anew. */
  readonly folder: string;
}

/** The tiny model on one thread, and a folder whose name begins with `name`. */
export function tinyScope(name: string): TinyScope {
  let lm: CausalLm;
  let folder: string;
  beforeAll(async () => {
    lm = tinyModel(await createRuntime("onnx", { threads: 1 }));
    return () => lm.dispose();
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), `${name}-`));
  });
  afterEach(() => rm(folder, { recursive: true }));
  return {
    get lm() {
      return lm;
    },
    get folder() {
      return folder;
    },
  };
}

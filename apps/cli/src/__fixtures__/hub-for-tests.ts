import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, vi } from "vitest";

import { startStandInHub, type StandInHub } from "./stand-in-hub.ts";

/** A folder and a Hub for each test of the file, which the environment names. */
export function hubForTests(): { folder: string; hub: StandInHub } {
  const own = {} as { folder: string; hub: StandInHub };
  beforeEach(async () => {
    own.folder = await mkdtemp(join(tmpdir(), "pda-hub-"));
    own.hub = await startStandInHub({ token: "hf_secret" });
    vi.stubEnv("HF_ENDPOINT", own.hub.url);
    vi.stubEnv("HF_TOKEN", "hf_secret");
    vi.stubEnv("HF_HUB_OFFLINE", "");
    vi.stubEnv("HF_HOME", join(own.folder, "home"));
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await own.hub.close();
    await rm(own.folder, { recursive: true });
  });
  return own;
}

import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { listFiles } from "./list-files.ts";

it("lists files below a folder in order, and says which folder is not there", async () => {
  const folder = await mkdtemp(join(tmpdir(), "list-files-"));
  await mkdir(join(folder, "b"));
  for (const file of ["c.txt", join("b", "a.txt")]) await writeFile(join(folder, file), "");
  expect(await listFiles(folder)).toEqual(["b/a.txt", "c.txt"]);
  await rm(folder, { recursive: true });
  await expect(listFiles(folder)).rejects.toMatchObject({ code: "E_INPUT", message: expect.stringContaining(folder) });
});

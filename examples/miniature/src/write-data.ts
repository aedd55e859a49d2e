import { mkdir, writeFile } from "node:fs/promises";
import { dataFiles } from "./data-files.ts";
import { loadDataset } from "./dataset.ts";
import { tokenizerFiles } from "./tokenizer/tokenizer-files.ts";

const folder = new URL("../data/", import.meta.url);
const dataset = loadDataset();
await mkdir(folder, { recursive: true });
for (const [name, text] of [...dataFiles(dataset), ...tokenizerFiles(dataset)]) {
  await writeFile(new URL(name, folder), text);
  console.log(`data/${name}: ${text.split("\n").length - 1} lines, ${Buffer.byteLength(text)} bytes`);
}

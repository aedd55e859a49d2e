import { mkdir, writeFile } from "node:fs/promises";
import { dataFiles } from "./data-files.ts";
import { loadDataset } from "./dataset.ts";
import { tokenizerFiles } from "./tokenizer/tokenizer-files.ts";

const root = new URL("../", import.meta.url);
const dataset = loadDataset();
for (const [folder, files] of Object.entries({ data: dataFiles(dataset), tokenizer: tokenizerFiles(dataset) })) {
  await mkdir(new URL(`${folder}/`, root), { recursive: true });
  for (const [name, text] of files) {
    await writeFile(new URL(`${folder}/${name}`, root), text);
    console.log(`${folder}/${name}: ${text.split("\n").length - 1} lines, ${Buffer.byteLength(text)} bytes`);
  }
}

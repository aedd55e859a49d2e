import { join } from "node:path";
import type { FloatDtype } from "@prefdelta/safetensors";
import { writeSafetensors } from "@prefdelta/safetensors/node";
import type { StreamedTensor } from "@prefdelta/safetensors/node";
import type { AdapterOutline, LoraModule } from "./adapter.ts";
import { cardFile, configFile, weightsFile } from "./folder-files.ts";
import { modelCard } from "./model-card.ts";
import { peftKey } from "./peft-keys.ts";
import type { Factor } from "./peft-keys.ts";
import { portableConfig } from "./portable-config.ts";
import { lossProblems, portableModule, portableRank, refuse, sizeProblems } from "./portable-module.ts";
import type { PortableForm } from "./portable-module.ts";
import { refuseDora } from "./refuse-dora.ts";
import { replaceFolder } from "./replace-folder.ts";
import type { SaveAdapterOptions } from "./save-adapter.ts";
import { passSourceErrors } from "./source-errors.ts";
import { writeText } from "./write-text.ts";

/** A module's factors as bytes of the file. */
export type EncodedModule = Readonly<Record<Factor, Uint8Array>>;

/**
 * A module in the portable profile: scale 1, filled up to the adapter's rank. In F32 the bytes may be the module's own memory.
 *
 * @throws LoraError E_ADAPTER: arrays that do not fit their sizes, values that are not finite in `dtype`
 */
export function encodeModule(path: string, module: LoraModule, form: PortableForm): EncodedModule {
  refuseDora([[path, module]], "the portable profile");
  refuse(sizeProblems(path, module));
  const stored = portableModule(module, form);
  refuse(lossProblems(path, stored));
  return { A: stored.A.bytes, B: stored.B.bytes };
}

/** An adapter whose modules are made while they are written. */
export interface StreamedAdapter extends AdapterOutline {
  /** What encodeModule gives for the largest rank of the modules; called once a module, in the order of the file. */
  readonly encode: (path: string) => Promise<EncodedModule>;
}

/** The modules' order in the file, when all have one dtype. */
export const fileOrder = ({ modules }: Pick<AdapterOutline, "modules">): string[] =>
  [...modules.keys()].toSorted((a, b) => (peftKey(a, "A") < peftKey(b, "A") ? -1 : 1));

/**
 * Writes an adapter folder in the portable profile, as saveAdapter does, byte for byte, with no more than one module in memory. The folder
 * appears whole, or not at all.
 *
 * @throws LoraError E_ADAPTER, E_FOLDER, E_WRITE; what `encode` throws
 */
export async function streamAdapter(
  folder: string,
  adapter: StreamedAdapter,
  { dtype = "F32", taskType = "CAUSAL_LM", card }: Omit<SaveAdapterOptions, "profile"> = {},
): Promise<void> {
  refuse(adapter.modules.size === 0 ? ["expected at least one module, found none"] : []);
  const rank = portableRank(adapter);
  const config = portableConfig({ rank, baseModel: adapter.baseModel, taskType, paths: adapter.modules.keys() });
  const metadata = new Map([...adapter.metadata, ["format", "pt"]]);
  const words = `${rank} (lora_alpha ${rank}, scale 1)`;
  await passSourceErrors((watch) => {
    const tensors = tensorsOf({ ...adapter, encode: (path) => watch(adapter.encode(path)) }, { rank, dtype });
    return replaceFolder(folder, [weightsFile, configFile, cardFile], async (temporary) => {
      await writeSafetensors(join(temporary, weightsFile), tensors, metadata);
      await writeText(join(temporary, configFile), config);
      await writeText(join(temporary, cardFile), modelCard(adapter, { rank: words, dtype, card }));
    });
  });
}

/** A module's two factors follow one another in the file: it is made for the first and kept for the second. */
function tensorsOf(
  { modules, encode }: StreamedAdapter,
  { rank, dtype }: { rank: number; dtype: FloatDtype },
): [string, StreamedTensor][] {
  const made = new Map<string, Promise<EncodedModule>>();
  const bytesOf = async (path: string, factor: Factor): Promise<Uint8Array> => {
    const known = made.get(path);
    const module = known ?? encode(path);
    if (known === undefined) made.set(path, module);
    else made.delete(path);
    return (await module)[factor];
  };
  const tensor = (path: string, factor: Factor, shape: readonly number[]): [string, StreamedTensor] => [
    peftKey(path, factor),
    {
      dtype,
      shape,
      async *chunks() {
        yield await bytesOf(path, factor);
      },
    },
  ];
  return [...modules].flatMap(([path, { inFeatures, outFeatures }]) => [
    tensor(path, "A", [rank, inFeatures]),
    tensor(path, "B", [outFeatures, rank]),
  ]);
}

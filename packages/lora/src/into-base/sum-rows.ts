import type { FloatDtype } from "@prefdelta/safetensors";
import type { Checkpoint } from "@prefdelta/safetensors/node";
import type { LoraModule } from "../adapter.ts";
import { LoraError } from "../errors.ts";
import { addUpdate } from "./add-update.ts";

/** Rows of a weight that are in memory at once take about so many bytes. */
const blockBytes = 2 ** 20;

/** Where a block of a tensor's whole rows begins and ends, in bytes from the tensor's first. */
export function* rowBlocks(
  size: number,
  rowBytes: number,
): Generator<{ readonly begin: number; readonly end: number }> {
  const step = Math.max(1, Math.floor(blockBytes / rowBytes)) * rowBytes;
  for (let begin = 0; begin < size; begin += step) yield { begin, end: Math.min(begin + step, size) };
}

/**
 * The new bytes of a weight that a module's update is added to, some rows at a time.
 *
 * @throws LoraError E_ADAPTER (entries that are not finite after the sum, by tensor); SafetensorsError for the base's file
 */
export async function* sumRows(checkpoint: Checkpoint, name: string, module: LoraModule): AsyncGenerator<Uint8Array> {
  const { dtype, begin, end } = checkpoint.entries.get(name)!;
  const rowBytes = module.inFeatures * (dtype === "F32" ? 4 : 2);
  for (const block of rowBlocks(end - begin, rowBytes)) {
    const bytes = await checkpoint.readBytes(name, block);
    const merged = addUpdate({ bytes, dtype: dtype as FloatDtype, first: block.begin / rowBytes }, module);
    if (merged.lost > 0) {
      throw new LoraError("E_ADAPTER", [
        `${name}: expected finite sums in ${dtype}, found ${merged.lost} that are not`,
      ]);
    }
    yield merged.bytes;
  }
}

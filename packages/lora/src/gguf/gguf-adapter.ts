import type { FloatDtype } from "@prefdelta/safetensors";
import type { Adapter } from "../adapter.ts";
import { LoraError } from "../errors.ts";
import { peftKey } from "../peft-keys.ts";
import { portableTensors } from "../portable-tensors.ts";
import type { GgufBase } from "./base-config.ts";
import type { GgufFile, GgufTensor } from "./encode-gguf.ts";
import { interleaveHalves } from "./interleave-halves.ts";
import { blockName, linearNames } from "./tensor-names.ts";

/** llama.cpp's numbers of a file's prevailing type. */
const fileTypes = { F32: 0, F16: 1, BF16: 32 } as const satisfies Record<FloatDtype, number>;

/**
 * An adapter as llama.cpp loads it: one rank, `adapter.lora.alpha` = r, scale folded into B, since llama.cpp takes one
 * alpha over each tensor's rank and knows no patterns. Keys, names and the reordered rows are those of its
 * convert_lora_to_gguf.py.
 *
 * @throws LoraError E_ADAPTER: layers that llama.cpp's adapters have no name for here, or portableTensors' problems
 */
export function ggufAdapter(
  adapter: Adapter,
  { base, name, dtype }: { readonly base: GgufBase; readonly name: string; readonly dtype: FloatDtype },
): GgufFile {
  const named = [...adapter.modules.keys()].map((path) => [path, blockName(path, linearNames)] as const);
  const unknown = named.filter(([, target]) => target === undefined).map(([path]) => path);
  if (unknown.length > 0) {
    const expected = `model.layers.N. and one of ${Object.keys(linearNames).join(", ")}`;
    throw new LoraError(
      "E_ADAPTER",
      unknown.map((path) => `${path}: expected ${expected}, found a layer that is not exported`),
    );
  }
  const { rank, tensors: portable } = portableTensors(adapter, dtype);
  const tensors = named.flatMap(([path, target]): GgufTensor[] => {
    const heads = base.rotated[path.slice(path.lastIndexOf(".") + 1)];
    const [A, B] = [portable.get(peftKey(path, "A"))!, portable.get(peftKey(path, "B"))!];
    const rows = (): Uint8Array =>
      heads === undefined ? B.bytes : interleaveHalves(B.bytes, { rows: B.shape[0]!, heads });
    return [
      { name: `${target}.weight.lora_a`, shape: A.shape, dtype, bytes: () => A.bytes },
      { name: `${target}.weight.lora_b`, shape: B.shape, dtype, bytes: rows },
    ];
  });
  return {
    metadata: [
      ["general.architecture", { string: base.architecture }],
      ["general.type", { string: "adapter" }],
      ["adapter.type", { string: "lora" }],
      ["general.name", { string: name }],
      ["general.file_type", { u32: fileTypes[dtype] }],
      ["adapter.lora.alpha", { f32: rank }],
      ["general.quantization_version", { u32: 2 }],
    ],
    tensors,
  };
}

import { z } from "zod";

/** What models run on. */
export const engineOptionsSchema = z.strictObject({
  /** auto: tensorflow where a GPU is there for it, else onnx on the CPU. */
  name: z.enum(["auto", "onnx", "tensorflow", "wasm", "cpu"]).default("auto"),
  /** What ONNX Runtime computes on. */
  provider: z.enum(["cpu", "webgpu", "cuda"]).default("cpu"),
  /** Of the CPU; the runtime's own choice, unless it is given. */
  threads: z.int().positive().optional(),
  /** Idle threads spin: a tenth faster on a machine that does nothing else, several times slower on one that does. */
  spinning: z.boolean().default(false),
  /** How weights are held in memory. */
  storage: z.enum(["f32", "bf16", "f16", "int8", "w8a8"]).default("f32"),
  /** Bytes for the process, as "8GB" (2³⁰ each): what does not fit runs layer by layer, and reads its weights when it needs them. */
  memory: z
    .string()
    .regex(/^\d+(\.\d+)?\s*[kmgt]b$/i, 'expected a size as "8GB"')
    .optional(),
});

export type EngineOptions = z.output<typeof engineOptionsSchema>;

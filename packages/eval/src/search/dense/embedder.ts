import { z } from "zod";
import { EvalError } from "../../errors.ts";
import { type PostOptions, postJson } from "../http/post-json.ts";

/** Vectors of texts, one each, all of one length. */
export type Embed = (texts: readonly string[]) => Promise<Float32Array[]>;

export interface EmbedderOptions extends Omit<PostOptions, "timeoutMs"> {
  /** As the server calls it. */
  readonly model: string;
  /** Texts of one request. */
  readonly batchSize?: number;
  /** Of one request, milliseconds. */
  readonly timeoutMs?: number;
}

const answer = z.object({
  data: z.array(z.object({ index: z.int().nonnegative(), embedding: z.array(z.number()).min(1) })),
});

/** The vectors of an answer, in the order of what was asked. */
function vectorsOf(value: unknown, count: number, url: string): Float32Array[] {
  const parsed = answer.safeParse(value);
  if (!parsed.success) throw new EvalError("E_PORT", `${url}: embeddings — ${z.prettifyError(parsed.error)}`);
  const vectors = new Map(parsed.data.data.map(({ index, embedding }) => [index, Float32Array.from(embedding)]));
  const ordered = Array.from({ length: count }, (_, i) => vectors.get(i));
  if (vectors.size !== count || !ordered.every((vector) => vector !== undefined)) {
    const got = `${parsed.data.data.length} with the indices ${[...vectors.keys()].slice(0, 10).join(", ")}`;
    throw new EvalError("E_PORT", `${url}: embeddings — expected ${count}, one a text, got ${got}`);
  }
  return ordered;
}

/**
 * Vectors by a server that speaks OpenAI's `/embeddings`.
 *
 * @param url base address, `/v1` included
 * @throws {EvalError} (when it is asked) E_SERVER when the server is not there, is too slow or answers with an error; E_PORT when the answer is not what
 * was asked for
 */
export function createEmbedder(
  url: string,
  { model, batchSize = 64, timeoutMs = 600_000, ...ports }: EmbedderOptions,
): Embed {
  const address = `${url.replace(/\/+$/, "")}/embeddings`;
  return async (texts) => {
    const vectors: Float32Array[] = [];
    for (let start = 0; start < texts.length; start += batchSize) {
      const input = texts.slice(start, start + batchSize);
      const body = { model, input, encoding_format: "float" };
      const answered = await postJson(address, body, { ...ports, timeoutMs });
      vectors.push(...vectorsOf(answered, input.length, address));
    }
    const [first] = vectors;
    const other = vectors.find(({ length }) => length !== first!.length);
    if (other === undefined) return vectors;
    throw new EvalError(
      "E_PORT",
      `${address}: embeddings — expected vectors of one length, got ${first!.length} and ${other.length}`,
    );
  };
}

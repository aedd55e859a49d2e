import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export const DIMENSIONS = 64;

interface EmbeddingsBody {
  readonly model: string;
  readonly input: readonly string[];
}

export interface EmbeddingsServer {
  /** `/v1` included. */
  readonly url: string;
  readonly asked: readonly EmbeddingsBody[];
  readonly close: () => Promise<void>;
}

/** Counts of words by a hash of each: texts that share words lie close. */
export function bagOfWords(text: string): number[] {
  const vector = Array.from({ length: DIMENSIONS }, () => 0);
  for (const [word] of text.toLowerCase().matchAll(/[a-z]+/g)) {
    let hash = 0;
    for (const character of word) hash = (Math.imul(hash, 31) + character.codePointAt(0)!) >>> 0;
    vector[hash % DIMENSIONS]!++;
  }
  return vector;
}

/** A server on loopback that speaks OpenAI's `/embeddings`; entries come in any order, as the protocol allows. */
export async function serveEmbeddings(
  answer: (body: EmbeddingsBody) => object = ({ input }) => ({
    data: input.map((text, index) => ({ index, embedding: bagOfWords(text) })).toReversed(),
  }),
): Promise<EmbeddingsServer> {
  const asked: EmbeddingsBody[] = [];
  const server = createServer((request, response) => {
    const reply = async (): Promise<void> => {
      let text = "";
      for await (const chunk of request) text += String(chunk);
      if (request.url !== "/v1/embeddings") return void response.writeHead(404).end("no such path");
      const body = JSON.parse(text) as EmbeddingsBody;
      asked.push(body);
      response.setHeader("content-type", "application/json").end(JSON.stringify(answer(body)));
    };
    void reply();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, asked, close };
}

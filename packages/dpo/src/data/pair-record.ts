import type { Completion } from "@prefdelta/causal-lm";
import type { EncodedPair } from "./encode-pair.ts";

const WORD = Uint32Array.BYTES_PER_ELEMENT;
/** Lengths: of the id in bytes, of prompt, chosen and rejected in tokens. */
const HEADER_WORDS = 4;

/**
 * A pair as bytes: four lengths and all token ids as 32-bit words of this machine, the answers' masks a byte a token, the id in UTF-8. Weights
 * of tokens are left out: they follow from the masks.
 */
export function encodeRecord({ id, prompt, chosen, rejected }: EncodedPair): Buffer {
  const name = Buffer.from(id);
  const header = [name.length, prompt.length, chosen.ids.length, rejected.ids.length];
  const words = Uint32Array.from([...header, ...prompt, ...chosen.ids, ...rejected.ids]);
  return Buffer.concat([Buffer.from(words.buffer), Uint8Array.from([...chosen.mask, ...rejected.mask]), name]);
}

/** What `encodeRecord` was given. */
export function decodeRecord(record: Uint8Array): EncodedPair {
  // A copy: words are read where they are aligned.
  const bytes = new Uint8Array(record);
  const [nameLength, ...lengths] = new Uint32Array(bytes.buffer, 0, HEADER_WORDS);
  const [prompt, chosen, rejected] = lengths as [number, number, number];
  const firstMask = WORD * (HEADER_WORDS + prompt + chosen + rejected);
  const words = (from: number, length: number): number[] => [...new Uint32Array(bytes.buffer, WORD * from, length)];
  const answer = (from: number, length: number): Completion => ({
    ids: words(HEADER_WORDS + prompt + from, length),
    mask: [...bytes.subarray(firstMask + from, firstMask + from + length)],
  });
  const name = bytes.subarray(bytes.length - nameLength!);
  return {
    id: Buffer.from(name.buffer, name.byteOffset, name.length).toString(),
    prompt: words(HEADER_WORDS, prompt),
    chosen: answer(0, chosen),
    rejected: answer(chosen, rejected),
  };
}

import { z } from "zod";
import { contentsOf, documentFromContents, type ScoredDocument } from "../document.ts";

/** What `/retrieve` is asked (Search-R1, Jin et al. 2025, arXiv:2503.09516: its retrieval server). */
export const retrieveRequest = z.strictObject({
  queries: z.array(z.string()),
  topk: z.int().positive().nullish(),
  return_scores: z.boolean().default(false),
});

const passage = z.object({ id: z.union([z.string(), z.number()]).optional(), contents: z.string() });
const scored = z.object({ document: passage, score: z.number() });

/** What it answers: passages, with `return_scores` each beside its score. */
export const retrieveResponse = z.object({ result: z.array(z.array(z.union([scored, passage]))) });

type WireHit = z.infer<typeof retrieveResponse>["result"][number][number];

export const toWire = (document: ScoredDocument, withScore: boolean): WireHit => {
  const own = { id: document.id, contents: contentsOf(document) };
  return withScore ? { document: own, score: document.score } : own;
};

/** A hit without an id has its place for one, one without a score 0. */
export function fromWire(hit: WireHit, place: number): ScoredDocument {
  const [{ id = place, contents }, score] = "document" in hit ? [hit.document, hit.score] : [hit, 0];
  return { ...documentFromContents(String(id), contents), score };
}

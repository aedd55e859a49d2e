/** Rows of tokens in which whole documents stand one after another. */
export interface PackedBatch {
  readonly rows: number;
  readonly length: number;
  /** [rows · length] inputs. */
  readonly ids: Int32Array;
  /** [rows · length] the token that follows each input in its document. */
  readonly targets: Int32Array;
  /** [rows · length] 1 where there is such a token, 0 at the end of a document and on padding. */
  readonly weights: Float32Array;
  /** [rows · length] number of the document in its row, from 1; 0 on padding. A token attends to its own document only. */
  readonly documents: Int32Array;
}

/** How many waiting documents are tried for the room left in a row. */
const lookahead = 12;

/**
 * Packs an endless stream of tokenised documents into batches: first fit among the next few, else the row ends.
 * Throws a RangeError for a document longer than a row, or if the stream ends.
 */
export function* packRows(
  documents: Iterator<readonly number[]>,
  { rows, length }: { readonly rows: number; readonly length: number },
): Generator<PackedBatch, never> {
  const waiting: (readonly number[])[] = [];
  for (;;) {
    const size = rows * length;
    const batch = {
      rows,
      length,
      ids: new Int32Array(size),
      targets: new Int32Array(size),
      weights: new Float32Array(size),
      documents: new Int32Array(size),
    };
    for (let row = 0; row < rows; row++) fillRow(batch, row, () => refill(waiting, documents, length));
    yield batch;
  }
}

function fillRow(batch: PackedBatch, row: number, refilled: () => (readonly number[])[]): void {
  const { length, ids, targets, weights, documents } = batch;
  let used = 0;
  for (let number = 1; ; number++) {
    const waiting = refilled();
    const fitting = waiting.findIndex((document) => document.length <= length - used);
    if (fitting < 0) return;
    const document = waiting.splice(fitting, 1)[0] ?? [];
    const start = row * length + used;
    ids.set(document, start);
    targets.set(document.slice(1), start);
    weights.fill(1, start, start + document.length - 1);
    documents.fill(number, start, start + document.length);
    used += document.length;
  }
}

function refill(
  waiting: (readonly number[])[],
  documents: Iterator<readonly number[]>,
  length: number,
): (readonly number[])[] {
  while (waiting.length < lookahead) {
    const { done, value: document } = documents.next();
    if (done) throw new RangeError("packRows: expected an endless stream of documents, got its end");
    if (document.length > length) {
      throw new RangeError(`packRows: expected documents of at most ${length} tokens, got ${document.length}`);
    }
    waiting.push(document);
  }
  return waiting;
}

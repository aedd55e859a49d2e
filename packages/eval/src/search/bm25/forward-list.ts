// Entries of one block: 6 MB each. Blocks are never copied, and given up one by one as they are read.
const BLOCK = 1 << 20;

interface Block {
  readonly terms: Uint32Array;
  readonly frequencies: Uint16Array;
}

/** Terms of passages with their frequencies, in the order they came: 6 bytes an entry. Frequencies end at 65 535. */
export function forwardList() {
  const blocks: Block[] = [];
  const counts: number[] = []; // entries of each passage
  let used = BLOCK;
  let ofPassage = 0;
  return {
    push(term: number, frequency: number): void {
      if (used === BLOCK) {
        blocks.push({ terms: new Uint32Array(BLOCK), frequencies: new Uint16Array(BLOCK) });
        used = 0;
      }
      const { terms, frequencies } = blocks.at(-1)!;
      terms[used] = term;
      frequencies[used++] = Math.min(frequency, 0xffff);
      ofPassage++;
    },
    endPassage(): void {
      counts.push(ofPassage);
      ofPassage = 0;
    },
    /** Gives all entries, passage by passage, and forgets them. */
    drain(take: (passage: number, term: number, frequency: number) => void): void {
      let block: Block | undefined;
      let at = BLOCK;
      counts.forEach((count, passage) => {
        for (let i = 0; i < count; i++, at++) {
          if (at === BLOCK) {
            block = blocks.shift();
            at = 0;
          }
          take(passage, block!.terms[at]!, block!.frequencies[at]!);
        }
      });
    },
  };
}

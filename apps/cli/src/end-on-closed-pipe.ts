/** What a shell reports of a program that SIGPIPE ended, which is what happens to others when their reader has gone. */
const CLOSED_PIPE = 141;

/** Ends the process without a word when what reads its output has had enough (`pda … | head`). Node ignores SIGPIPE and tells of an error instead. */
export function endOnClosedPipe(streams: readonly NodeJS.WritableStream[]): void {
  for (const stream of streams) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
      process.exit(CLOSED_PIPE);
    });
  }
}

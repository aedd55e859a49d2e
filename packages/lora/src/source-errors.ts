/** Gives what a promise gives, and remembers its error. */
export type Watch = <Value>(made: Promise<Value>) => Promise<Value>;

/**
 * Runs what writes from a source. An error of the source, watched, is thrown as it is: what was wrong with a module is no failure of the writing.
 */
export async function passSourceErrors<Result>(write: (watch: Watch) => Promise<Result>): Promise<Result> {
  const failures: unknown[] = [];
  const watch: Watch = (made) =>
    made.catch((error: unknown) => {
      failures.push(error);
      throw error;
    });
  return write(watch).catch((error: unknown) => {
    throw failures[0] ?? error;
  });
}

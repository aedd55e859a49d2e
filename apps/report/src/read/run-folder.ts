/** Where the files of a run are; `@prefdelta/report/node` opens a folder on the disk. */
export interface RunFolder {
  /** What messages call it. */
  readonly name: string;
  /** The text of a file, by its path from the folder with "/" between names; undefined where there is none. */
  read(path: string): Promise<string | undefined>;
  /** The names in a folder; none where there is no such folder. */
  list(path: string): Promise<readonly string[]>;
}

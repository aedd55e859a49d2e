/** Where a file's bytes come from: a disk, a Blob, a server. */
export interface ByteSource {
  /** What messages call it. */
  readonly name: string;
  /** Bytes of the whole file. */
  readonly size: number;
  /**
   * Bytes [begin, end), as memory of its own; both lie inside the file.
   *
   * @param tensor the tensor they belong to, for messages
   * @param into memory of their length; a source that can, puts them there and returns it
   */
  read(range: ByteRange, tensor?: string, into?: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>>;
  close(): Promise<void>;
}

export interface ByteRange {
  readonly begin: number;
  readonly end: number;
}

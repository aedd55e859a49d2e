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
   */
  read(range: ByteRange, tensor?: string): Promise<Uint8Array<ArrayBuffer>>;
  close(): Promise<void>;
}

export interface ByteRange {
  readonly begin: number;
  readonly end: number;
}

export { mergeFolders } from "./node/merge-folders.ts";
export { isStreamable } from "./node/merge-job.ts";

export type { MergeFoldersSettings } from "./node/merge-folders.ts";

export { inspectFolders } from "./node/inspect-folders.ts";
export { mergeFolders, mergeFoldersEach } from "./node/merge-folders.ts";
export { mergeFoldersIntoBase } from "./node/merge-folders-into-base.ts";

export type { InspectFoldersOptions } from "./node/inspect-folders.ts";
export type { EachMerge, MergeFilesSettings, MergeFoldersSettings, MergeSettings } from "./node/merge-folders.ts";
export type { IntoBaseSettings } from "./node/merge-folders-into-base.ts";

export { openRunFolder } from "./node/open-run-folder.ts";

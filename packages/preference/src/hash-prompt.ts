import { createHash } from "node:crypto";
import type { Message } from "./message.ts";

/** SHA-256 of a prompt, in hexadecimal: of the JSON of its roles and contents, whatever the order of their keys was. */
export const hashPrompt = (prompt: readonly Message[]): string =>
  createHash("sha256")
    .update(JSON.stringify(prompt.map(({ role, content }) => ({ role, content }))))
    .digest("hex");

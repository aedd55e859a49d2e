import type { Message } from "../message.ts";

/** All that a prompt says, its roles left out. */
export const promptText = (prompt: readonly Message[]): string => prompt.map(({ content }) => content).join("\n");

/** The same for prompts that differ in case and white space alone. */
export const plainText = (text: string): string => text.toLowerCase().replaceAll(/\s+/g, " ").trim();

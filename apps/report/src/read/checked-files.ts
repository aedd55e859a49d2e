import type { z } from "zod";

import { ReportError } from "../errors.ts";
import { describeIssue } from "./describe-issue.ts";
import type { RunFolder } from "./run-folder.ts";

/** Reads the files of a folder and keeps what is wrong with them, so that all of it can be told at once. */
export interface CheckedFiles {
  /** A JSON document; undefined where the file is not there, or is wrong. */
  json<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema> | undefined>;
  /** The same of every line that is not blank. */
  jsonLines<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema>[] | undefined>;
  /** @throws {ReportError} E_RUN_FILE if anything was wrong */
  finish(): void;
}

export function checkFiles(folder: RunFolder): CheckedFiles {
  const problems: string[] = [];

  function parse<Schema extends z.ZodType>(
    text: string,
    { place, schema }: { place: string; schema: Schema },
  ): z.output<Schema> | undefined {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      problems.push(`${place}: (whole) — expected JSON, got what is none: ${(error as Error).message}`);
      return undefined;
    }
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    problems.push(...parsed.error.issues.map((issue) => `${place}: ${describeIssue(value, issue)}`));
    return undefined;
  }

  return {
    async json(path, schema) {
      const text = await folder.read(path);
      return text === undefined ? undefined : parse(text, { place: `${folder.name}/${path}`, schema });
    },
    async jsonLines(path, schema) {
      const text = await folder.read(path);
      if (text === undefined) return undefined;
      return text.split("\n").flatMap((line, i) => {
        if (line.trim() === "") return [];
        return parse(line, { place: `${folder.name}/${path}:${i + 1}`, schema }) ?? [];
      });
    },
    finish() {
      if (problems.length > 0) throw new ReportError("E_RUN_FILE", problems);
    },
  };
}

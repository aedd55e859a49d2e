import { stripVTControlCharacters } from "node:util";

import { renderUsage } from "citty";

import { commands } from "./commands.ts";
import { commonArguments } from "./command.ts";
import type { Command } from "./command.ts";
import { nearest } from "./config/nearest.ts";
import { CliError } from "./errors.ts";
import { listenForInterrupts } from "./interruption.ts";
import { parseArguments } from "./parse-arguments.ts";
import { describeError, formatError } from "./print/describe-error.ts";
import { createReporter } from "./print/reporter.ts";
import { packageVersions } from "./package-versions.ts";

/** Where a command line writes: a terminal, a file, or another program. */
type OutputStream = NodeJS.WritableStream & { readonly isTTY?: boolean };

export interface CliStreams {
  /** The result alone. */
  readonly stdout: OutputStream;
  /** Everything else. */
  readonly stderr: OutputStream;
}

/** Runs one `pda` command line and returns its exit code: 0 done, 1 failed, 2 usage, 130 interrupted. */
export async function runCli(raw: readonly string[], { stdout, stderr }: CliStreams): Promise<number> {
  const [name, ...rest] = raw;
  // The flags decide how errors are told, and arguments may be the error: look for them before anything is parsed.
  const json = raw.includes("--json");
  const quiet = raw.includes("--quiet");
  const reporter = createReporter({ stream: stderr, bars: stderr.isTTY === true && !json, quiet });
  const interrupts = listenForInterrupts(() =>
    reporter.line("\nstopping at the next safe point (Ctrl-C again: at once) …"),
  );
  try {
    if (name === undefined || name === "--help" || name === "help") {
      const stream = name === undefined ? stderr : stdout;
      stream.write(`${await usage(stream.isTTY === true)}\n`);
      return name === undefined ? 2 : 0;
    }
    if (name === "--version") {
      stdout.write(`${packageVersions()["@prefdelta/cli"]}\n`);
      return 0;
    }
    const command = await loadCommand(name);
    if (rest.includes("--help")) {
      stdout.write(`${await usage(stdout.isTTY === true, [name, command])}\n`);
      return 0;
    }
    const args = parseArguments(rest, { ...command.arguments, ...commonArguments });
    const result = await command.run(args, { reporter, signal: interrupts.signal });
    stdout.write(json ? `${JSON.stringify(result.json, null, 2)}\n` : `${result.text}\n`);
    return result.failed === true ? 1 : 0;
  } catch (error) {
    const { exitCode, ...described } = describeError(error);
    if (json) stdout.write(`${JSON.stringify({ error: described }, null, 2)}\n`);
    stderr.write(formatError(error, { debug: raw.includes("--debug") }));
    return exitCode;
  } finally {
    interrupts.stop();
  }
}

function loadCommand(name: string): Promise<Command> {
  const load = Object.hasOwn(commands, name) ? commands[name as keyof typeof commands] : undefined;
  if (load !== undefined) return load();
  const names = Object.keys(commands);
  const near = nearest(name, names);
  const hint = near === undefined ? `expected one of ${names.join(", ")}` : `did you mean ${near}?`;
  throw new CliError("E_USAGE", `${name}: unknown command; ${hint}`);
}

/** citty colours help whether or not a terminal shows it. */
async function usage(colour: boolean, [name, command]: [] | [string, Command] = []): Promise<string> {
  const text = await colouredUsage(name, command);
  return colour ? text : stripVTControlCharacters(text);
}

async function colouredUsage(name?: string, command?: Command): Promise<string> {
  const version = packageVersions()["@prefdelta/cli"] ?? "";
  const root = {
    name: "pda",
    version,
    description: "Learn LoRAs from the differences between weak models, and merge them",
  };
  if (name === undefined || command === undefined) {
    const described = Object.entries(commands).map(async ([key, load]) => {
      const { description } = await load();
      return [key, { meta: { name: key, description } }] as const;
    });
    return renderUsage({ meta: root, subCommands: Object.fromEntries(await Promise.all(described)) });
  }
  return renderUsage(
    { meta: { name, description: command.description }, args: { ...command.arguments, ...commonArguments } },
    { meta: root },
  );
}

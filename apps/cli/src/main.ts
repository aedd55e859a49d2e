#!/usr/bin/env node
import { endOnClosedPipe } from "./end-on-closed-pipe.ts";
import { runCli } from "./run-cli.ts";

const { stdout, stderr } = process;
endOnClosedPipe([stdout, stderr]);
process.exitCode = await runCli(process.argv.slice(2), { stdout, stderr });

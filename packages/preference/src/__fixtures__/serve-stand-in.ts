import { startStandIn, type StandInOptions } from "./stand-in-server.ts";

// node serve-stand-in.ts OPTIONS: serves until its standard input ends; the address is the first line it prints.
const server = await startStandIn(JSON.parse(process.argv[2]!) as StandInOptions);
process.stdout.write(`${server.url}\n`);
process.stdin.resume();
process.stdin.once("end", () => void server.close());

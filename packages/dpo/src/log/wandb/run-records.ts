import { bytesField, integerField } from "../protobuf.ts";

// Fields by their numbers in wandb/proto/wandb_internal.proto, of wandb 0.31.
const RECORD = { num: 1, history: 2, summary: 3, run: 17, exit: 18, header: 21 } as const;

type RecordField = Exclude<keyof typeof RECORD, "num">;

/** Record: its number in the file, from 1, and what it holds. */
export const runRecord = (num: number, [name, message]: readonly [RecordField, Buffer]): Buffer =>
  Buffer.concat([integerField(RECORD.num, num), bytesField(RECORD[name], message)]);

/** HistoryItem, SummaryItem and ConfigItem alike: a name, 2 where it may be nested, else 1, and its value's JSON. */
const item = (nameField: 1 | 2, name: string, value: unknown): Buffer =>
  Buffer.concat([bytesField(nameField, name), bytesField(16, JSON.stringify(value) ?? "null")]);

const items = (nameField: 1 | 2, values: Readonly<Record<string, unknown>>): Buffer =>
  Buffer.concat(Object.entries(values).map(([name, value]) => bytesField(1, item(nameField, name, value))));

/** HeaderRecord: who writes. */
export const headerMessage = (producer: string): readonly ["header", Buffer] => [
  "header",
  bytesField(1, bytesField(1, producer)),
];

interface Run {
  readonly id: string;
  readonly project: string;
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
}

/** RunRecord. */
export const runMessage = ({ id, project, name, config, startedAt }: Run): readonly ["run", Buffer] => [
  "run",
  Buffer.concat([
    bytesField(1, id),
    bytesField(3, project),
    bytesField(4, items(1, config)),
    bytesField(8, name),
    bytesField(
      17,
      Buffer.concat([integerField(1, Math.floor(startedAt / 1000)), integerField(2, (startedAt % 1000) * 1e6)]),
    ),
  ]),
];

/** HistoryRecord: one step's values. */
export const historyMessage = (
  step: number,
  values: Readonly<Record<string, number>>,
): readonly ["history", Buffer] => ["history", Buffer.concat([items(2, values), bytesField(2, integerField(1, step))])];

/** SummaryRecord: each name's last value. */
export const summaryMessage = (values: Readonly<Record<string, number>>): readonly ["summary", Buffer] => [
  "summary",
  items(2, values),
];

/** RunExitRecord: ended well, after so many seconds. */
export const exitMessage = (seconds: number): readonly ["exit", Buffer] => [
  "exit",
  integerField(2, Math.round(seconds)),
];

import { expect, test } from "vitest";
import { hubAddress } from "./hub-address.ts";

test.each([
  ["hub", { name: undefined, revision: "main" }],
  ["hub:org/name", { name: "org/name", revision: "main" }],
  ["hub:org/name@refs/pr/1", { name: "org/name", revision: "refs/pr/1" }],
  ["hub:name", undefined],
  ["hubs/name", undefined],
  ["./hub:org/name", undefined],
])("%s", (where, expected) => expect(hubAddress(where)).toEqual(expected));

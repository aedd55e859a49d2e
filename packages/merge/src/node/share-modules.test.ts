import { setImmediate as nextTurn } from "node:timers/promises";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { shareModules } from "./share-modules.ts";
import { stopPromises } from "./stop-promises.ts";

const pathsOf = (count: number): string[] => Array.from({ length: count }, (_, i) => `m${i}`);

describe("shareModules", () => {
  it("makes each module once, gives it to all in their order, and holds no more than asked", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({ count: fc.integer({ min: 1, max: 12 }), takers: fc.integer({ min: 1, max: 4 }) }),
        fc.integer({ min: 1, max: 5 }),
        fc.infiniteStream(fc.integer({ min: 0, max: 3 })),
        async ({ count, takers }, ahead, turns) => {
          const paths = pathsOf(count);
          const left = new Map<string, number>();
          const order: string[] = [];
          let most = 0;
          const wait = async (): Promise<void> => {
            for (let turn = turns.next().value; turn > 0; turn--) await nextTurn();
          };
          const make = async (path: string): Promise<string> => {
            order.push(path);
            left.set(path, takers);
            most = Math.max(most, [...left.values()].filter((count) => count > 0).length);
            await wait();
            return path.toUpperCase();
          };
          const take = shareModules(paths, make, { takers, ahead, stop: stopPromises() });
          const each = Array.from({ length: takers }, async (_, taker) => {
            const taken: string[] = [];
            for (const path of paths) {
              taken.push(await take(taker, path));
              left.set(path, left.get(path)! - 1);
              await wait();
            }
            return taken;
          });
          for (const taken of await Promise.all(each)) expect(taken).toEqual(paths.map((path) => path.toUpperCase()));
          expect(order).toEqual(paths);
          // One that is taken by all and not yet seen by the last.
          expect(most).toBeLessThanOrEqual(ahead + 1);
        },
      ),
    );
  });

  it("tells whoever waits why it was stopped: for a module, or for another to have the one before", async () => {
    const stop = stopPromises();
    const never = new Promise<string>(() => {});
    const take = shareModules(pathsOf(2), (path) => (path === "m0" ? Promise.resolve(path) : never), {
      ...{ takers: 2, ahead: 2, stop },
    });
    expect(await take(0, "m0")).toBe("m0");
    const behind = take(0, "m1");
    const reason = new Error("enough");
    stop.stop(reason);
    stop.stop(new Error("later"));
    await expect(behind).rejects.toBe(reason);
    await expect(take(1, "m0")).rejects.toBe(reason);
  });
});

import { createRandom } from "@prefdelta/random";

/** How a server may fail. */
const faultKinds = ["429", "429-after", "500", "reset", "garbage", "stall", "drip", "twice"] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface FaultPlan {
  readonly seed: number;
  /** Share of the attempts that go wrong. */
  readonly rate: number;
  readonly kinds?: readonly FaultKind[];
}

/** What befalls the `attempt`-th request for `name`: it depends on nothing else, whatever order requests come in. */
export function faultOf({ seed, rate, kinds = faultKinds }: FaultPlan, name: string, attempt: number) {
  const random = createRandom(seed).fork(name, attempt);
  return random.next() < rate ? kinds[Math.floor(random.next() * kinds.length)] : undefined;
}

import { createConcurrencyLimit, type ConcurrencyLimit } from "./concurrency-limit.ts";

/** How a request ended, as far as its server is concerned. */
export type RequestEnd = "answered" | "overloaded" | "failed";

/** The right to send one request. */
interface Lease {
  readonly url: string;
  release(end: RequestEnd): void;
}

export interface EndpointPool {
  /** Waits until a server is free. @throws the signal's reason */
  acquire(signal?: AbortSignal): Promise<Lease>;
}

interface Endpoint {
  readonly url: string;
  readonly limit: ConcurrencyLimit;
  inFlight: number;
  failuresInARow: number;
}

interface Waiter {
  readonly grant: (lease: Lease) => void;
}

/** From then on a server is asked only while no other can be: a dead one fails fast and would be the least loaded always. */
const failuresOfTheDead = 3;

/** How often a dead server is tried again while others live: once in so many leases. */
const probeEvery = 100;

const load = ({ inFlight, limit }: Endpoint): number => inFlight / limit.current;

/** Several servers of one model: each request goes to the one with the lowest share of its limit in use, in order of asking. */
export function createEndpointPool(urls: readonly string[], max: number): EndpointPool {
  const endpoints = urls.map((url): Endpoint => ({
    url,
    limit: createConcurrencyLimit(max),
    inFlight: 0,
    failuresInARow: 0,
  }));
  const waiting: Waiter[] = [];
  let leases = 0;

  const choose = (): Endpoint | undefined => {
    const free = endpoints.filter(({ inFlight, limit }) => inFlight < limit.current);
    const alive = endpoints.filter(({ failuresInARow }) => failuresInARow < failuresOfTheDead);
    const probe = alive.length === 0 || leases % probeEvery === probeEvery - 1;
    const candidates = probe ? free : free.filter((endpoint) => alive.includes(endpoint));
    return candidates.reduce<Endpoint | undefined>(
      (best, endpoint) => (best === undefined || load(endpoint) < load(best) ? endpoint : best),
      undefined,
    );
  };

  const grant = (): void => {
    for (let endpoint = choose(); waiting.length > 0 && endpoint !== undefined; endpoint = choose()) {
      leases++;
      endpoint.inFlight++;
      waiting.shift()!.grant(leaseOf(endpoint));
    }
  };

  const leaseOf = (endpoint: Endpoint): Lease => ({
    url: endpoint.url,
    release(end) {
      endpoint.inFlight--;
      endpoint.failuresInARow = end === "failed" ? endpoint.failuresInARow + 1 : 0;
      endpoint.limit.report(end === "overloaded");
      grant();
    },
  });

  return {
    acquire: (signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) {
          reject(signal.reason as Error);
          return;
        }
        const abort = () => {
          waiting.splice(waiting.indexOf(waiter), 1);
          reject(signal!.reason as Error);
        };
        const waiter: Waiter = {
          grant(lease) {
            signal?.removeEventListener("abort", abort);
            resolve(lease);
          },
        };
        signal?.addEventListener("abort", abort, { once: true });
        waiting.push(waiter);
        grant();
      }),
  };
}

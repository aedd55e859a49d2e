import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A Hub on loopback: repositories are made, files are sent in either way and read again. */
export interface StandInHub {
  readonly url: string;
  /** `datasets/org/name` or `models/org/name`; its files by path. */
  readonly repos: Map<string, Map<string, Buffer>>;
  readonly requests: string[];
  close(): Promise<void>;
}

const readBody = async (request: IncomingMessage): Promise<Buffer> => {
  const parts: Buffer[] = [];
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts);
};

const sha = (content: Buffer): string => createHash("sha256").update(content).digest("hex");

interface CommitLine {
  readonly key: string;
  readonly value: { readonly path: string; readonly content?: string; readonly oid?: string };
}

export async function startStandInHub({ token }: { token: string }): Promise<StandInHub> {
  const repos = new Map<string, Map<string, Buffer>>();
  const objects = new Map<string, Buffer>();
  const requests: string[] = [];
  let base = "";

  interface Ask {
    readonly files: Map<string, Buffer>;
    readonly path: string;
    readonly body: Buffer;
    readonly range: string | undefined;
  }
  const parsed = (body: Buffer): unknown => JSON.parse(body.toString());
  const actions: Record<string, (ask: Ask) => unknown> = {
    preupload({ body }) {
      const { files } = parsed(body) as { files: { path: string }[] };
      const modeOf = (file: string) => (/\.(?:parquet|safetensors)$/.test(file) ? "lfs" : "regular");
      return { files: files.map(({ path }) => ({ path, uploadMode: modeOf(path) })) };
    },
    "info/lfs"({ body }) {
      const asked = parsed(body) as { objects: { oid: string; size: number }[] };
      const actionsOf = (oid: string) => ({ upload: { href: `${base}/objects/${oid}` } });
      return { transfer: "basic", objects: asked.objects.map((one) => ({ ...one, actions: actionsOf(one.oid) })) };
    },
    commit({ files, body, path }) {
      for (const line of body.toString().split("\n")) {
        const { key, value } = JSON.parse(line) as CommitLine;
        if (key === "file") files.set(value.path, Buffer.from(value.content!, "base64"));
        if (key === "deletedFile") files.delete(value.path);
        if (key === "lfsFile") files.set(value.path, objects.get(value.oid!)!);
      }
      const repo = path.replace(/^\/api\//, "").replace(/\/commit\/.*/, "");
      return { commitOid: "c0ffee", commitUrl: `${base}/${repo}/commit/c0ffee` };
    },
    tree: ({ files }) =>
      [...files].map(([path, content]) => ({
        ...{ type: "file", path, size: content.length, oid: sha(content).slice(0, 40) },
        ...(path.endsWith(".parquet") && { lfs: { oid: sha(content), size: content.length, pointerSize: 130 } }),
      })),
  };

  const answerOf =
    (action: string, ask: Ask) =>
    (response: ServerResponse): void => {
      const content = action === "resolve" ? ask.files.get(decodeURIComponent(ask.path.replace(/^.*?\/resolve\/[^/]+\//, ""))) : undefined;
      const made = actions[action]?.(ask);
      if (made !== undefined)
        response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(made));
      else if (content === undefined) response.writeHead(404).end();
      else {
        const probe = ask.range === "bytes=0-0";
        const headers = { etag: `"${sha(content)}"`, "content-range": `bytes 0-0/${content.length}` };
        response.writeHead(probe ? 206 : 200, headers).end(probe ? content.subarray(0, 1) : content);
      }
    };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url!.split("?")[0]!;
    requests.push(`${request.method} ${path}`);
    const body = await readBody(request);
    const json = (status: number, value: unknown) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
    const upload = /^\/objects\/(\w+)$/.exec(path)?.[1];
    if (upload !== undefined) {
      const sum = sha(body);
      if (sum !== upload) return void json(400, { error: "another file" });
      objects.set(upload, body);
      return void response.writeHead(200).end();
    }
    if (request.headers.authorization !== `Bearer ${token}`) return void json(401, { error: "Invalid credentials" });
    if (path === "/api/repos/create") {
      const { name, organization, type } = JSON.parse(body.toString()) as Record<string, string>;
      const repo = `${type}s/${organization}/${name}`;
      if (repos.has(repo)) return void json(409, { error: "You already created this repo" });
      repos.set(repo, new Map());
      return void json(200, { url: `${base}/${repo}`, id: "1" });
    }
    const [, repo, action] = /^\/(?:api\/)?((?:datasets|models)?\/?[\w.-]+\/[\w.-]+?)(?:\.git)?\/(preupload|info\/lfs|commit|tree|resolve)\b/.exec(path) ?? [];
    const files = repos.get(repo ?? "") ?? repos.get(`models/${repo}`);
    if (files === undefined) return void json(404, { error: "Repository not found" });
    answerOf(action!, { files, path, body, range: request.headers.range })(response);
  };

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: base,
    repos,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

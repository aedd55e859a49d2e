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

interface CommitLine {
  readonly key: string;
  readonly value: { readonly path: string; readonly content?: string; readonly oid?: string };
}

export async function startStandInHub({ token }: { token: string }): Promise<StandInHub> {
  const repos = new Map<string, Map<string, Buffer>>();
  const objects = new Map<string, Buffer>();
  const requests: string[] = [];
  let base = "";

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url!.split("?")[0]!;
    requests.push(`${request.method} ${path}`);
    const body = await readBody(request);
    const json = (status: number, value: unknown) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
    const upload = /^\/objects\/(\w+)$/.exec(path)?.[1];
    if (upload !== undefined) {
      const sum = createHash("sha256").update(body).digest("hex");
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
    if (action === "preupload") {
      const asked = JSON.parse(body.toString()) as { files: { path: string }[] };
      const modeOf = (file: string) => (/\.(?:parquet|safetensors)$/.test(file) ? "lfs" : "regular");
      return void json(200, { files: asked.files.map((file) => ({ path: file.path, uploadMode: modeOf(file.path) })) });
    }
    if (action === "info/lfs") {
      const asked = JSON.parse(body.toString()) as { objects: { oid: string; size: number }[] };
      const objects = asked.objects.map((one) => ({ ...one, actions: { upload: { href: `${base}/objects/${one.oid}` } } }));
      return void json(200, { transfer: "basic", objects });
    }
    if (action === "commit") {
      for (const line of body.toString().split("\n")) {
        const { key, value } = JSON.parse(line) as CommitLine;
        if (key === "file") files.set(value.path, Buffer.from(value.content!, "base64"));
        if (key === "deletedFile") files.delete(value.path);
        if (key === "lfsFile") files.set(value.path, objects.get(value.oid!)!);
      }
      return void json(200, { commitOid: "c0ffee", commitUrl: `${base}/${repo}/commit/c0ffee` });
    }
    if (action === "tree") {
      const listed = [...files].map(([path, { length }]) => ({ type: "file", path, size: length, oid: "0" }));
      return void json(200, listed);
    }
    json(404, { error: "no such thing" });
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

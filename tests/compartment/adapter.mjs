// An adapter in another language: a system whose interface is a file of JSON lines.
// It keeps to the wire of compartments: JSON-RPC 2.0, one message a line, on standard input and output.
import { appendFileSync, existsSync, readFileSync, unlinkSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";

const waiting = new Map();
let number = 0;
let told;

const write = (message) => process.stdout.write(JSON.stringify({ jsonrpc: "2.0", ...message }) + "\n");
const call = (method, params) =>
  new Promise((resolve) => {
    waiting.set(++number, resolve);
    write({ id: number, method, params });
  });
const packed = (text) => Buffer.from(text).toString("base64");
const outbox = () => join(told.folder, "outbox.jsonl");

const methods = {
  ping: async () => "pong",
  open: async (params) => {
    told = params;
    const socket = "doors.sock";
    const path = join(told.folder, socket);
    if (existsSync(path)) unlinkSync(path);
    await new Promise((resolve) => createServer(door).listen(path, resolve));
    return { can: ["send", "query", "poll", "serve"], doors: told.doors, http: { socket } };
  },
  send: async ({ body, key, fields }) => {
    if (fields.title === "exit") process.exit(3);
    if (fields.title === "loop") for (;;);
    if (fields.title === "leak") for (const kept = []; ; ) kept.push(Buffer.alloc(1 << 20, kept.length));
    if (fields.title === "babble") process.stdout.write("not on the wire\n");
    if (fields.title === "refuse") throw new Error("no such window");
    const known = existsSync(outbox()) && readFileSync(outbox(), "utf8").includes(`"${key}"`);
    if (!known) appendFileSync(outbox(), JSON.stringify({ key, record: Buffer.from(body, "base64").toString() }) + "\n");
    return { end: "reply", body: packed(JSON.stringify({ code: known ? "1" : "0" })), meta: { status: "200" } };
  },
  query: async ({ key }) => {
    const found = existsSync(outbox()) && readFileSync(outbox(), "utf8").includes(`"${key}"`);
    return { end: "reply", body: packed(JSON.stringify({ code: found ? "0" : "404" })), meta: {} };
  },
  poll: async ({ since, limit }) => {
    const inbox = join(told.folder, "inbox.jsonl");
    const lines = existsSync(inbox) ? readFileSync(inbox, "utf8").split("\n").filter(Boolean) : [];
    const start = Number(since || "0");
    const rows = lines.slice(start, start + limit);
    return { records: rows.map((row, at) => ({ body: packed(row), ref: `line ${start + at + 1}` })), cursor: String(start + rows.length) };
  },
  mark: async (marks) => {
    for (const { ref, verdict } of marks) appendFileSync(join(told.folder, "marks.txt"), `${ref} ${verdict.acceptance}\n`);
  },
};

async function door(request, response) {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  if (request.headers["x-key"] !== told.secrets.key) {
    write({ method: "refused", params: "GT301" });
    return response.writeHead(401).end("who are you?");
  }
  const verdict = await call("accept", { body: Buffer.concat(pieces).toString("base64") });
  response.writeHead(verdict.acceptance === "refused" ? 503 : 200, { "content-type": "application/json" });
  response.end(JSON.stringify(verdict));
}

createInterface({ input: process.stdin }).on("line", async (line) => {
  const { id, method, params, result } = JSON.parse(line);
  if (method === undefined) {
    waiting.get(id)(result);
    return waiting.delete(id);
  }
  try {
    write({ id, result: (await methods[method](params)) ?? null });
  } catch (error) {
    write({ id, error: { code: -32000, message: error.message } });
  }
}).on("close", () => process.exit(0));

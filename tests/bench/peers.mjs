// The programs that the benchmarks of the proxy start: the load, nginx twice, the bare relay, and the server under test.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { once } from "node:events";
import { root } from "./stage.mjs";

/** The provider's names by which the server knows the upstreams: one that streams, one that answers at once. */
export const STREAMS = "bench", FAST = "fast";
/** Open files that a proxy of 1,000 streams needs: two sockets each, and what else there is. */
const FILES = 4096;
/** Kernel clock ticks per second, in which /proc counts CPU. */
const TICKS = 100;

/** Path of a program that `make bench` built. */
export function built(name) {
  const own = name === "codecraft" && process.env.SERVER_BIN;
  const path = own || `${process.env.CARGO_TARGET_DIR ?? `${root}target`}/release/${name}`;
  if (!existsSync(path)) throw new Error(`There is no ${path}: make bench builds it.`);
  return path;
}

/** Starts a program with enough open files. What it says on standard error is kept for when it fails. */
function start(path, args, env = {}) {
  const child = spawn("sh", ["-c", `ulimit -n ${FILES}; exec "$0" "$@"`, path, ...args], { env: { PATH: process.env.PATH, ...env }, stdio: ["pipe", "pipe", "pipe"] });
  child.said = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (child.said = (child.said + text).slice(-2000)));
  child.stdin.on("error", () => {});
  const ended = once(child, "exit");
  const close = () => (child.kill(), ended);
  return { child, pid: child.pid, close };
}

/** A program that prints its address, with the lines that follow. */
async function addressed(path, args, env) {
  const program = start(path, args, env);
  const lines = createInterface({ input: program.child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value } = await lines.next();
    if (value === undefined) throw new Error(`${path} ended: ${program.child.said}`);
    return value;
  };
  let url;
  while (!url) url = /at (http:\S+)/.exec(await next())?.[1];
  return { ...program, url, next };
}

/** The load: an upstream that streams, and clients that take orders. */
export async function load() {
  const { child, next, ...program } = await addressed(built("bench-load"), []);
  const answer = async () => JSON.parse(await next());
  const order = (what) => (child.stdin.write(`${JSON.stringify(what)}\n`), answer());
  return { ...program, order, answer };
}

/** A port that nobody listened at a moment ago. nginx cannot choose one for itself. */
async function port() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  return port;
}

/** nginx with one worker, which is the process itself, as an anchor of the proxy: no log, no buffering, connections kept. */
async function nginx(server, upstreams = "") {
  const folder = mkdtempSync(join(tmpdir(), "bench-nginx-"));
  const at = await port();
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) => `${kind}_temp_path ${folder}/${kind};`).join(" ");
  writeFileSync(
    `${folder}/nginx.conf`,
    `daemon off; master_process off; worker_processes 1; pid ${folder}/pid; error_log stderr crit;
events { worker_connections ${FILES}; }
http {
  access_log off; ${temporary} default_type application/json; keepalive_requests 1000000;
  ${upstreams}
  server { listen 127.0.0.1:${at} backlog=1024; ${server} }
}
`,
  );
  const program = start(existsSync("/usr/sbin/nginx") ? "/usr/sbin/nginx" : "nginx", ["-c", `${folder}/nginx.conf`, "-e", "stderr"]);
  const close = () => program.close().finally(() => rmSync(folder, { recursive: true, force: true }));
  const url = `http://127.0.0.1:${at}`;
  for (let tries = 0; ; tries++) {
    try {
      await fetch(`${url}/`);
      return { ...program, url, close };
    } catch (error) {
      if (tries === 100 || program.child.exitCode !== null) throw new Error(`nginx did not start: ${program.child.said || error.message}`);
      await new Promise((later) => setTimeout(later, 20));
    }
  }
}

/** An upstream that answers small JSON faster than any proxy asks for it. */
export const instant = () => nginx(`location / { return 200 '{"object":"list","data":[{"id":"bench","object":"model"}]}'; }`);

const authority = (url) => url.slice("http://".length);

/** Every way to the upstreams at `streams` and `fast`: each starts its program and gives the addresses below which the native paths lie. */
export const ways = {
  nginx: async ({ streams, fast }) => {
    const upstream = (name, url) => `upstream ${name} { server ${authority(url)}; keepalive 64; keepalive_requests 1000000; }`;
    const location = (name) => `location /${name}/ { proxy_pass http://${name}/; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; proxy_read_timeout 1h; }`;
    const program = await nginx(location(STREAMS) + location(FAST), upstream(STREAMS, streams) + upstream(FAST, fast));
    return { ...program, [STREAMS]: `${program.url}/${STREAMS}`, [FAST]: `${program.url}/${FAST}` };
  },
  relay: async ({ streams, fast }) => {
    const [one, other] = await Promise.all([addressed(built("bare-relay"), [streams]), addressed(built("bare-relay"), [fast])]);
    return { pid: one.pid, pids: { [FAST]: other.pid }, [STREAMS]: one.url, [FAST]: other.url, close: () => Promise.all([one.close(), other.close()]) };
  },
  ours: async ({ streams, fast }, env) => {
    const program = await addressed(built("codecraft"), [], { ...ours, ...env, CODECRAFT_LOCAL: `${STREAMS}=${streams},${FAST}=${fast}` });
    const below = (name) => `${program.url}/api/providers/${name}`;
    return { ...program, [STREAMS]: below(STREAMS), [FAST]: below(FAST), socket: `${program.url}/api/stream` };
  },
};

/** The server's settings: the runtime's own variable gives it one worker thread, and no limit ends the load before its time. */
const ours = { CODECRAFT_ADDR: "127.0.0.1:0", TOKIO_WORKER_THREADS: "1", CODECRAFT_MAX_STREAMS: "2048", CODECRAFT_RATE_LIMIT: "0" };

/** CPU that a process has used, all its threads, in seconds. */
export function cpu(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** Memory that a process holds, shared pages by share, in bytes. */
export function memory(pid) {
  return 1024 * Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))[1]);
}

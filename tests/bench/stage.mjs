// What every benchmark stands on: the server under test, a browser, the pages of floors and peers, and the noise of the machine.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { launch } from "../../app/editor/test/browser.mjs";
import { Upstream } from "./upstream.mjs";

export const root = fileURLToPath(new URL("../..", import.meta.url));
const pages = fileURLToPath(new URL("pages/", import.meta.url));

/** The provider's name by which the server knows the upstream. */
export const PROVIDER = "bench";
/** The bench's viewport. */
export const viewport = { width: 1280, height: 800 };

/** Peers and floor of the streaming benchmarks: name of their module in pages/. */
export const contenders = ["floor", "codemirror", "markdown"];

/** Bundles every contender as a user of it would, for production. */
async function bundle() {
  const { outputFiles } = await build({
    entryPoints: contenders.map((name) => `${pages}${name}.js`),
    outdir: "/",
    write: false,
    bundle: true,
    minify: true,
    format: "esm",
    define: { "process.env.NODE_ENV": '"production"' },
  });
  return new Map(outputFiles.map(({ path, contents }) => [path, contents]));
}

/** Serves the pages of floors and peers. */
async function host() {
  const scripts = await bundle();
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, "http://host");
    const script = scripts.get(pathname);
    if (script) return response.setHeader("content-type", "text/javascript").end(Buffer.from(script));
    const file = { "/static": "static.html", "/panes": "panes.html" }[pathname];
    if (!file) return response.writeHead(404).end();
    const html = readFileSync(pages + file, "utf8").replace("{contender}", searchParams.get("contender"));
    response.setHeader("content-type", "text/html").end(html);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => (server.closeAllConnections(), server.close()) };
}

/** Starts the server under test and resolves once it has said its address. */
function codecraft(env) {
  const path = process.env.SERVER_BIN ?? `${process.env.CARGO_TARGET_DIR ?? `${root}target`}/release/codecraft`;
  if (!existsSync(path)) throw new Error(`There is no ${path}: make build makes it.`);
  const child = spawn(path, [], { env: { PATH: process.env.PATH, CODECRAFT_ADDR: "127.0.0.1:0", ...env }, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  return new Promise((done, fail) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => {
        const [, url] = /at (http:\S+)/.exec((said += text)) ?? [];
        if (url) done({ url, close: () => child.kill() });
      });
    }
    child.on("error", fail).on("exit", (code) => fail(new Error(`${path} ended with ${code}: ${said}`)));
  });
}

/** Sets everything up; `close` takes it down. */
export async function set() {
  const closers = [];
  const close = async () => {
    for (const closer of closers.reverse()) await closer.close();
  };
  const keep = (closer) => (closers.push(closer), closer);
  try {
    const upstream = keep(await Upstream.start());
    const peers = keep(await host());
    const server = keep(await codecraft({ CODECRAFT_LOCAL: `${PROVIDER}=${upstream.url}`, CODECRAFT_ALLOWED_ORIGINS: peers.url }));
    const browser = keep(await launch());
    return { upstream, peers: peers.url, app: server.url, browser, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A page in a fresh profile, with its CDP session. What it throws fails the benchmark. */
export async function visit(browser, run) {
  const context = await browser.newContext({ viewport });
  try {
    const page = await context.newPage();
    let thrown;
    page.on("pageerror", (error) => (thrown ??= error));
    const result = await run(page, await context.newCDPSession(page));
    if (thrown) throw thrown;
    return result;
  } finally {
    await context.close();
  }
}

export const sleep = (ms) => new Promise((later) => setTimeout(later, ms));

/** Runnable processes of the last minute; above 3 the figures of two cores are not to be trusted. */
export const load = () => Number(readFileSync("/proc/loadavg", "utf8").split(" ")[0]);

/** The value below which a share of the values lies. */
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The contenders of every round, in an order that turns each time. */
export function* alternate(names, rounds) {
  for (let round = 0; round < rounds; round++) yield* round % 2 ? [...names].reverse() : names;
}

// `make dev`: the fake upstream as every provider, the server before it, and Trunk before both; what you edit is rebuilt, and
// Ctrl-C ends all three.
import { spawn } from "node:child_process";
import { watch } from "node:fs";
import { connect } from "node:net";

const fake = "127.0.0.1:9797", server = "127.0.0.1:8787", page = "127.0.0.1:8788";
const target = process.env.CARGO_TARGET_DIR ?? "target";
const upstream = `http://${fake}`;

/** Name → folders whose change rebuilds it, the package and binary, and its surroundings. Settings of your own win. */
const programs = {
  "fake-upstream": { folders: ["tests/src"], package: "codecraft-tests", env: { FAKE_ADDR: fake } },
  codecraft: {
    folders: ["server/src", "app/core/src"],
    package: "codecraft-server",
    env: {
      CODECRAFT_ADDR: server,
      CODECRAFT_RATE_LIMIT: "0",
      // Trunk's proxy leaves the port out of `Host`; its page is another origin than the server's.
      CODECRAFT_ALLOWED_HOSTS: page.split(":")[0],
      CODECRAFT_ALLOWED_ORIGINS: `http://${page}`,
      GEMINI_API_KEY: "development",
      GEMINI_BASE_URL: `${upstream}/gemini`,
      OLLAMA_API_URL: `${upstream}/ollama`,
      OPENAI_API_KEY: "development",
      OPENAI_BASE_URL: `${upstream}/openai`,
      CODECRAFT_LOCAL: `local=${upstream}/local`,
    },
  },
};

const children = new Set();
let ending = false;

/** Starts a program; the promise resolves to its status when it has ended. */
function start(command, args, env = {}) {
  const child = spawn(command, args, { stdio: "inherit", env: { ...env, ...process.env } });
  children.add(child);
  child.ended = new Promise((done) => child.on("error", () => done(1)).on("close", (code) => done(code))).finally(() => children.delete(child));
  return child;
}

/** Ends everything, and this script once all is gone. */
async function end(status) {
  if (ending) return;
  ending = true;
  for (const child of children) child.kill("SIGTERM");
  await Promise.all([...children].map((child) => child.ended));
  process.exit(status);
}

/** Keeps one program built and running; resolves to whether the first build succeeded. A later one that fails leaves the running one alone. */
function keep(name, { folders, package: crate, env }) {
  let running, wake, timer, wanted = true;
  for (const folder of folders) {
    watch(folder, { recursive: true }, () => {
      // Editors write a file in several steps: wait until they are done.
      clearTimeout(timer);
      timer = setTimeout(() => ((wanted = true), wake?.()), 200);
    });
  }
  return new Promise((first) => {
    (async () => {
      while (!ending) {
        if (!wanted) await new Promise((woken) => (wake = woken));
        wanted = false;
        const status = await start("cargo", ["build", "--quiet", "--locked", "--package", crate, "--bin", name]).ended;
        if (ending) return;
        if (status === 0) {
          running?.kill("SIGTERM");
          await running?.ended;
          running = start(`${target}/debug/${name}`, [], env);
        }
        first(running !== undefined);
      }
    })();
  });
}

/** Resolves once `address` takes connections. */
async function listening(address) {
  const [host, port] = address.split(":");
  while (!ending) {
    const open = await new Promise((done) => {
      const socket = connect(+port, host, () => (socket.destroy(), done(true)));
      socket.on("error", () => done(false));
    });
    if (open) return;
    await new Promise((later) => setTimeout(later, 100));
  }
}

for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => end(0));
for (const [name, program] of Object.entries(programs)) if (!(await keep(name, program))) await end(1);
await Promise.all([listening(fake), listening(server)]);
console.log(`\nThe page: http://${page} · the server: http://${server} · the fake upstream: ${upstream}\n`);
await start("trunk", ["serve"]).ended;
await end(1);

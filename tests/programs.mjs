// The programs under test, started from Node: the server, and the fake upstream behind it, each on a free port.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

/** Patience on a machine that is busy compiling, in milliseconds. */
export const PATIENCE = 30_000;

/** Keys that must never reach a browser or a log. */
export const keys = { gemini: "AIzaSyCanary-gemini-4f1d9b7c2e8a", openai: "sk-canary-openai-93c1e07ab5d2f6" };

/** Where a program is: as `variable` says, or as cargo has built it. */
export function program(variable, name) {
  const target = `${process.env.CARGO_TARGET_DIR ?? `${root}target`}`;
  const found = [process.env[variable], `${target}/release/${name}`, `${target}/debug/${name}`].find((path) => path && existsSync(path));
  if (!found) throw new Error(`There is no ${name}: build it with cargo, or name it in ${variable}.`);
  return found;
}

/** Starts a program, resolves once its output matches `ready`; all it ever prints is kept. */
function start(path, env, ready) {
  const child = spawn(path, [], { env: { PATH: process.env.PATH, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  const running = { output: "", close: () => child.kill() };
  return new Promise((done, fail) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => {
        running.output += text;
        const found = ready.exec(running.output);
        if (found) done({ running, found: found[1] });
      });
    }
    child.on("error", fail).on("exit", (code) => fail(new Error(`${path} ended with ${code}: ${running.output}`)));
  });
}

/** The fake upstream and what it knows. */
export class Fake {
  static async start() {
    const { running, found } = await start(program("FAKE_UPSTREAM_BIN", "fake-upstream"), { FAKE_ADDR: "127.0.0.1:0" }, /at (http:\S+)/);
    return Object.assign(new Fake(), { running, url: found });
  }

  async #log(query = "", init) {
    const response = await fetch(`${this.url}/__log${query}`, init);
    return response.status === 200 ? response.json() : [];
  }

  /** Every call so far. */
  seen = () => this.#log();

  clear = () => this.#log("", { method: "DELETE" });

  /** Calls that ask for an answer, in the order of their arrival. */
  calls = async () => (await this.seen()).filter((call) => call.method === "POST");

  /** The calls as soon as they satisfy `enough`. Each turn of the loop is a call that the fake upstream holds until its log has grown. */
  async until(enough, what) {
    for (const end = Date.now() + PATIENCE; ; ) {
      const all = await this.#log();
      const calls = all.filter((call) => call.method === "POST");
      if (enough(calls)) return calls;
      if (Date.now() > end) throw new Error(`The upstream never saw ${what}: ${JSON.stringify(calls, null, 1)}`);
      // A change within a call wakes nobody who counts calls, so that one is asked for briefly.
      await Promise.race([this.#log(`?wait=calls&count=${all.length + 1}`), new Promise((later) => setTimeout(later, 50))]);
    }
  }

  /** A call once it is over. */
  async ended(id) {
    for (const end = Date.now() + PATIENCE; Date.now() < end; ) {
      const [call] = await this.#log(`?wait=closed&id=${id}`);
      if (call?.ended) return call;
    }
    throw new Error(`Call ${id} never ended.`);
  }

  /** What a model answers. */
  answer = async (model) => (await fetch(`${this.url}/__answer?model=${encodeURIComponent(model)}`)).text();
}

/** Starts the server with these settings, on a port of its own. Tests begin more runs in a minute than a person may. */
export async function serve(env) {
  const { running, found } = await start(program("SERVER_BIN", "codecraft"), { CODECRAFT_ADDR: "127.0.0.1:0", CODECRAFT_RATE_LIMIT: "0", ...env }, /at (http:\S+)/);
  return Object.assign(running, { url: found });
}

/** The settings of a server whose every provider is the fake upstream, as `gemini`, `ollama`, `openai` and `box`. */
export const before = ({ url }) => ({
  GEMINI_BASE_URL: `${url}/gemini`,
  GEMINI_API_KEY: keys.gemini,
  OLLAMA_API_URL: `${url}/ollama`,
  OPENAI_BASE_URL: `${url}/openai`,
  OPENAI_API_KEY: keys.openai,
  CODECRAFT_LOCAL: `box=${url}/local`,
});

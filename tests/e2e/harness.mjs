// The runner of this ring: programs, a browser, and tests that each get a fresh context.
//
// Every worker owns a browser, a server and a fake upstream, so that two tests never share a clipboard or a log. Nothing waits for
// a span of time: tests wait for what the page shows or for what the fake upstream has seen.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { launch } from "../../app/editor/test/browser.mjs";

export const root = fileURLToPath(new URL("../..", import.meta.url));
const shots = `${root}target/e2e/`;

/** Keys that must never reach a browser or a log. */
export const keys = { gemini: "AIzaSyCanary-gemini-4f1d9b7c2e8a", openai: "sk-canary-openai-93c1e07ab5d2f6" };

/** Patience on a machine that is busy compiling, in milliseconds. */
const PATIENCE = 30_000;
/** Longest test. */
const LIMIT = 120_000;

// ── programs ──

function program(variable, name) {
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
class Fake {
  static async start() {
    const { running, found } = await start(program("FAKE_UPSTREAM_BIN", "fake-upstream"), { FAKE_ADDR: "127.0.0.1:0" }, /at (http:\S+)/);
    return Object.assign(new Fake(), { running, url: found });
  }

  async #log(query = "", init) {
    const response = await fetch(`${this.url}/__log${query}`, init);
    return response.status === 200 ? response.json() : [];
  }

  clear = () => this.#log("", { method: "DELETE" });

  /** Calls that ask for an answer, in the order of their arrival. */
  calls = async () => (await this.#log()).filter((call) => call.method === "POST");

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

/** A worker's programs; the browser is one of them, because all of its pages share one clipboard. The bare server has nothing configured; it is started for the first test that wants it. */
class Worker {
  static async start() {
    const fake = await Fake.start();
    const server = await serve({
      GEMINI_BASE_URL: `${fake.url}/gemini`,
      GEMINI_API_KEY: keys.gemini,
      OLLAMA_API_URL: `${fake.url}/ollama`,
      OPENAI_BASE_URL: `${fake.url}/openai`,
      OPENAI_API_KEY: keys.openai,
      CODECRAFT_LOCAL: `box=${fake.url}/local`,
    });
    return Object.assign(new Worker(), { fake, server, browser: await launch() });
  }

  // Port 9 answers nobody, as where no Ollama runs.
  bare = () => (this.bareServer ??= serve({ OLLAMA_API_URL: "http://127.0.0.1:9" }));

  async close() {
    await this.browser.close();
    this.server.close();
    this.fake.running.close();
    (await this.bareServer)?.close();
  }
}

/** Starts a server. Tests begin more runs in a minute than a person may. */
async function serve(env) {
  const { running, found } = await start(program("CODECRAFT_BIN", "codecraft"), { CODECRAFT_ADDR: "127.0.0.1:0", CODECRAFT_RATE_LIMIT: "0", ...env }, /at (http:\S+)/);
  return Object.assign(running, { url: found });
}

// ── tests ──

const tests = [];

/**
 * Declares a test. Console errors and warnings (violations of the Content-Security-Policy are such) fail it, but for those that
 * match `expected`. `alone` keeps everything else still while it measures; `bare` uses a server without any provider; the rest
 * of the options goes to the browser's context.
 *
 * @param {string} name
 * @param {{ alone?: boolean, bare?: boolean, expected?: RegExp } & import("playwright-core").BrowserContextOptions} options
 * @param {(stage: Stage) => Promise<void>} body
 */
export function test(name, options, body) {
  if (typeof options === "function") [body, options] = [options, {}];
  tests.push({ name, options, body });
}

/** What a test works with. */
class Stage {
  /** Console lines that nobody expected. */
  complaints = [];

  static async set(worker, { alone, bare, expected = /^$/, ...options }) {
    // A provider that does not answer is a failed request, and Chromium writes those to the console.
    const quiet = bare ? new RegExp(`${expected.source}|/api/providers/ollama/api/tags|status of 502`) : expected;
    const server = bare ? await worker.bare() : worker.server;
    const context = await worker.browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: "reduce", ...options });
    context.setDefaultTimeout(PATIENCE);
    const stage = Object.assign(new Stage(), { context, server, fake: worker.fake, base: server.url });
    const complain = (text) => quiet.test(text) || stage.complaints.push(text);
    context.on("page", (page) => {
      page.on("console", (message) => ["error", "warning"].includes(message.type()) && complain(`${message.text()} ${message.location().url}`));
      page.on("pageerror", (error) => complain(String(error)));
    });
    await worker.fake.clear();
    stage.page = await context.newPage();
    return stage;
  }

  /** Opens a path of the app and waits until the app is there. */
  async open(path = "/", page = this.page) {
    await page.goto(this.base + path);
    await page.locator("#shell").waitFor({ state: "detached" });
    return page;
  }

  /** Lets a provider list further models: names with parameters, which the fake upstream understands and does not list. */
  async offer(provider, ...models) {
    const entry = {
      gemini: (name) => ["models", { name: `models/${name}`, supportedGenerationMethods: ["generateContent"] }],
      ollama: (name) => ["models", { name, model: name, size: 4_683_087_332 }],
    }[provider] ?? ((id) => ["data", { id, object: "model" }]);
    const paths = { gemini: "v1beta/models", ollama: "api/tags" };
    await this.context.route(`**/api/providers/${provider}/${paths[provider] ?? "v1/models"}*`, async (route) => {
      const response = await route.fetch();
      const list = await response.json();
      for (const model of models) {
        const [field, value] = entry(model);
        list[field].push(value);
      }
      await route.fulfill({ response, json: list });
    });
  }
}

async function perform({ name, options, body }, worker) {
  const began = performance.now();
  const stage = await Stage.set(worker, options);
  let timer;
  const late = new Promise((_, fail) => (timer = setTimeout(() => fail(new Error(`not done after ${LIMIT / 1000} s`)), LIMIT)));
  let failure;
  try {
    await Promise.race([body(stage), late]);
    if (stage.complaints.length) throw new Error(`The console holds: ${stage.complaints.join("\n")}`);
  } catch (error) {
    failure = error;
    mkdirSync(shots, { recursive: true });
    const shot = `${shots}${name.replace(/\W+/g, "-").slice(0, 80)}.png`;
    await stage.page.screenshot({ path: shot, timeout: 5000 }).catch(() => {});
    const lines = [error.stack ?? String(error), ...stage.complaints.map((line) => `console: ${line}`), `screenshot: ${shot}`];
    console.log(`FAIL  ${name}\n${lines.join("\n").replace(/^/gm, "      ")}`);
  } finally {
    clearTimeout(timer);
    await stage.context.close();
  }
  if (!failure) console.log(`ok    ${name} (${Math.round(performance.now() - began)} ms)`);
  return !failure;
}

/** Runs the tests whose name contains one of `words`, two at a time and those that measure alone at the end. Resolves to the number of failures. */
export async function run(words) {
  const chosen = tests.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
  if (chosen.length === 0) throw new Error(`No test has ${words.join(" or ")} in its name.`);
  const workers = await Promise.all([Worker.start(), Worker.start()]);
  let passed = 0;
  const drain = async (queue, worker) => {
    for (let next; (next = queue.shift()); ) if (await perform(next, worker)) passed++;
  };
  try {
    const side = chosen.filter(({ options }) => !options.alone);
    await Promise.all(workers.map((worker) => drain(side, worker)));
    await drain(chosen.filter(({ options }) => options.alone), workers[0]);
  } finally {
    await Promise.all(workers.map((worker) => worker.close()));
  }
  console.log(`${passed} passed, ${chosen.length - passed} failed`);
  return chosen.length - passed;
}

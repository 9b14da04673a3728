// The runner of this ring: programs, a browser, and tests that each get a fresh context.
//
// Every worker owns a browser, a server and a fake upstream, so that two tests never share a clipboard or a log. Nothing waits for
// a span of time: tests wait for what the page shows or for what the fake upstream has seen.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launch } from "../../app/editor/test/browser.mjs";
import { Fake, PATIENCE, before, program, root, serve } from "../programs.mjs";

const shots = `${root}target/e2e/`;

/** Everybody's password, where people sign in. */
export const password = "canary horse battery staple";

/** Longest test. */
const LIMIT = 120_000;

/** A worker's programs; the browser is one of them, because all of its pages share one clipboard. The bare server has nothing configured; it is started for the first test that wants it. */
class Worker {
  static async start() {
    const fake = await Fake.start();
    const server = await serve(before(fake));
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
  /** What to put away afterwards. */
  #after = [];

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

  /** Starts a server of the test's own, with the usual providers and these settings; the test talks to it from then on. */
  async serve(env) {
    this.server = await serve({ ...before(this.fake), ...env });
    this.#after.push(this.server.close);
    this.base = this.server.url;
    return this.server;
  }

  /**
   * The same for people with these names, who all have the same password. The function that comes back does with them what `codecraft user` does:
   * `users("remove", "ann")`.
   */
  async serveUsers(names, env = {}) {
    const folder = mkdtempSync(join(tmpdir(), "codecraft-"));
    this.#after.push(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "users");
    const users = (...args) => execFileSync(program("SERVER_BIN", "codecraft"), ["user", ...args], { env: { CODECRAFT_USERS: file }, input: `${password}\n`, encoding: "utf8" });
    for (const name of names) users("add", name, "--stdin");
    await this.serve({ CODECRAFT_AUTH: "users", CODECRAFT_USERS: file, ...env });
    return users;
  }

  /** Closes what belongs to the test. */
  async clear() {
    await this.context.close();
    for (const put of this.#after) put();
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
    await stage.clear();
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

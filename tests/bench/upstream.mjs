// An OpenAI-compatible server whose streams do as the benchmark says: a burst up to a line, then tokens at an exact rate.
import { createServer } from "node:http";
import { typescript } from "./code.mjs";

/** Characters of a token on average. */
export const TOKEN_CHARS = 7.5;
/** As many models as a benchmark streams at most. */
const MODELS = 8;
/** More lines than any benchmark draws. */
const LINES = 3000;
/** Characters in one event of a burst. */
const BURST = 2000;
/** Longest wait for the page to open its streams, in milliseconds. */
const PATIENCE = 20_000;

/** The id of the model whose text has this seed. */
const model = (seed) => `bench-${seed}`;
const texts = Array.from({ length: MODELS }, (_, seed) => typescript(seed + 1, LINES));

/** One response that is being streamed. */
class Stream {
  #at = 0;
  #cuts = 0;

  constructor(response, seed) {
    this.response = response;
    this.name = model(seed);
    this.text = texts[seed - 1];
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    response.socket.setNoDelay(true);
    this.#event({ role: "assistant", content: "```typescript\n" });
  }

  #event(delta) {
    this.response.write(`data: ${JSON.stringify({ id: "bench", object: "chat.completion.chunk", created: 0, model: this.name, choices: [{ index: 0, delta, finish_reason: null }] })}\n\n`);
  }

  /** Sends what is missing up to and with line `count`. */
  burst(count) {
    let end = 0;
    for (let line = 0; line < count; line++) end = this.text.indexOf("\n", end) + 1;
    while (this.#at < end) {
      const next = Math.min(end, this.#at + BURST);
      this.#event({ content: this.text.slice(this.#at, next) });
      this.#at = next;
    }
  }

  /** Sends one token: 7 and 8 characters by turns, which is what a token of code holds. */
  token() {
    const size = 7 + (this.#cuts++ % 2);
    this.#event({ content: this.text.slice(this.#at, this.#at + size) });
    this.#at += size;
  }
}

export class Upstream {
  #streams = new Map();
  #timer;
  #changed = () => {};
  /** Most tokens of one stream that were overdue at once since the pace began; above 4 the machine did not keep the rate. */
  overdue = 0;

  static async start() {
    const upstream = new Upstream();
    const server = createServer((request, response) => upstream.#answer(request, response));
    await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
    upstream.url = `http://127.0.0.1:${server.address().port}`;
    upstream.close = () => (clearInterval(upstream.#timer), server.closeAllConnections(), server.close());
    return upstream;
  }

  async #answer(request, response) {
    if (request.method === "GET") {
      const data = texts.map((_, index) => ({ id: model(index + 1), object: "model" }));
      return response.setHeader("content-type", "application/json").end(JSON.stringify({ object: "list", data }));
    }
    let body = "";
    for await (const piece of request) body += piece;
    const seed = Number(JSON.parse(body).model.split("-").pop());
    this.#streams.set(seed, new Stream(response, seed));
    response.on("close", () => (this.#streams.delete(seed), this.#changed()));
    this.#changed();
  }

  /** Resolves once exactly `count` streams are open. */
  async open(count) {
    let timer;
    const late = new Promise((_, fail) => (timer = setTimeout(() => fail(new Error(`The page opened ${this.#streams.size} of ${count} streams.`)), PATIENCE)));
    const reached = new Promise((done) => (this.#changed = () => this.#streams.size === count && done())());
    await Promise.race([reached, late]).finally(() => clearTimeout(timer));
  }

  /** Brings every stream to line `count` at once. */
  burst(count) {
    for (const stream of this.#streams.values()) stream.burst(count);
  }

  /** Sends `rate` tokens a second on every stream until `rest`; streams take turns within the period. */
  pace(rate) {
    const began = performance.now();
    const clocks = [...this.#streams.values()].map((stream, index, all) => ({ stream, sent: 0, phase: index / all.length }));
    this.overdue = 0;
    this.#timer = setInterval(() => {
      const elapsed = ((performance.now() - began) * rate) / 1000;
      for (const clock of clocks) {
        const due = Math.floor(elapsed - clock.phase) + 1 - clock.sent;
        this.overdue = Math.max(this.overdue, due);
        for (let token = 0; token < due; token++) clock.stream.token();
        clock.sent += Math.max(due, 0);
      }
    }, 1);
  }

  rest() {
    clearInterval(this.#timer);
  }
}

/** `provider/model` of the first `count` models, for a link of the app. */
export const names = (provider, count) => texts.slice(0, count).map((_, index) => `${provider}/${model(index + 1)}`);

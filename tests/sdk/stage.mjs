// What the tests of the official clients stand on: the server before the fake upstream, and what must hold for every call.
import assert from "node:assert/strict";
import { after, beforeEach } from "node:test";
import { Fake, before, keys, serve } from "../programs.mjs";

/** What a client sends as its key. Clients want one; the server has its own and must send no other. */
export const DUMMY = "sk-dummy-key-of-the-client-0123456789";
/** The prompt of every call. It may stand in no log line. */
export const PROMPT = "Write parse_duration, and tell nobody of azure-heron.";

/** The headers that may reach an upstream, besides the one with the operator's key. */
const HEADERS = new Set(["accept", "accept-encoding", "content-length", "content-type", "host"]);
const KEY = { gemini: ["x-goog-api-key", keys.gemini], openai: ["authorization", `Bearer ${keys.openai}`] };

class Stage {
  /** The base URL that a client of this provider is given, without a slash at its end. */
  base = (provider) => `${this.server.url}/api/providers/${provider}`;

  /** The calls since the last look; each has nothing of its client but method, path and body. `count` is how many there must be. */
  async calls(count) {
    const calls = await this.fake.seen();
    await this.fake.clear();
    assert.equal(calls.length, count, "calls that reached the upstream");
    for (const { provider, headers, path, query, body } of calls) {
      const [name, value] = KEY[provider] ?? [];
      assert.equal(headers[name], value, `${provider} got the operator's key`);
      assert.deepEqual(Object.keys(headers).filter((header) => !HEADERS.has(header) && header !== name), [], "and no header of the client");
      assert.ok(!JSON.stringify([headers, path, query, body]).includes(DUMMY), "nor its key");
    }
    return calls;
  }

  /** Runs `call`, gives it up as `abort` says once the upstream works on it, and waits until the upstream sees that. */
  async cancelled(call, abort) {
    const outcome = call().then(() => null, (error) => error);
    const [{ id }] = await this.fake.until((calls) => calls.length === 1, "the call");
    await abort();
    assert.equal((await this.fake.ended(id)).ended, "client_closed");
    await this.calls(1);
    return outcome;
  }
}

/** A server, with these settings besides, and its fake upstream, for the tests of one file. At their end no key, prompt or dummy may stand in what the server wrote. */
export async function stage(more = {}) {
  const fake = await Fake.start();
  const server = await serve({ ...before(fake), ...more });
  beforeEach(() => fake.clear());
  after(() => {
    server.close();
    fake.running.close();
    for (const secret of [...Object.values(keys), DUMMY, PROMPT, "azure-heron"]) assert.ok(!server.output.includes(secret), server.output);
  });
  return Object.assign(new Stage(), { fake, server });
}

/** The pieces of a stream, joined. */
export async function joined(stream, text) {
  let all = "";
  let pieces = 0;
  for await (const part of stream) {
    const piece = text(part) ?? "";
    if (piece) pieces += 1;
    all += piece;
  }
  assert.ok(pieces > 3, `it came in ${pieces} pieces`);
  return all;
}

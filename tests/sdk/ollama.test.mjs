// Ollama's client through the proxy: it is given the address and nothing else.
import assert from "node:assert/strict";
import test from "node:test";
import { Ollama } from "ollama";
import { DUMMY, PROMPT, joined, stage } from "./stage.mjs";

const here = await stage();
const messages = [{ role: "user", content: PROMPT }];
const tool = {
  type: "function",
  function: { name: "read_file", description: "Reads.", parameters: { type: "object", properties: { path: { type: "string" } }, required: ["path"] } },
};

/** A client with a key of its own, as one for Ollama's cloud has. */
const client = (more = {}) => new Ollama({ host: here.base("ollama"), headers: { authorization: `Bearer ${DUMMY}` }, ...more });

test("ollama: what there is, what runs, and what a model can", async () => {
  const ollama = client();
  const { models } = await ollama.list();
  assert.ok(models.some(({ name }) => name === "fine:latest"));
  assert.ok((await ollama.ps()).models[0].size_vram > 0);
  assert.match((await ollama.version()).version, /^\d+\.\d+/);
  assert.ok((await ollama.show({ model: "thinking" })).capabilities.includes("thinking"));
  const paths = (await here.calls(4)).map(({ method, path }) => `${method} ${path}`);
  assert.deepEqual(paths, ["GET /ollama/api/tags", "GET /ollama/api/ps", "GET /ollama/api/version", "POST /ollama/api/show"]);
});

test("ollama: an answer, and the same as a stream", async () => {
  const ollama = client();
  const answer = await here.fake.answer("unicode");
  assert.equal((await ollama.chat({ model: "unicode", messages })).message.content, answer);
  assert.equal((await ollama.generate({ model: "unicode", prompt: PROMPT })).response, answer);
  const chat = await ollama.chat({ model: "unicode", messages, stream: true });
  assert.equal(await joined(chat, ({ message }) => message.content), answer);
  const generate = await ollama.generate({ model: "unicode", prompt: PROMPT, stream: true });
  assert.equal(await joined(generate, ({ response }) => response), answer);
  const [first, , third] = await here.calls(4);
  assert.deepEqual(first.body, { model: "unicode", messages, stream: false });
  assert.deepEqual(third.body, { model: "unicode", messages, stream: true });
});

test("ollama: a tool is called, and its result goes back", async () => {
  const { message } = await client().chat({ model: "tools", messages, tools: [tool] });
  assert.equal(message.tool_calls[0].function.name, "read_file");
  const back = [...messages, message, { role: "tool", tool_name: "read_file", content: "forty-two" }];
  assert.match((await client().chat({ model: "tools", messages: back, tools: [tool] })).message.content, /forty-two/);
  await here.calls(2);
});

test("ollama: errors of the upstream are the client's own", async () => {
  for (const [model, status, message] of [
    ["not-found", 404, /not-found.*not found/],
    ["rate-limited", 429, /./],
    ["too-long", 400, /./],
    ["out-of-memory", 500, /resource limitations/],
  ]) {
    for (const stream of [false, true]) {
      await assert.rejects(client().chat({ model, messages, stream }), (error) => {
        assert.deepEqual([error.name, error.status_code], ["ResponseError", status]);
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /\[object/);
        return true;
      });
      await here.calls(1);
    }
  }
});

test("ollama: an error in the middle of a stream is the client's own", async () => {
  for (const [model, message] of [
    ["error-mid", /^(?!\[object).{10,}/],
    // Here the upstream says nothing more, and the proxy says it in its place.
    ["cut", /^The connection to ollama broke in the middle of the answer\.$/],
  ]) {
    let text = "";
    const reading = async () => {
      for await (const { message } of await client().chat({ model, messages, stream: true })) text += message.content;
    };
    await assert.rejects(reading(), { message });
    assert.ok(text.split("\n").length >= 12, "what came before it is kept");
    await here.calls(1);
  }
});

test("ollama: what the proxy itself refuses is an error of the client's, too", async () => {
  for (const call of [
    (ollama) => ollama.pull({ model: "fine" }),
    (ollama) => ollama.push({ model: "fine" }),
    (ollama) => ollama.create({ model: "mine", from: "fine" }),
    (ollama) => ollama.copy({ source: "fine", destination: "mine" }),
    (ollama) => ollama.delete({ model: "fine" }),
    (ollama) => ollama.embed({ model: "fine", input: "x" }),
  ]) {
    await assert.rejects(call(client()), { name: "ResponseError", status_code: 404, message: "This path of the provider is not relayed." });
  }
  await here.calls(0);
});

test("ollama: the upstream sees a stream that was given up", async () => {
  for (const giveUp of [(ollama) => ollama.abort(), (_, stream) => stream.abort()]) {
    const ollama = client();
    const call = async () => {
      const stream = await ollama.chat({ model: "slow", messages, stream: true });
      for await (const _ of stream) giveUp(ollama, stream);
    };
    assert.equal((await here.cancelled(call, () => {})).name, "AbortError");
  }
});

test("ollama: the upstream sees an answer that nobody waits for any more", async () => {
  // This client gives up whole answers only through the fetch that it is given.
  for (const model of ["hang", "slow"]) {
    const controller = new AbortController();
    const ollama = client({ fetch: (url, init) => fetch(url, { ...init, signal: controller.signal }) });
    const outcome = await here.cancelled(() => ollama.generate({ model, prompt: PROMPT }), () => controller.abort());
    assert.equal(outcome.name, "AbortError");
  }
});

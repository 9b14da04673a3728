// OpenAI's client through the proxy: it is given the base URL and a key of no worth, and everything works as with OpenAI itself.
import assert from "node:assert/strict";
import test from "node:test";
import OpenAI from "openai";
import { DUMMY, PROMPT, joined, stage } from "./stage.mjs";

const here = await stage();
const messages = [{ role: "user", content: PROMPT }];
const tool = {
  type: "function",
  function: { name: "read_file", parameters: { type: "object", properties: { path: { type: "string" } }, required: ["path"] } },
};

/** A client of the hosted service, or of a server of one's own. What it may say of itself must not get further than the proxy. */
const client = (provider = "openai", more = {}) =>
  new OpenAI({ baseURL: `${here.base(provider)}/v1`, apiKey: DUMMY, organization: "org-of-the-client", project: "its-project", maxRetries: 0, ...more });
const create = (model, more = {}, openai = client()) => openai.chat.completions.create({ model, messages, ...more });

for (const provider of ["openai", "box"]) {
  test(`openai, ${provider}: models, an answer, and the same as a stream`, async () => {
    const openai = client(provider);
    const models = [];
    for await (const model of openai.models.list()) models.push(model.id);
    assert.ok(models.includes("fine") && models.length > 20);

    const whole = await create("quick", {}, openai);
    assert.equal(whole.choices[0].message.content, await here.fake.answer("quick"));
    assert.equal(whole.choices[0].finish_reason, "stop");

    let usage;
    const stream = await create("unicode", { stream: true, stream_options: { include_usage: true } }, openai);
    const text = await joined(stream, (chunk) => ((usage = chunk.usage ?? usage), chunk.choices[0]?.delta.content));
    assert.equal(text, await here.fake.answer("unicode"));
    assert.ok(usage.completion_tokens > 0);

    const [list, one, other] = await here.calls(3);
    const prefix = provider === "box" ? "/local" : "/openai";
    assert.equal(list.path, `${prefix}/v1/models`);
    assert.equal(one.path, `${prefix}/v1/chat/completions`);
    assert.deepEqual(one.body, { model: "quick", messages });
    assert.deepEqual(other.body, { model: "unicode", messages, stream: true, stream_options: { include_usage: true } });
  });
}

test("openai: a tool is called, and its result goes back", async () => {
  for (const stream of [false, true]) {
    const openai = client();
    const said = stream
      ? (await openai.chat.completions.stream({ model: "tools", messages, tools: [tool] }).finalChatCompletion()).choices[0]
      : (await create("tools", { tools: [tool] }, openai)).choices[0];
    assert.equal(said.finish_reason, "tool_calls");
    const [call] = said.message.tool_calls;
    assert.equal(call.function.name, "read_file");
    assert.equal(typeof JSON.parse(call.function.arguments).path, "string");
    const back = [...messages, said.message, { role: "tool", tool_call_id: call.id, content: "forty-two" }];
    const answer = await create("tools", { tools: [tool], messages: back }, openai);
    assert.match(answer.choices[0].message.content, /forty-two/);
    await here.calls(2);
  }
});

test("openai: errors of the upstream are the client's own", async () => {
  for (const [model, type, status, code] of [
    ["bad-key", OpenAI.AuthenticationError, 401, "invalid_api_key"],
    ["not-found", OpenAI.NotFoundError, 404, "model_not_found"],
    ["too-long", OpenAI.BadRequestError, 400, "context_length_exceeded"],
    ["rate-limited", OpenAI.RateLimitError, 429, "rate_limit_exceeded"],
    ["internal", OpenAI.InternalServerError, 500, null],
  ]) {
    for (const stream of [false, true]) {
      await assert.rejects(create(model, { stream }), (error) => {
        assert.ok(error instanceof type, `${model}: ${error}`);
        assert.deepEqual([error.status, error.code], [status, code]);
        assert.ok(error.message.length > 10 && !error.message.includes("[object"), error.message);
        if (status === 429) assert.equal(error.headers.get("retry-after"), "2");
        return true;
      });
      await here.calls(1);
    }
  }
});

test("openai: a wait that the upstream asks for is kept, and then it works", async () => {
  const began = performance.now();
  const answer = await create("rate-limited-once", {}, client("openai", { maxRetries: 1 }));
  assert.ok(performance.now() - began >= 1000, "it waited");
  assert.equal(answer.choices[0].finish_reason, "stop");
  await here.calls(2);
});

test("openai: an error in the middle of a stream is the client's own", async () => {
  for (const [model, message] of [
    ["error-mid", /high demand/],
    // Here the upstream says nothing more, and the proxy says it in its place.
    ["cut", /The connection to openai broke in the middle of the answer\./],
  ]) {
    let text = "";
    const reading = async () => {
      for await (const chunk of await create(model, { stream: true })) text += chunk.choices[0]?.delta.content ?? "";
    };
    await assert.rejects(reading(), (error) => error instanceof OpenAI.APIError && message.test(error.message));
    assert.ok(text.split("\n").length >= 12, "what came before it is kept");
    await here.calls(1);
  }
});

test("openai: what the proxy itself refuses is an error of the client's, too", async () => {
  await assert.rejects(client().embeddings.create({ model: "fine", input: "x" }), (error) => {
    assert.ok(error instanceof OpenAI.NotFoundError);
    assert.deepEqual([error.code, error.message], ["path_not_allowed", "404 This path of the provider is not relayed."]);
    return true;
  });
  await assert.rejects(client("nobody").models.list(), (error) => error instanceof OpenAI.NotFoundError && error.code === "provider_unknown");
  await here.calls(0);
});

test("openai: the upstream sees a call that was given up", async () => {
  for (const model of ["hang", "slow"]) {
    for (const stream of [false, true]) {
      const controller = new AbortController();
      const call = async () => {
        const answer = await client().chat.completions.create({ model, messages, stream }, { signal: controller.signal });
        for await (const _ of stream ? answer : []) controller.abort();
      };
      // A stream that flows is given up from within.
      const outcome = await here.cancelled(call, () => (stream && model === "slow") || controller.abort());
      if (!stream || model === "hang") assert.ok(outcome instanceof OpenAI.APIUserAbortError, String(outcome));
    }
  }
});

test("openai: the upstream sees a stream that nobody reads on", async () => {
  const call = async () => {
    for await (const _ of await create("slow", { stream: true })) break;
  };
  assert.equal(await here.cancelled(call, () => {}), null);
});

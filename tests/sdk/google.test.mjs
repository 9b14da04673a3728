// Google's client through the proxy: it is given the base URL and a key of no worth.
import assert from "node:assert/strict";
import test from "node:test";
import { ApiError, GoogleGenAI } from "@google/genai";
import { DUMMY, PROMPT, joined, stage } from "./stage.mjs";

const here = await stage();
const tool = {
  functionDeclarations: [{ name: "read_file", parameters: { type: "OBJECT", properties: { path: { type: "STRING" } }, required: ["path"] } }],
};

const client = (more = {}) => new GoogleGenAI({ apiKey: DUMMY, httpOptions: { baseUrl: here.base("gemini") }, ...more });
const ask = (model, config = {}) => client().models.generateContent({ model, contents: PROMPT, config });
const stream = (model, config = {}) => client().models.generateContentStream({ model, contents: PROMPT, config });

test("google: models, all pages of them, and one of them", async () => {
  const names = [];
  for await (const { name } of await client().models.list()) names.push(name);
  assert.ok(names.includes("models/fine") && names.length > 20);
  const pages = await here.calls(2);
  assert.deepEqual(pages.map(({ path }) => path), Array(2).fill("/gemini/v1/models"));
  assert.equal((await client().models.get({ model: "fine" })).inputTokenLimit, 1_048_576);
  await here.calls(1);
});

test("google: an answer, the same as a stream, and what it would cost", async () => {
  const answer = await here.fake.answer("unicode");
  const whole = await ask("unicode", { systemInstruction: "Be brief.", temperature: 0.5 });
  assert.equal(whole.text, answer);
  assert.equal(whole.candidates[0].finishReason, "STOP");
  assert.equal(await joined(await stream("unicode"), ({ text }) => text), answer);
  assert.ok((await client().models.countTokens({ model: "fine", contents: PROMPT })).totalTokens > 0);
  const [first, second, third] = await here.calls(3);
  assert.deepEqual(first.body.contents, [{ role: "user", parts: [{ text: PROMPT }] }]);
  assert.deepEqual([second.path, second.query], ["/gemini/v1/models/unicode:streamGenerateContent", "alt=sse"]);
  assert.equal(third.path, "/gemini/v1/models/fine:countTokens");
});

test("google: the version of the API that is still changing is reached as well", async () => {
  const ai = client({ apiVersion: "v1beta" });
  assert.equal((await ai.models.generateContent({ model: "quick", contents: PROMPT })).text, await here.fake.answer("quick"));
  const [call] = await here.calls(1);
  assert.equal(call.path, "/gemini/v1beta/models/quick:generateContent");
});

test("google: a tool is called, and its result goes back", async () => {
  const first = await ask("tools", { tools: [tool] });
  assert.equal(first.functionCalls[0].name, "read_file");
  const contents = [
    { role: "user", parts: [{ text: PROMPT }] },
    // With the signature that the service wants back.
    first.candidates[0].content,
    { role: "user", parts: [{ functionResponse: { name: "read_file", response: { output: "forty-two" } } }] },
  ];
  const second = await client().models.generateContent({ model: "tools", contents, config: { tools: [tool] } });
  assert.match(second.text, /forty-two/);
  await here.calls(2);
});

test("google: errors of the upstream are the client's own", async () => {
  for (const [model, status, name] of [
    ["bad-key", 400, "INVALID_ARGUMENT"],
    ["not-found", 404, "NOT_FOUND"],
    ["quota", 429, "RESOURCE_EXHAUSTED"],
    ["overloaded", 503, "UNAVAILABLE"],
  ]) {
    for (const call of [ask, stream]) {
      await assert.rejects(call(model), (error) => {
        assert.ok(error instanceof ApiError, String(error));
        assert.equal(error.status, status);
        assert.ok(error.message.includes(`"status":"${name}"`), error.message);
        return true;
      });
      await here.calls(1);
    }
  }
});

test("google: an error in the middle of a stream is the client's own", async () => {
  for (const [model, status, message] of [
    ["error-mid", 503, /UNAVAILABLE/],
    // Here the upstream says nothing more, and the proxy says it in its place.
    ["cut", 502, /The connection to gemini broke in the middle of the answer\./],
  ]) {
    let text = "";
    const reading = async () => {
      for await (const chunk of await stream(model)) text += chunk.text ?? "";
    };
    await assert.rejects(reading(), (error) => {
      assert.ok(error instanceof ApiError, String(error));
      assert.equal(error.status, status);
      assert.match(error.message, message);
      return true;
    });
    assert.ok(text.split("\n").length >= 12, "what came before it is kept");
    await here.calls(1);
  }
});

test("google: what the proxy itself refuses is an error of the client's, too", async () => {
  await assert.rejects(client().models.embedContent({ model: "fine", contents: "x" }), (error) => {
    assert.ok(error instanceof ApiError && error.status === 404, String(error));
    assert.match(error.message, /This path of the provider is not relayed\./);
    return true;
  });
  await here.calls(0);
});

test("google: the upstream sees a call that was given up", async () => {
  for (const model of ["hang", "slow"]) {
    for (const call of [ask, stream]) {
      const controller = new AbortController();
      const flows = call === stream && model === "slow";
      const reading = async () => {
        const answer = await call(model, { abortSignal: controller.signal });
        if (flows) for await (const _ of answer) controller.abort();
      };
      const outcome = await here.cancelled(reading, () => flows || controller.abort());
      assert.match(String(outcome), /abort/i);
    }
  }
});

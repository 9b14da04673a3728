// One brief over four providers: what each of them is sent, and how what they answer arrives.
import assert from "node:assert/strict";
import { keys } from "../programs.mjs";
import { test } from "./harness.mjs";
import { answered, brief, cards, copied, fence, generate, request } from "./page.mjs";

const four = ["gemini/fine", "ollama/fine:latest", "openai/fine", "box/fine"];
/** Every header that may reach an upstream, besides the one with its key. */
const allowed = new Set(["accept", "accept-encoding", "content-length", "content-type", "host", "user-agent"]);
const keyHeaders = { gemini: ["x-goog-api-key", keys.gemini], openai: ["authorization", `Bearer ${keys.openai}`] };

const byProvider = (calls) => Object.fromEntries(calls.map((call) => [call.provider, call]));
const over = (count) => (calls) => calls.length === count && calls.every((call) => call.ended);

test("wire: four providers are asked in parallel, each in its own words", async (stage) => {
  const { page } = stage;
  await brief(stage, four);
  // When each card first shows code, by the clock that the upstream has, too.
  await page.evaluate(() => {
    globalThis.seen = {};
    const look = () => {
      for (const card of document.querySelectorAll("article")) if (card.querySelector("pre")?.textContent) seen[card.querySelector(".candidate-host").textContent] ??= Date.now();
      requestAnimationFrame(look);
    };
    look();
  });
  await generate(page).click();
  const calls = await stage.fake.until(over(4), "four calls to their end");
  await answered(page);
  const seen = await page.evaluate(() => globalThis.seen);

  const started = Math.max(...calls.map((call) => call.started_ms)), ended = Math.min(...calls.map((call) => call.ended_ms));
  assert.ok(started < ended, "all are asked before any is done");
  const { gemini, ollama, openai, local } = byProvider(calls);
  for (const [host, call] of Object.entries({ Gemini: gemini, Ollama: ollama, OpenAI: openai, box: local })) assert.ok(seen[host] < call.ended_ms, `text of ${host} is on screen before its stream ends`);

  for (const call of calls) {
    const [key, value] = keyHeaders[call.provider] ?? [];
    const strange = Object.keys(call.headers).filter((name) => !allowed.has(name) && name !== key);
    assert.deepEqual(strange, [], `${call.provider} gets no other header`);
    if (key) assert.equal(call.headers[key], value);
    assert.doesNotMatch(call.headers["user-agent"] ?? "", /Mozilla|Chrome/);
    assert.equal(call.headers["content-type"], "application/json");
    const { [key]: _, ...rest } = call.headers;
    for (const secret of Object.values(keys)) assert.ok(!JSON.stringify([rest, call.path, call.query, call.body]).includes(secret), `${call.provider}: a key stays in its header`);
  }

  assert.equal(`${gemini.path}?${gemini.query}`, "/gemini/v1beta/models/fine:streamGenerateContent?alt=sse");
  assert.equal(ollama.path, "/ollama/api/chat");
  assert.equal(openai.path, "/openai/v1/chat/completions");
  assert.equal(local.path, "/local/v1/chat/completions");
  const [system, user] = openai.body.messages.map((message) => message.content);
  assert.ok(user.includes(request));
  const messages = [{ role: "system", content: system }, { role: "user", content: user }];
  assert.deepEqual(gemini.body, { systemInstruction: { parts: [{ text: system }] }, contents: [{ role: "user", parts: [{ text: user }] }] });
  assert.deepEqual(ollama.body, { model: "fine:latest", messages, stream: true });
  assert.deepEqual(openai.body, { model: "fine", messages, stream: true, stream_options: { include_usage: true } });
  assert.deepEqual(local.body, openai.body);

  const code = fence(await stage.fake.answer("fine"));
  assert.equal((await copied(page)).trimEnd(), code.trimEnd());
});

test("wire: parameters that are set go out under the name that each provider knows", async (stage) => {
  const { page } = stage;
  await brief(stage, four);
  await page.getByText("Parameters", { exact: true }).click();
  await page.getByLabel("Temperature").fill("0,2");
  await page.getByLabel("Top-p").fill("0.9");
  await page.getByLabel("Longest answer, in tokens").fill("40");
  await generate(page).click();
  const { gemini, ollama, openai, local } = byProvider(await stage.fake.until(over(4), "four calls to their end"));
  assert.deepEqual(gemini.body.generationConfig, { temperature: 0.2, topP: 0.9, maxOutputTokens: 40 });
  assert.deepEqual(ollama.body.options, { temperature: 0.2, top_p: 0.9, num_predict: 40 });
  const sampling = ({ model, messages, stream, stream_options, ...rest }) => rest;
  assert.deepEqual(sampling(openai.body), { temperature: 0.2, top_p: 0.9, max_completion_tokens: 40 });
  assert.deepEqual(sampling(local.body), { temperature: 0.2, top_p: 0.9, max_tokens: 40 });
  // The limit was low, and each card says so.
  await answered(page);
  await page.getByRole("button", { name: "Cards" }).click();
  for (const card of await cards(page).all()) assert.match(await card.textContent(), /Cut off at line \d+\. It reached its limit after 40 tokens\./);
});

test("wire: the models of one Ollama wait for each other", async (stage) => {
  const { page } = stage;
  await brief(stage, ["ollama/quick:latest", "ollama/fine:latest", "box/quick"]);
  await generate(page).click();
  await cards(page).nth(2).waitFor();
  const calls = await stage.fake.until(over(3), "three calls to their end");
  const [first, second] = calls.filter((call) => call.provider === "ollama");
  assert.ok(first.ended_ms <= second.started_ms);
});

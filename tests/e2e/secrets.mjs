// The keys never reach the browser: canaries are searched in every byte it is sent, and in all that the server writes.
import assert from "node:assert/strict";
import { keys } from "../programs.mjs";
import { test } from "./harness.mjs";
import { cards, send } from "./page.mjs";

/** What a secret could look like on its way out. */
const disguises = Object.values(keys).flatMap((key) => [key, Buffer.from(key).toString("base64").slice(0, -4), encodeURIComponent(key), key.slice(6)]);
const leak = (text) => disguises.find((secret) => text.includes(secret));

test("secrets: no key in any byte sent to the browser nor in the server's output", { expected: /Failed to load resource/ }, async (stage) => {
  const { page, server } = stage;
  const received = [], pending = [];
  page.on("response", (response) => {
    const head = response.headersArray().then((headers) => received.push([response.url(), JSON.stringify(headers)]));
    const body = response.body().then((bytes) => received.push([response.url(), bytes.toString("latin1")]));
    pending.push(head.catch(() => {}), body.catch(() => {}));
  });
  let sockets = 0;
  page.on("websocket", (socket) => {
    sockets++;
    socket.on("framereceived", ({ payload }) => received.push([socket.url(), payload.toString("latin1")]));
    socket.on("socketerror", (error) => received.push([socket.url(), error]));
  });

  // Models that succeed and that fail in every way an upstream can.
  const models = ["fine", "thinking", "bad-key", "rate-limited-once", "html-error", "error-mid", "cut", "not-found"];
  for (const provider of ["openai", "gemini"]) {
    await send(stage, models.map((model) => `${provider}/${model}`));
    await cards(page).nth(7).waitFor();
    await page.waitForFunction(() => document.title.startsWith("✓"));
    const calls = await stage.fake.calls();
    assert.ok(calls.filter((call) => leak(JSON.stringify(call.headers))).length >= 8, "positive control: the upstream did get the key");
  }
  // Plain HTTP: its refusals, its errors, and an upstream that repeats what it was sent.
  await page.evaluate(async () => {
    const post = (path, body) => fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) }).then((response) => response.text());
    const chat = (model) => ({ model, messages: [{ role: "user", content: "hi" }] });
    for (const model of ["echo-headers", "bad-key", "html-error", "nobody"]) await post("api/providers/openai/v1/chat/completions", chat(model)).catch(() => {});
    await post("api/providers/gemini/v1beta/models/echo-headers:generateContent", { contents: [{ parts: [{ text: "hi" }] }] });
    for (const path of ["api/config", "api/providers/openai/v1/files", "api/providers/gemini/v1beta/models?key=x", "api/nothing", "readyz", "healthz", "providers"]) await fetch(path).then((response) => response.text());
  });
  await Promise.all(pending);

  assert.ok(sockets >= 16 && received.length > 60, "it was looked at");
  for (const header of ["x-goog-api-key", "authorization"]) assert.ok(received.some(([, text]) => text.includes(header)), `positive control: ${header} was repeated`);
  for (const [url, text] of received) assert.equal(leak(text), undefined, `in what came from ${url}`);
  const inPage = await page.evaluate(async () => document.documentElement.outerHTML + JSON.stringify({ ...localStorage, ...sessionStorage }) + document.cookie);
  assert.equal(leak(inPage), undefined, "in the page");
  assert.equal(leak(server.output), undefined, "in the server's output");
  assert.ok(!server.output.includes("parseDuration"), "no prompt in the server's output either");
});

// Chains: what follows a failure, in which order, and what stops at once.
import assert from "node:assert/strict";
import { test } from "./harness.mjs";
import { answered, card, copied, decide, fence, over, send, story, winner } from "./page.mjs";

const DURATION = /^\d+(\.\d)? s$/;

/** The rows of a card's log: model, why, end, how long. */
async function log(page, name) {
  const drawer = card(page, name).locator("details.log");
  await drawer.locator("summary").click();
  const rows = drawer.getByRole("listitem");
  await rows.first().waitFor();
  return rows.evaluateAll((all) => all.map((row) => ["code", ".log-why", ".log-end", ".num"].map((part) => row.querySelector(part).textContent)));
}

test("chains: a primary that is busy twice, a second that is not there, and a third that answers", async (stage) => {
  const { page, fake } = stage;
  const primary = "overloaded.times_2.rate_0";
  await stage.offer("box", primary);
  await decide(stage, { models: [{ model: `box/${primary}`, retries: 1, fallbacks: ["openai/not-found", "gemini/quick"] }] });
  await send(stage, [`box/${primary}`]);
  await answered(page);
  assert.equal(await winner(page).textContent(), "quick", "the answer names the model that wrote it");
  assert.equal((await copied(page)).trimEnd(), fence(await fake.answer("quick")).trimEnd());
  assert.match(await page.locator(".timeline-name").textContent(), /^overloaded\.times_2\.rate_0→ quick$/, "and so does the timeline");

  await over(page, 1);
  const tries = await card(page, "quick").getByRole("list", { name: "Attempts" }).getByRole("listitem").allTextContents();
  assert.equal(tries.length, 4);
  for (const [index, words] of [/503 overloaded/, /503 overloaded, after a wait of 1\.\d s/, /404 model not there/, /finished/].entries()) assert.match(tries[index], words);
  const steps = await log(page, "quick");
  assert.deepEqual(steps.map(([model, , end]) => [model, end]), [
    [primary, "503 overloaded"],
    [primary, "503 overloaded"],
    ["not-found", "404 model not there"],
    ["quick", "finished"],
  ]);
  assert.equal(steps[0][1], "first try");
  assert.match(steps[1][1], /^retry after 1\.\d s$/);
  assert.deepEqual([steps[2][1], steps[3][1]], ["fallback", "fallback"]);
  for (const [, , , took] of steps) assert.match(took, DURATION);
  await card(page, "quick").locator(".candidate-head").getByText("fallback", { exact: true }).waitFor();
  assert.match(await story(page, "quick").textContent(), /^Finished\./);

  const calls = await fake.calls();
  assert.deepEqual(calls.map((call) => [call.provider, call.model, call.status]), [
    ["local", primary, 503],
    ["local", primary, 503],
    ["openai", "not-found", 404],
    ["gemini", "quick", 200],
  ]);
  assert.ok(calls[1].started_ms - calls[0].ended_ms >= 1_000, "one pause, of a second");
  for (let index = 1; index < calls.length; index++) assert.ok(calls[index].started_ms >= calls[index - 1].ended_ms, "one after the other");
});

for (const [where, chain] of Object.entries({
  "in the first place": ["openai/bad-key", "gemini/quick"],
  "in the middle": ["box/not-found", "openai/bad-key", "gemini/quick"],
})) {
  test(`chains: a refused key ${where} stops the chain and is asked for`, async (stage) => {
    const { page, fake } = stage;
    const [model, ...fallbacks] = chain;
    await decide(stage, { models: [{ model, fallbacks }] });
    await send(stage, [model]);
    await over(page, 1);
    assert.match(await story(page, "bad-key").textContent(), /^The key was refused\. OpenAI answered 401 after [\d.]+ s\. No other model was tried, because a new key is the cure\./);
    await card(page, "bad-key").getByRole("link", { name: "Enter a key" }).waitFor();
    const asked = chain.slice(0, -1).map((id) => id.split("/")[1]);
    assert.deepEqual((await fake.calls()).map((call) => call.model), asked, "the rest of the chain is not asked");
  });
}

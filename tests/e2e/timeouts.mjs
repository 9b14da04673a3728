// Silence: how long it lasts before it counts as a failure is a setting, and a model that is being loaded is not late.
import assert from "node:assert/strict";
import { test } from "./harness.mjs";
import { card, cards, decide, over, send, story } from "./page.mjs";

test("timeouts: no headers, no first token, and a stall are told apart, as configured", async (stage) => {
  const { page, fake } = stage;
  const stall = "stall.tokens_10.rate_0";
  await stage.offer("openai", stall);
  await decide(stage, {
    waits: [{ provider: "openai", first_s: 1, idle_s: 1 }],
    models: [{ model: "openai/hang", retries: 0 }, { model: `openai/${stall}`, retries: 2 }],
  });
  await send(stage, ["openai/hang", "openai/mute", `openai/${stall}`]);
  await over(page, 3);
  assert.match(await story(page, "hang").textContent(), /^Nothing came in time\. No word of an answer came\.$/);
  assert.match(await story(page, "mute").textContent(), /^Nothing came in time\. No word of an answer came\.$/);
  assert.match(await story(page, stall).textContent(), /^The stream went silent\. \d+ lines? had arrived after [\d.]+ s and (is|are) kept\./);
  await card(page, stall).getByRole("button", { name: `Continue ${stall}` }).waitFor();

  const calls = await fake.until((calls) => calls.every((call) => call.ended), "the end of every call");
  const of = (model) => calls.filter((call) => call.model === model);
  assert.deepEqual([of("hang").length, of("mute").length, of(stall).length], [1, 2, 1], "once more before the first word, never after it");
  for (const call of calls) {
    assert.equal(call.ended, "client_closed", call.model);
    const silent = call.ended_ms - (call.model === stall ? call.first_byte_ms : call.started_ms);
    // A second, less the way of the request; by the clock of the app it is exact, and core proves that.
    assert.ok(silent > 500 && silent < 5_000, `${call.model} was left after ${silent} ms`);
  }
  assert.equal(of("hang")[0].status, null);
  assert.equal(of("mute")[0].status, 200);
  const [first, second] = of("mute");
  // A second of silence and one of pause; what arrives early or late by the clock of the upstream is far less.
  assert.ok(second.started_ms - first.started_ms >= 1_500, "after a pause");
});

test("timeouts: a local model that is silent is loading, a model in the cloud is awaited, and neither has failed", async (stage) => {
  const { page, fake } = stage;
  const late = "quick.delay_4000.rate_0";
  for (const provider of ["box", "gemini"]) await stage.offer(provider, late);
  await send(stage, [`box/${late}`, `gemini/${late}`]);
  const host = (name) => cards(page).filter({ hasText: name });
  await host("box").getByText("Loading into memory.").waitFor();
  assert.match(await host("box").locator(".candidate-story").textContent(), /^Loading into memory\. box is silent while it loads a model\. It is not late until 180 s\.$/);
  assert.match(await host("Gemini").locator(".candidate-story").textContent(), /^Sent\. Waits for the first word of Gemini\. It is not late until 30 s\.$/);
  assert.equal(await host("box").getAttribute("data-state"), "loading");
  await over(page, 2);
  assert.match(await host("box").locator(".candidate-story").textContent(), /^Finished\./);
  assert.equal((await fake.calls()).length, 2, "nobody was asked twice");
  assert.match(await host("box").getByRole("img").first().getAttribute("aria-label"), /loaded for \d/, "and the bar shows it");
});

test("timeouts: the time axis and the bars grow with the run, whether or not anything comes", async (stage) => {
  const { page } = stage;
  await page.clock.install();
  await send(stage, ["box/stall"]);
  await page.locator(".code-stream .line").first().waitFor();
  await page.getByText("one time axis, 8 s").waitFor();
  await page.clock.runFor(21_000);
  await page.getByText("one time axis, 40 s").waitFor();
  // The bar says in words how long it is.
  await page.getByRole("img", { name: /wrote for 2\d s/ }).waitFor();
});

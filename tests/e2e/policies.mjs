// Policies: which calls a run makes, which it stops, and which it never makes.
import assert from "node:assert/strict";
import { test } from "./harness.mjs";
import { brief, card, decide, generate, over, story } from "./page.mjs";

/** Writes the brief, chooses how many are asked, and sends it. */
async function start(stage, models, policy) {
  await brief(stage, models);
  await stage.page.getByLabel("When the run starts").selectOption({ label: policy });
  await generate(stage.page).click();
}

/** Model → how the upstream saw its call end, in the order in which they came. */
const ends = async ({ fake }) => {
  const calls = await fake.until((calls) => calls.every((call) => call.ended), "the end of every call");
  return calls.map((call) => [call.model, call.ended]);
};

/** True if no call began before the one before it was over. */
const inTurn = (calls) => calls.every((call, index) => index === 0 || call.started_ms >= calls[index - 1].ended_ms);

test("policies: all models answer to the end", async (stage) => {
  const { page } = stage;
  await start(stage, ["gemini/quick", "openai/fine", "box/no-code", "box/quick"], "All models");
  await over(page, 4);
  const seen = await ends(stage);
  assert.deepEqual(seen.map(([model]) => model).sort(), ["fine", "no-code", "quick", "quick"]);
  assert.ok(seen.every(([, end]) => end === "complete"));
});

test("policies: the first valid answer stops the calls that run and those that wait are never made", async (stage) => {
  const { page, fake } = stage;
  // Late enough for the others to be at work.
  const late = "quick.first_2000.rate_0";
  await stage.offer("gemini", late);
  await start(stage, [`gemini/${late}`, "openai/slow", "ollama/slow:latest", "ollama/fine:latest"], "First valid answer wins");
  await fake.until((calls) => calls.length === 3 && calls.filter((call) => call.bytes_sent > 0).length >= 2, "two others that write");
  await over(page, 4);
  const seen = Object.fromEntries(await ends(stage));
  assert.deepEqual(seen, { [late]: "complete", slow: "client_closed", "slow:latest": "client_closed" });
  assert.match(await story(page, late).textContent(), /^Finished\./);
  for (const name of ["slow", "slow:latest"]) assert.match(await story(page, name).textContent(), /^Not needed any more\. Another answer was valid first\. The \d+ lines? that had arrived (is|are) kept\./);
  assert.match(await story(page, "fine:latest").textContent(), /^Not needed\. Another answer is valid, so this model was not asked\.$/);
  // What a policy spared can be had all the same.
  await card(page, "fine:latest").getByRole("button", { name: "Run anyway fine:latest" }).click();
  await fake.until((calls) => calls.some((call) => call.model === "fine:latest" && call.ended === "complete"), "the one that was spared");
});

test("policies: an answer that is not valid does not stop the others", async (stage) => {
  const { page } = stage;
  await start(stage, ["gemini/no-code", "openai/truncated", "box/fine"], "First valid answer wins");
  await over(page, 3);
  assert.deepEqual(Object.fromEntries(await ends(stage)), { "no-code": "complete", truncated: "complete", fine: "complete" });
});

test("policies: local first asks the cloud only if no local answer is valid", async (stage) => {
  const { page, fake } = stage;
  await start(stage, ["gemini/fine", "box/quick"], "Local first");
  await over(page, 2);
  assert.deepEqual(await ends(stage), [["quick", "complete"]]);
  assert.match(await story(page, "fine").textContent(), /^Not needed\./);

  await start(stage, ["gemini/fine", "box/no-code", "ollama/truncated:latest"], "Local first");
  await over(page, 3);
  const calls = await fake.calls();
  assert.deepEqual(calls.map((call) => call.model).sort(), ["fine", "no-code", "truncated:latest"]);
  const cloud = calls.find((call) => call.model === "fine");
  assert.ok(calls.every((call) => call === cloud || call.ended_ms <= cloud.started_ms), "the cloud comes last");
  assert.match(await story(page, "fine").textContent(), /^Finished\./);
});

test("policies: cheapest first goes up one by one until an answer is valid", async (stage) => {
  const { page, fake } = stage;
  const price = (model, dollars) => ({ model, price: `${dollars} / ${dollars}` });
  await decide(stage, { prices: [price("gemini/quick", 10), price("openai/no-code", 1), price("openai/fine", 100)] });
  await start(stage, ["openai/fine", "gemini/quick", "openai/no-code", "box/truncated"], "Cheapest first");
  await over(page, 4);
  const seen = await ends(stage);
  assert.deepEqual(seen, [["truncated", "complete"], ["no-code", "complete"], ["quick", "complete"]]);
  assert.ok(inTurn(await fake.calls()));
  assert.match(await story(page, "fine").textContent(), /^Not needed\. Another answer is valid, so this model was not asked\.$/);
});

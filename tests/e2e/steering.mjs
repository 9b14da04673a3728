// Steering: what can be done with one card, with the brief, and with what a run costs, and which calls that makes.
import assert from "node:assert/strict";
import { test } from "./harness.mjs";
import { answered, brief, card, cards, decide, download, generate, over, prompt, send, story, unzip, winner } from "./page.mjs";

/** The calls once there are so many and all are over. */
const ended = (stage, count) => stage.fake.until((calls) => calls.length === count && calls.every((call) => call.ended), `${count} calls to their end`);
const tags = (page, name) => card(page, name).locator(".candidate-tags").textContent();
/** The value of one of a card's figures. */
const figure = (page, name, label) => card(page, name).locator(".metrics div").filter({ hasText: label }).locator("dd").textContent();

test("steering: a card has parameters of its own, and they are sent for it alone", async (stage) => {
  const { page } = stage;
  await decide(stage, { models: [{ model: "box/quick", temperature: "0.7" }] });
  await send(stage, ["box/quick", "openai/fine"]);
  await over(page, 2);
  const [first] = (await ended(stage, 2)).filter((call) => call.model === "quick");
  assert.equal(first.body.temperature, 0.7);
  assert.ok(!("top_p" in first.body), "what is not set is not sent");

  await card(page, "quick").getByRole("button", { name: "Parameters of quick" }).click();
  const panel = page.getByRole("group", { name: "Parameters of this card" });
  const empty = (label) => panel.getByLabel(label).getAttribute("placeholder");
  assert.deepEqual([await empty("Temperature"), await empty("Top-p")], ["by its rules: 0.7", "not sent"]);
  await panel.getByLabel("Temperature").fill("5");
  await panel.getByRole("button", { name: "Run again with these" }).click();
  await panel.getByText(/2/).and(panel.locator(".field-error")).waitFor();
  assert.equal((await stage.fake.calls()).length, 2, "out of bounds is told at the field, not upstream");
  await panel.getByLabel("Temperature").fill("0.2");
  await panel.getByLabel("Longest answer, in tokens").fill("5000");
  await panel.getByRole("button", { name: "Run again with these" }).click();
  const calls = await ended(stage, 3);
  const { body, provider } = calls[2];
  assert.deepEqual([provider, body.temperature, body.max_tokens], ["local", 0.2, 5000]);
  await over(page, 2);
  assert.equal(await tags(page, "quick"), "temperature 0.2, longest 5,000");
});

test("steering: a card is cloned with another temperature, and the first one keeps its answer", async (stage) => {
  const { page } = stage;
  await send(stage, ["box/quick"]);
  await over(page, 1);
  await card(page, "quick").getByRole("button", { name: "Parameters of quick" }).click();
  const panel = page.getByRole("group", { name: "Parameters of this card" });
  await panel.getByLabel("Temperature").fill("0.9");
  await panel.getByRole("button", { name: "Run as another card" }).click();
  const calls = await ended(stage, 2);
  assert.deepEqual(calls.map((call) => [call.model, call.body.temperature]), [["quick", undefined], ["quick", 0.9]]);
  await over(page, 2);
  assert.equal(await cards(page).count(), 2);
  assert.equal(await cards(page).nth(1).locator(".candidate-tags").textContent(), "temperature 0.9");
  assert.deepEqual(await cards(page).locator(".model-name").allTextContents(), ["quick", "quick (temperature 0.9)"]);
  for (const one of await cards(page).all()) assert.match(await one.locator(".candidate-story").textContent(), /^Finished\./);
});

test("steering: another model takes the place of one card while the others go on", async (stage) => {
  const { page } = stage;
  await send(stage, ["box/stall", "box/slow", "openai/quick"]);
  await stage.fake.until((calls) => calls.length === 3 && calls.every((call) => call.bytes_sent > 0), "three streams");
  await card(page, "stall").getByRole("button", { name: "Use another model than stall" }).click();
  await card(page, "stall").getByLabel("Model for this card").selectOption("gemini/fine");
  await card(page, "stall").getByRole("button", { name: "Use it" }).click();
  await card(page, "fine").waitFor();
  const calls = await stage.fake.until((calls) => calls.length === 4 && calls.find((call) => call.model === "stall").ended && calls.find((call) => call.model === "fine").ended, "the end of both");
  assert.equal(calls.find((call) => call.model === "stall").ended, "client_closed");
  assert.deepEqual([calls[3].provider, calls[3].ended], ["gemini", "complete"]);
  assert.equal(calls.find((call) => call.model === "slow").ended, null, "the others go on");
  assert.equal(await cards(page).count(), 3);
});

test("steering: one card is asked again, and no other", async (stage) => {
  const { page } = stage;
  await send(stage, ["box/truncated", "openai/quick"]);
  await over(page, 2);
  await card(page, "truncated").getByRole("button", { name: "Retry truncated" }).click();
  const calls = await ended(stage, 3);
  assert.deepEqual(calls.map((call) => call.model).sort(), ["quick", "truncated", "truncated"]);
  await over(page, 2);
  await card(page, "truncated").getByText("Attempts (2)").waitFor();
  assert.match(await story(page, "quick").textContent(), /^Finished\./);
});

/** What stands in the one block of a document; its fence may be longer than another one's within. */
const block = (document) => /^(`{3,})\w*\n([\s\S]*?)^\1$/m.exec(document)[2];

/** Fixture → how its model goes on; as many as a run has cards. */
const joins = [
  {
    "template-literal": "obey",
    "rust-string": "plain",
    "html-tag": "fence",
    "python-comment": "restart",
    unicode: "plain",
    "closing-fence": "obey",
    "css-value": "fence",
    "html-attribute": "restart",
  },
  {
    "after-newline": "plain",
    "fence-line": "obey",
    "equal-rows": "plain",
    indentation: "obey",
    "json-table": "fence",
    markdown: "plain",
    minified: "fence",
    "prose-before": "restart",
  },
];

for (const [turn, styles] of joins.entries()) {
  test(`steering: eight truncated answers go on, and each becomes its document without a line too many or too few (${turn + 1})`, async (stage) => {
    const { page, fake } = stage;
    const names = Object.entries(styles).map(([doc, style]) => `continues.doc_${doc}.style_${style}.rate_0`);
    await stage.offer("box", ...names);
    await send(stage, names.map((name) => `box/${name}`));
    await over(page, 8);
    // While somebody works at the board, no answer comes to the front.
    await page.getByRole("button", { name: "Parameters of continues" }).first().click();
    for (const name of names) {
      assert.match(await story(page, name).textContent(), /^Cut off at line \d+\./, name);
      await card(page, name).getByRole("button", { name: `Continue ${name}` }).click();
    }
    const calls = await ended(stage, 16);
    for (const call of calls.slice(8)) {
      const roles = call.body.messages.map((message) => message.role);
      assert.deepEqual(roles, ["system", "user", "assistant", "user"], "its own words go back to it");
    }
    await over(page, 8);
    for (const name of names) {
      assert.equal(await tags(page, name), "continued", name);
      assert.match(await story(page, name).textContent(), /^Finished\. .*The rest (repeats|begins)/, name);
    }
    await page.getByRole("button", { name: "Answers", exact: true }).click();
    await answered(page);
    const { bytes } = await download(page, page.getByRole("button", { name: "Download all 8 as zip" }));
    const files = Object.entries(unzip(bytes));
    for (const name of names) {
      const [, code] = files.find(([path]) => path.includes(`-${name}/`));
      const document = await fake.answer(name.replace("continues.", "continues.cut_1000000."));
      assert.deepEqual({ name, code: code.trimEnd() }, { name, code: block(document).trimEnd() });
    }
  });
}

test("steering: an edited brief is sent to those that failed alone, and the others keep their answers", async (stage) => {
  const { page } = stage;
  const flaky = "not-found.times_1.rate_0";
  await stage.offer("openai", flaky);
  await decide(stage, { models: [{ model: `openai/${flaky}`, fallbacks: [] }] });
  await send(stage, ["box/quick", `openai/${flaky}`]);
  await over(page, 2);
  const kept = card(page, "quick").getByRole("region", { name: /^Code of/ });
  const code = await kept.textContent();
  const keywords = await kept.locator(".k").allTextContents();
  assert.ok(keywords.length > 0);
  await page.getByRole("button", { name: "Edit" }).click();
  await prompt(page).fill("Write parseDuration(text) and a test of it.");
  await page.getByLabel("Language").selectOption("python");
  await page.getByRole("button", { name: "Rerun only the 1 failed" }).click();
  const calls = await ended(stage, 3);
  assert.equal(calls[2].model, flaky);
  assert.ok(JSON.stringify(calls[2].body).includes("and a test of it"), "with the new words");
  assert.ok(!JSON.stringify(calls[0].body).includes("and a test of it"));
  await over(page, 2);
  assert.equal(await tags(page, "quick"), "earlier brief");
  assert.equal(await kept.textContent(), code, "it keeps its answer");
  assert.deepEqual(await kept.locator(".k").allTextContents(), keywords, "and the colours of its language");
  assert.match(await story(page, flaky).textContent(), /^Finished\./);
  assert.equal(await card(page, flaky).locator(".candidate-tags").count(), 0);
});

test("steering: an identical request is answered from memory where that is allowed, with its age, and never for a part", async (stage) => {
  const { page } = stage;
  await decide(stage, { repeats: true, models: [{ model: "openai/not-found", fallbacks: [] }] });
  await send(stage, ["box/quick", "gemini/truncated", "openai/not-found"]);
  await over(page, 3);
  await ended(stage, 3);
  await page.getByRole("button", { name: "Run again" }).click();
  const calls = await ended(stage, 5);
  assert.deepEqual(calls.slice(3).map((call) => call.model).sort(), ["not-found", "truncated"], "what was not whole is asked again");
  await over(page, 3);
  assert.match(await story(page, "quick").textContent(), /^From memory\. The same request was answered [\d.]+ s ago: \d+ lines of code\. Nothing was sent\.$/);
  assert.match(await tags(page, "quick"), /^from memory, \d+ s ago$/);
  // Whoever wants another answer gets one.
  await card(page, "quick").getByRole("button", { name: "Ask again quick" }).click();
  const more = await ended(stage, 6);
  assert.equal(more[5].model, "quick");
  await over(page, 3);
  assert.match(await story(page, "quick").textContent(), /^Finished\./);
});

test("steering: without permission an identical request is a call", async (stage) => {
  const { page } = stage;
  await send(stage, ["box/quick"]);
  await over(page, 1);
  await page.getByRole("button", { name: "Run again" }).click();
  await ended(stage, 2);
});

test("steering: a run that would cost more than its cap is not sent", async (stage) => {
  const { page } = stage;
  await decide(stage, { cap: 100_000_000, prices: [{ model: "gemini/quick", price: "100 / 100" }] });
  await brief(stage, ["gemini/quick"]);
  await generate(page).click();
  await page.locator("#cap-warning").getByText(/^That is more than the cap of \$0\.10? for a run\. Choose fewer models, or raise the cap\./).waitFor();
  assert.equal((await stage.fake.calls()).length, 0);
  assert.equal(await cards(page).count(), 0);
});

test("steering: a run that comes to cost more than its cap is stopped, and what is free goes on", async (stage) => {
  const { page } = stage;
  // About 1,500 tokens are a usual answer; this one has ten times as many.
  const dear = "long.rate_4000";
  await stage.offer("gemini", dear);
  await decide(stage, { cap: 300_000_000, prices: [{ model: `gemini/${dear}`, price: "100 / 100" }] });
  await send(stage, [`gemini/${dear}`, "box/fine"]);
  await over(page, 2);
  assert.match(await story(page, dear).textContent(), /^Stopped at the cap of this run\. [\d,]+ lines had arrived and are kept\.$/);
  const calls = await ended(stage, 2);
  assert.deepEqual(Object.fromEntries(calls.map((call) => [call.model, call.ended])), { [dear]: "client_closed", fine: "complete" });
  const cost = Number((await figure(page, dear, "Cost")).replace("$", ""));
  assert.ok(cost >= 0.3 && cost < 1, `it cost ${cost}`);
});

test("steering: each card says what it cost: a sum, nothing, or a dash", async (stage) => {
  const { page } = stage;
  await decide(stage, { prices: [{ model: "openai/quick", price: "1000 / 2000" }] });
  await brief(stage, ["openai/quick", "gemini/fine", "box/no-code"]);
  await page.locator(".brief-promise").getByText(/About \$[\d.]+.*one price unknown\./).waitFor();
  await generate(page).click();
  await over(page, 3);
  const [sent, written] = (await figure(page, "quick", "Tokens")).split(" / ").map((text) => Number(text.replaceAll(",", "")));
  assert.ok(sent > 0 && written > 0);
  const cost = Number((await figure(page, "quick", "Cost")).replace("$", ""));
  assert.ok(Math.abs(cost - (sent * 1_000 + written * 2_000) / 1e6) < 0.01, `${sent} and ${written} tokens cost ${cost}`);
  assert.equal(await figure(page, "fine", "Cost"), "–");
  assert.equal(await figure(page, "no-code", "Cost"), "none");
});

test("steering: the timeline of a run is a picture that stands for itself", async (stage) => {
  const { page } = stage;
  await decide(stage, { models: [{ model: "openai/not-found", fallbacks: ["gemini/fine"] }] });
  await send(stage, ["box/quick", "openai/not-found", "ollama/truncated:latest"]);
  await answered(page);
  assert.equal(await winner(page).count(), 1);
  const { name, bytes } = await download(page, page.getByRole("button", { name: "Save the timeline as SVG" }));
  assert.match(name, /\.svg$/);
  const text = bytes.toString("utf8");
  const picture = await page.evaluate((text) => {
    const parsed = new DOMParser().parseFromString(text, "image/svg+xml");
    const foreign = [...parsed.querySelectorAll("script, image, foreignObject, use, style")].length;
    return { root: parsed.documentElement.nodeName, broken: parsed.querySelector("parsererror") !== null, foreign, words: parsed.documentElement.textContent, rows: parsed.querySelectorAll("rect").length };
  }, text);
  assert.deepEqual([picture.root, picture.broken, picture.foreign], ["svg", false, 0]);
  for (const model of ["quick", "not-found", "fine", "truncated:latest"]) assert.ok(picture.words.includes(model), `${model} is in ${picture.words}`);
  assert.ok(picture.rows > 3);
  assert.doesNotMatch(text, /https?:\/\/(?!www\.w3\.org)/, "it fetches nothing");
});

// What goes wrong upstream is told at the card it happened to, and nowhere else.
import assert from "node:assert/strict";
import { test } from "./harness.mjs";
import { answered, card, cards, copied, fence, send, story } from "./page.mjs";

const over = (page) => page.waitForFunction(() => [...document.querySelectorAll("article")].every((card) => card.getAttribute("aria-busy") !== "true"));
const toCards = (page) => page.getByRole("button", { name: "Cards" }).click();

test("failures: a 404, a cut, a 429 and a fine one each tell their own story", async (stage) => {
  const { page } = stage;
  await send(stage, ["openai/not-found", "box/cut", "gemini/rate-limited", "ollama/fine:latest"]);
  await answered(page);
  assert.equal(await page.locator("#why-h").textContent(), "fine:latest");
  assert.equal((await copied(page)).trimEnd(), fence(await stage.fake.answer("fine")).trimEnd(), "the fine one is delivered whole");

  await toCards(page);
  assert.match(await story(page, "not-found").textContent(), /^This model is not there\. OpenAI answered 404 after [\d.]+ s\. Choose another/);
  assert.match(await story(page, "cut").textContent(), /^The connection broke\. \d+ lines had arrived after [\d.]+ s and are kept\. Continue goes on from line \d+\.$/);
  assert.match(await story(page, "rate-limited").textContent(), /^Too many requests\. Gemini answered 429 after [\d.]+ s\. Wait a moment/);
  assert.match(await story(page, "fine:latest").textContent(), /^Finished\. \d+ lines of code, ended by itself\.$/);
  assert.match(await card(page, "not-found").textContent(), /does not exist/, "the provider's own words are there");
  // Every try is on the card, with its cause and the wait that the provider asked for.
  const tries = await card(page, "rate-limited").getByRole("list", { name: "Attempts" }).getByRole("listitem").allTextContents();
  assert.equal(tries.length, 3);
  assert.match(tries[1], /429 too many requests, after a wait of 2\.\d s/);
  // What arrived before the cut can be used.
  assert.ok((await card(page, "cut").getByRole("region", { name: /^Code of/ }).textContent()).length > 40);
  await card(page, "cut").getByRole("button", { name: "Use now" }).waitFor();

  const calls = await stage.fake.calls();
  const count = (provider) => calls.filter((call) => call.provider === provider).length;
  assert.deepEqual([count("openai"), count("local"), count("gemini"), count("ollama")], [1, 1, 3, 1]);
  assert.ok(calls.every((call) => call.ended !== "client_closed"), "nobody was stopped");

  await card(page, "not-found").getByRole("button", { name: "Retry not-found" }).click();
  await stage.fake.until((calls) => calls.length === 7 && calls.at(-1).provider === "openai", "one more call, to the model that was retried");
});

test("failures: when all four fail, one summary names the causes and one button asks all again", async (stage) => {
  const { page } = stage;
  await send(stage, ["openai/not-found", "box/bad-key", "gemini/quota", "ollama/too-long:latest"]);
  const alert = page.getByRole("alert");
  await alert.waitFor();
  const sentence = (await alert.textContent()).trim();
  assert.match(sentence, /^All 4 models failed: /);
  for (const cause of ["model not there", "key refused", "quota used up", "request too long"]) assert.ok(sentence.includes(cause), `${cause}: ${sentence}`);
  assert.match(sentence, /Your brief is kept\./);
  assert.equal(await page.getByRole("button", { name: /^Retry all/ }).count(), 1);
  assert.equal(await cards(page).count(), 4);
  assert.equal((await stage.fake.calls()).length, 4);
  await alert.getByRole("button", { name: "Retry all 4" }).click();
  const calls = await stage.fake.until((calls) => calls.length === 8 && calls.every((call) => call.ended), "all four again");
  assert.deepEqual(calls.slice(4).map((call) => call.provider).sort(), calls.slice(0, 4).map((call) => call.provider).sort());
  await alert.waitFor();
  await page.getByRole("button", { name: "Edit" }).click();
  assert.match(await page.getByRole("textbox", { name: "What should it do?" }).inputValue(), /parseDuration/);
});

/** Model → the start of what its card says in the end. */
const endings = {
  truncated: /^Cut off at line \d+\. It reached its limit after \d+ tokens\. What arrived is kept\./,
  "cut-in-utf8": /^The connection broke\. \d+ lines had arrived/,
  "ends-early": /^The connection broke\. \d+ lines had arrived/,
  "error-mid": /^The provider is overloaded\. \d+ lines had arrived/,
  blocked: /^The answer was withheld\. A filter of /,
  "no-code": /^No code in this answer\. The model answered in words only\./,
  "html-error": /gateway failed/,
  "too-long": /^The request is too long for this model\./,
};

for (const provider of ["gemini", "openai", "box"]) {
  test(`failures: every ending has its sentence (${provider})`, async (stage) => {
    const { page } = stage;
    await send(stage, Object.keys(endings).map((model) => `${provider}/${model}`));
    await cards(page).nth(7).waitFor();
    await over(page);
    if (await page.getByRole("button", { name: "Cards" }).isVisible()) await toCards(page);
    for (const [model, sentence] of Object.entries(endings)) assert.match(await story(page, model).textContent(), sentence, model);
  });
}

test("failures: a provider without a list is told as such, and the others can be used", { expected: /Failed to load resource.*(401|400)/ }, async (stage) => {
  const { page } = stage;
  await page.route("**/api/providers/openai/v1/models", (route) => route.fulfill({ status: 401, json: { error: { message: "Incorrect API key provided.", code: "invalid_api_key" } } }));
  await stage.open("/?models=box/fine");
  const list = page.getByRole("group", { name: "Available models" });
  await list.getByText("The key was refused.").waitFor();
  await list.locator("label").filter({ hasText: "fine" }).first().waitFor();
  await page.getByRole("contentinfo").getByText("OpenAI refuses the key").waitFor();
});

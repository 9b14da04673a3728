// What cannot be sent is said at its field; the first one has the focus, nothing goes out, and nothing typed is lost.
import assert from "node:assert/strict";
import { test } from "./harness.mjs";
import { cards, generate, link, prompt, request } from "./page.mjs";

const nine = ["fine", "quick", "slow", "thinking", "long", "wide", "unicode", "html-page", "no-code"].map((name) => `box/${name}`);
const parameters = { temperature: "Temperature", topP: "Top-p", maxTokens: "Longest answer, in tokens" };

/** The fields by the names in the table below. */
const fields = {
  prompt,
  language: (page) => page.getByLabel("Language"),
  models: (page) => page.getByRole("searchbox", { name: "Search models" }),
  ...Object.fromEntries(Object.entries(parameters).map(([key, label]) => [key, (page) => page.getByLabel(label)])),
};

const table = [
  { name: "an empty prompt", text: "", says: { prompt: "Say what the code should do. A name, inputs and outputs are enough." } },
  { name: "a prompt of white space", text: " \n\t ", says: { prompt: "Say what the code should do. A name, inputs and outputs are enough." } },
  { name: "a prompt of 32,001 characters", text: "é".repeat(32_001), says: { prompt: "1 characters too many. At most 32,000 fit." } },
  { name: "no model", models: [], says: { models: "Choose at least one model." } },
  { name: "nine models by link", models: nine, says: { models: "9 models are chosen, 8 can run at once. Remove 1." } },
  { name: "a temperature above 2", set: { temperature: "2.1" }, says: { temperature: "Between 0 and 2. Leave it empty to let the model decide." } },
  { name: "a temperature that is no number", set: { temperature: "hot" }, says: { temperature: "Between 0 and 2. Leave it empty to let the model decide." } },
  { name: "a top-p of 0", set: { topP: "0" }, says: { topP: "Above 0, up to 1. Leave it empty to let the model decide." } },
  { name: "half a token", set: { maxTokens: "1.5" }, says: { maxTokens: "A whole number from 1 to 1,000,000. Leave it empty to let the model decide." } },
  { name: "an unknown language in the link", more: "&lang=klingon", says: { language: "“klingon” is not one of the languages. Choose one from the list." } },
  {
    name: "several things at once",
    text: "",
    models: [],
    more: "&lang=klingon",
    set: { temperature: "-1", maxTokens: "0" },
    says: {
      prompt: "Say what the code should do. A name, inputs and outputs are enough.",
      language: "“klingon” is not one of the languages. Choose one from the list.",
      temperature: "Between 0 and 2. Leave it empty to let the model decide.",
      maxTokens: "A whole number from 1 to 1,000,000. Leave it empty to let the model decide.",
      models: "Choose at least one model.",
    },
  },
];

for (const { name, text = request, models = ["box/fine"], more = "", set = {}, says } of table) {
  test(`bad input: ${name}`, async (stage) => {
    const { page } = stage;
    const chosen = page.getByRole("list", { name: "Chosen models" }).getByRole("listitem");
    await stage.open(link(models.length ? models : ["box/fine"], more));
    await chosen.nth(Math.max(models.length, 1) - 1).waitFor();
    if (models.length === 0) await chosen.getByRole("button", { name: "Remove box/fine" }).click();
    await prompt(page).fill(text);
    if (Object.keys(set).length) await page.getByText("Parameters", { exact: true }).click();
    for (const [field, value] of Object.entries(set)) await fields[field](page).fill(value);
    await stage.fake.clear();

    await generate(page).click();
    const [first] = Object.keys(says);
    await page.waitForFunction((field) => document.activeElement === field, await fields[first](page).elementHandle());
    for (const [field, sentence] of Object.entries(says)) {
      const control = fields[field](page);
      assert.equal(await control.getAttribute("aria-invalid"), "true", field);
      const told = await control.evaluate((control) => control.getAttribute("aria-describedby").split(" ").map((id) => document.getElementById(id)?.textContent ?? "").join(" "));
      assert.ok(told.includes(sentence), `${field}: ${told}`);
      assert.ok(await page.getByText(sentence).first().isVisible(), field);
    }
    for (const field of Object.keys(fields).filter((field) => !says[field])) assert.notEqual(await fields[field](page).getAttribute("aria-invalid"), "true", `${field} is not blamed`);

    assert.equal(await cards(page).count(), 0);
    assert.deepEqual(await stage.fake.calls(), []);
    assert.equal(await prompt(page).inputValue(), text);
    assert.deepEqual(new Set(await chosen.allTextContents()), new Set(models));
    for (const [field, value] of Object.entries(set)) assert.equal(await fields[field](page).inputValue(), value);
  });
}

test("bad input: what is mended is no longer blamed, and then it can be sent", async (stage) => {
  const page = await stage.open(link(["box/quick"]));
  await generate(page).click();
  const sentence = page.getByText("Say what the code should do.");
  await sentence.waitFor();
  await prompt(page).fill(request);
  await sentence.waitFor({ state: "detached" });
  await generate(page).click();
  await stage.fake.until((calls) => calls.length === 1, "the call");
});

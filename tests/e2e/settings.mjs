// Settings: what is decided holds for the next run, over a reload, and in other tabs; and what the catalogue says about names that
// mean another model by now, or none.
import assert from "node:assert/strict";
import { test } from "./harness.mjs";
import { answered, brief, card, generate, link, send, story, winner } from "./page.mjs";

const KEY = "cc.settings";
const row = (page, name) => page.getByRole("row").filter({ has: page.getByRole("rowheader", { name: new RegExp(`^${name}( |$)`) }) });
const chosen = (page) => page.getByRole("list", { name: "Chosen models" }).getByRole("listitem");
const chain = (page) => page.getByRole("list", { name: "Asked in this order" }).getByRole("listitem");
const kept = (page) => page.evaluate((key) => JSON.parse(localStorage.getItem(key) ?? "{}"), KEY);

/** Opens a section, and waits for what it says about providers. */
async function section(stage, slug, page = stage.page) {
  await stage.open(`/settings/${slug}`, page);
  await page.getByRole("contentinfo").getByText(/box \d+ models/).waitFor();
}

/** Opens the rules of a model. */
async function edit(page, model) {
  await page.getByLabel("Search models").fill(model);
  await page.getByRole("button", { name: `Edit ${model}`, exact: true }).click();
}

/** Puts a model at the end of the chain in the open form. */
async function add(page, model) {
  await page.getByLabel("Model to add to the chain").selectOption(model);
  await page.getByRole("button", { name: "Add", exact: true }).click();
}

/** Fills a field and leaves it. */
async function decide(page, label, text) {
  const field = page.getByLabel(label, { exact: true });
  await field.fill(text);
  await field.press("Tab");
}

/** Lets the local provider list these models and no others, from the next time it is asked. */
async function lists(stage, ...models) {
  await stage.context.unroute("**/api/providers/ollama/api/tags*");
  await stage.context.route("**/api/providers/ollama/api/tags*", (route) => route.fulfill({ json: { models: models.map((model) => ({ name: model, model, size: Number(/:(\d+)b/.exec(model)?.[1] ?? 4) * 6e8 })) } }));
}

/** Goes to a section without leaving the app. */
async function visit(page, name) {
  await page.getByRole("navigation", { name: "Workplaces" }).getByRole("link", { name: "Providers" }).click();
  await page.getByRole("navigation", { name: "Settings" }).getByRole("link", { name, exact: true }).click();
  await page.getByRole("heading", { name, level: 1 }).waitFor();
}

/** Goes back to the brief, or to the run. */
const back = (page) => page.getByRole("navigation", { name: "Workplaces" }).getByRole("link", { name: "Generate" }).click();

/** Changes what the server tells of its providers, from the next time it is asked. */
const tells = (page, change) =>
  page.route("**/api/config", async (route) => {
    const response = await route.fetch();
    const config = await response.json();
    await route.fulfill({ response, json: { ...config, providers: config.providers.flatMap(change) } });
  });

test("settings: own retries and an own chain over two providers change the calls, also after a reload", async (stage) => {
  const { page } = stage;
  await section(stage, "fallbacks");
  await edit(page, "box/overloaded");
  await page.getByLabel("Retries").fill("0");
  while (await chain(page).count()) await chain(page).first().getByRole("button", { name: /^Take out/ }).click();
  await page.getByText("Nobody. Its failure is the end of its card.").waitFor();
  await add(page, "box/quick");
  await add(page, "openai/not-found");
  assert.deepEqual(await chain(page).allTextContents(), ["box/quick", "openai/not-found"]);
  await page.getByRole("button", { name: "Earlier: openai/not-found" }).click();
  await page.waitForFunction(() => document.activeElement?.getAttribute("aria-label") === "Earlier: openai/not-found");
  await page.getByRole("button", { name: "Save" }).click();
  await page.waitForFunction(() => document.activeElement?.getAttribute("aria-label") === "Edit box/overloaded");
  await page.reload();
  await row(page, "box/overloaded").getByText("own rules").waitFor();
  assert.match(await row(page, "box/overloaded").textContent(), /→ openai\/not-found → quick/);

  await send(stage, ["box/overloaded"]);
  await answered(page);
  assert.equal(await winner(page).textContent(), "quick");
  const calls = await stage.fake.calls();
  assert.deepEqual(calls.map((call) => call.provider), ["local", "openai", "local"], "one try of each, in the order of the chain");
});

test("settings: a model's own time-out and parameters are those of its call, and what is shipped comes back", async (stage) => {
  const { page } = stage;
  await section(stage, "fallbacks");
  await edit(page, "box/mute");
  await page.getByLabel("First word within, in seconds").fill("0");
  await page.getByLabel("Temperature").fill("9");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("A whole number from 1 to 3,600.").waitFor();
  await page.getByText("Between 0 and 2.").waitFor();
  await page.waitForFunction(() => document.activeElement?.id === "rule-first");
  assert.deepEqual(await kept(page), {}, "nothing is kept of a form with problems");
  await page.getByLabel("First word within, in seconds").fill("1");
  await page.getByLabel("Retries").fill("0");
  await page.getByLabel("Temperature").fill("0,3");
  while (await chain(page).count()) await chain(page).first().getByRole("button", { name: /^Take out/ }).click();
  await page.getByRole("button", { name: "Save" }).click();
  await row(page, "box/mute").getByText("1 s", { exact: true }).waitFor();

  await send(stage, ["box/mute", "box/quick"]);
  await answered(page);
  await page.getByRole("button", { name: "Cards" }).click();
  assert.match(await story(page, "mute").textContent(), /^Nothing came in time\./);
  const calls = await stage.fake.calls();
  const sent = (model) => calls.find((call) => call.body.model === model).body;
  assert.equal(sent("mute").temperature, 0.3);
  assert.ok(!("temperature" in sent("quick")), "a model without rules is sent nothing");

  await section(stage, "fallbacks");
  await edit(page, "box/mute");
  await page.getByRole("button", { name: "Back to what is shipped" }).click();
  await row(page, "box/mute").getByText("own rules").waitFor({ state: "detached" });
  assert.deepEqual(await kept(page), {});
});

test("settings: lanes are as wide as somebody made them, and another tab hears of it", async (stage) => {
  const { page, context } = stage;
  const other = await context.newPage();
  await section(stage, "defaults", other);
  await section(stage, "defaults");
  await decide(page, "Calls at once of Ollama", "17");
  await page.getByText("A whole number from 1 to 16.").waitFor();
  assert.deepEqual(await kept(page), {});
  await decide(page, "Calls at once of Ollama", "2");
  await decide(page, "Calls at once of box", "1");
  await other.waitForFunction(() => document.getElementById("lane-ollama").value === "2" && document.getElementById("lane-box").value === "1");
  await send(stage, ["ollama/stall:latest", "ollama/hang:latest", "box/stall", "box/hang"], { page: other });
  const calls = await stage.fake.until((calls) => calls.length === 3, "three calls");
  assert.deepEqual(calls.map((call) => call.provider).sort(), ["local", "ollama", "ollama"]);
  await other.getByText(/ in (its|the) lane\.$/).first().waitFor();
});

test("settings: a run stops at its cap and keeps what has arrived", async (stage) => {
  const { page } = stage;
  // Paced, so that not all of it is on its way before the page has counted.
  const dear = "long.rate_4000";
  await stage.offer("openai", dear);
  await section(stage, "prices");
  await decide(page, "Most that a run may cost, in dollars", "much");
  await page.getByText("An amount is written as 0.50. Leave it empty for no cap.").waitFor();
  await decide(page, "Most that a run may cost, in dollars", "10,5");
  await page.getByLabel("Search models").fill(`openai/${dear}`);
  await decide(page, `Your price of openai/${dear}`, "1/4000");
  assert.deepEqual(await kept(page), { cap: 10_500_000_000, prices: [{ model: `openai/${dear}`, price: "1.00 / 4000.00" }] });
  await send(stage, [`openai/${dear}`]);
  const [call] = await stage.fake.until((calls) => calls.length === 1 && calls[0].ended, "the end of the call");
  assert.equal(call.ended, "client_closed", "nobody pays for what nobody wants");
  await page.getByRole("button", { name: "Cards" }).click();
  await card(page, dear).getByText(/^Stopped at the cap of this run\./).waitFor();
  assert.match(await story(page, dear).textContent(), /lines had arrived and are kept\.$/);
});

test("settings: an identical request is answered from memory once that is allowed, and forgotten on demand", async (stage) => {
  const { page } = stage;
  await section(stage, "defaults");
  await page.getByText("No answer is remembered.").waitFor();
  await page.getByRole("switch", { name: "Answer an identical request from memory" }).check();
  await send(stage, ["box/quick"]);
  await answered(page);
  const again = async () => {
    await page.getByRole("button", { name: "Edit" }).click();
    await generate(page).click();
    await answered(page);
  };
  await again();
  assert.equal((await stage.fake.calls()).length, 1);
  await visit(page, "Defaults");
  await page.getByRole("button", { name: "Forget 1 answer" }).click();
  await page.getByText("No answer is remembered.").waitFor();
  await back(page);
  await again();
  assert.equal((await stage.fake.calls()).length, 2);
});

test("settings: no answer is remembered before that is allowed, nor after it has ended", async (stage) => {
  const { page } = stage;
  const repeats = page.getByRole("switch", { name: "Answer an identical request from memory" });
  const none = async (when) => {
    await page.getByText("No answer is remembered.").waitFor();
    assert.equal(await page.getByRole("button", { name: /^Forget \d/ }).count(), 0, when);
  };
  await send(stage, ["box/quick"]);
  await answered(page);
  await visit(page, "Defaults");
  await repeats.check();
  await none("what came before");
  await back(page);
  await page.getByRole("button", { name: "Edit" }).click();
  await generate(page).click();
  await answered(page);
  assert.equal((await stage.fake.calls()).length, 2);
  await visit(page, "Defaults");
  await page.getByRole("button", { name: "Forget 1 answer" }).waitFor();
  await repeats.uncheck();
  await repeats.check();
  await none("what was kept until the end");
});

test("settings: samples have no rules and no prices, and retries say where they end", async (stage) => {
  const { page } = stage;
  for (const slug of ["prices", "fallbacks"]) {
    await section(stage, slug);
    await page.getByLabel("Search models").fill("sample/");
    await page.getByText("No model has “sample/” in its name.").waitFor();
  }
  await edit(page, "box/stall");
  await page.getByText("After silence or a broken stream once at most.").waitFor();
});

test("settings: an own chain holds while the list of its provider is on the way", async (stage) => {
  const { page } = stage;
  await page.addInitScript((key) => localStorage.setItem(key, '{"models":[{"model":"box/overloaded","retries":0,"fallbacks":["openai/quick"]}]}'), KEY);
  await brief(stage, ["box/overloaded"]);
  // Its list never comes.
  await page.route("**/api/providers/openai/v1/models*", () => {});
  await page.getByRole("navigation", { name: "Workplaces" }).getByRole("link", { name: "Providers" }).click();
  await page.getByRole("button", { name: "Check all" }).click();
  await card(page, "OpenAI").getByText("Being asked for its models.").waitFor();
  await card(page, "OpenAI").getByRole("button", { name: "Models of OpenAI" }).waitFor();
  await back(page);
  await generate(page).click();
  await answered(page);
  assert.equal(await winner(page).textContent(), "quick");
  assert.deepEqual((await stage.fake.calls()).map((call) => call.provider), ["local", "openai"]);
});

test("settings: the search key rests when single keys are no shortcuts", async (stage) => {
  const { page } = stage;
  await stage.open("/settings/appearance");
  await page.getByRole("switch", { name: "Single keys are shortcuts" }).uncheck();
  await page.getByRole("radio", { name: "Dark" }).check();
  await stage.open("/");
  assert.equal(await page.locator("html").getAttribute("data-theme"), "dark");
  await page.getByRole("heading", { name: "Models" }).click();
  await page.keyboard.press("/");
  assert.notEqual(await page.evaluate(() => document.activeElement.id), "model-search");
});

test("settings: what cannot be read is shipped, and a browser that keeps nothing says so", async (stage) => {
  const { page } = stage;
  await page.addInitScript((key) => {
    localStorage.setItem(key, '{"policy":"first-valid","lanes":7,"models":[{"model":"box/quick","retries":"many"}]}');
    Storage.prototype.setItem = () => {
      throw new DOMException("full", "QuotaExceededError");
    };
  }, KEY);
  await section(stage, "defaults");
  assert.ok(await page.getByRole("radio", { name: /^First valid answer wins/ }).isChecked(), "what can be read holds");
  await page.getByRole("radio", { name: /^Local first/ }).check();
  await page.getByText("This browser does not keep settings.").waitFor();
  await page.getByRole("link", { name: "About" }).click();
  await page.getByRole("button", { name: "Forget all settings" }).click();
  await page.getByText("Everything is as shipped.").waitFor();
});

test("settings: an address below them that leads nowhere says so", async (stage) => {
  await stage.open("/settings/storage");
  await stage.page.getByRole("heading", { name: "There is nothing at this address" }).waitFor();
});

test("catalogue: the owner's first list is chosen under today's names, with a word on each that changed", async (stage) => {
  const { page } = stage;
  await lists(stage, "codellama:13b", "codellama:7b", "llama3.3:latest", "granite-code:8b", "deepseek-coder:6.7b");
  await stage.offer("gemini", "gemini-pro-latest");
  await stage.open("/?models=gemini-pro,codellama,llama3.3,granite-code,deepseek-coder");
  await chosen(page).nth(4).waitFor();
  assert.deepEqual(await chosen(page).allTextContents(), ["gemini/gemini-pro-latest", "ollama/codellama:13b", "ollama/llama3.3:latest", "ollama/granite-code:8b", "ollama/deepseek-coder:6.7b"]);
  await page.getByText("gemini-pro was shut down by Google. gemini-pro-latest answers in its place.").waitFor();
  await page.getByText("codellama is not installed without a tag. codellama:13b answers in its place.").waitFor();
  assert.equal(await page.getByText(/^llama3\.3 is not/).count(), 0);
});

test("catalogue: a chosen model that has gone is told, and replaced by choice", async (stage) => {
  const { page } = stage;
  await lists(stage, "qwen3:8b", "qwen3:14b", "codellama:7b");
  await stage.open(link(["ollama/qwen3:8b", "ollama/codellama:7b"]));
  await chosen(page).nth(1).waitFor();
  await lists(stage, "qwen3:14b", "phi4:latest");
  const places = page.getByRole("navigation", { name: "Workplaces" });
  await places.getByRole("link", { name: "Providers" }).click();
  await page.getByRole("button", { name: "Check all" }).click();
  await page.getByText(/^2 models, \d+ ms$/).waitFor();
  await places.getByRole("link", { name: "Generate" }).click();
  assert.deepEqual(await chosen(page).allTextContents(), ["ollama/qwen3:8b", "ollama/codellama:7b"], "nothing goes away by itself");
  await page.getByText("qwen3:8b is not there any more.").waitFor();
  await page.getByRole("button", { name: "Use qwen3:14b instead of qwen3:8b" }).click();
  await page.getByRole("button", { name: "Remove codellama:7b, which is gone" }).click();
  assert.deepEqual(await chosen(page).allTextContents(), ["ollama/qwen3:14b"]);
  await page.getByText("is not there any more.").first().waitFor({ state: "detached" });
});

test("catalogue: a relative that was chosen by hand meanwhile is not chosen twice", async (stage) => {
  const { page } = stage;
  await lists(stage, "qwen3:8b", "qwen3:14b");
  await stage.open(link(["ollama/qwen3:8b"]));
  await chosen(page).nth(0).waitFor();
  await lists(stage, "qwen3:14b");
  await page.getByRole("navigation", { name: "Workplaces" }).getByRole("link", { name: "Providers" }).click();
  await page.getByRole("button", { name: "Check all" }).click();
  await page.getByText(/^1 model, \d+ ms$/).waitFor();
  await back(page);
  await page.getByRole("button", { name: "Use qwen3:14b instead of qwen3:8b" }).waitFor();
  await page.getByRole("checkbox", { name: /qwen3:14b/ }).check();
  await page.getByRole("button", { name: "Use qwen3:14b instead of qwen3:8b" }).click();
  assert.deepEqual(await chosen(page).allTextContents(), ["ollama/qwen3:14b"]);
});

test("catalogue: what was chosen of a provider that the server has no more is told", async (stage) => {
  const { page } = stage;
  await brief(stage, ["ollama/fine:latest", "box/quick"]);
  await tells(page, (provider) => (provider.id === "ollama" ? [] : [provider]));
  await page.getByRole("navigation", { name: "Workplaces" }).getByRole("link", { name: "Providers" }).click();
  await page.getByRole("button", { name: "Check all" }).click();
  await page.getByText("4 of 4 ready").waitFor();
  await back(page);
  await page.getByText("ollama/fine:latest is not chosen any more: its provider is gone.").waitFor();
  assert.deepEqual(await chosen(page).allTextContents(), ["box/quick"]);
});

test("providers: a copied command shows a sign, and a clipboard that refuses is told for a moment", async (stage) => {
  const { page } = stage;
  await tells(page, (provider) => [provider.id === "gemini" ? { ...provider, ready: false, reason: "It has no key." } : provider]);
  await stage.open("/providers");
  // A list that arrives draws the cards anew, and a fresh button knows nothing of an earlier press.
  await page.getByText("4 of 5 ready").waitFor();
  const copy = card(page, "Gemini").getByRole("button", { name: /^Copy GEMINI_API_KEY/ });
  const sign = (symbol) => copy.locator(`use[href="#${symbol}"]`).waitFor({ state: "attached" });
  await sign("i-copy");
  await copy.click();
  await sign("i-check");
  await sign("i-copy");
  await page.evaluate(() => {
    navigator.clipboard.writeText = () => Promise.reject(new Error("no"));
    document.execCommand = () => false;
  });
  await copy.click();
  const toast = page.locator(".toast:not(.sr-only)");
  await toast.waitFor();
  assert.match(await toast.textContent(), /^The browser refused the clipboard\./);
  await toast.waitFor({ state: "detached" });
  await sign("i-copy");
});

test("providers: the models of one, what more it tells about a model, and what was decided for it", async (stage) => {
  const { page } = stage;
  await page.route("**/api/providers/ollama/api/tags*", async (route) => {
    const response = await route.fetch();
    const list = await response.json();
    list.models.push({ model: "cloud:latest", remote_model: "cloud", remote_host: "https://example.com" }, { model: "tiny-context:latest", size: 4e9 });
    await route.fulfill({ response, json: list });
  });
  await page.addInitScript((key) => localStorage.setItem(key, '{"models":[{"model":"ollama/fine:latest","temperature":"0.2","retries":0}]}'), KEY);
  await stage.open("/providers");
  await page.getByText("5 of 5 ready").waitFor();
  await page.getByRole("button", { name: "Models of Ollama" }).click();
  await page.waitForFunction(() => document.activeElement?.id === "models-h");
  const fine = row(page, "fine:latest");
  await fine.getByText("temperature 0.2, 0 retries").waitFor();
  await fine.getByText("none").waitFor();
  await fine.getByRole("button", { name: "Details of fine:latest" }).click();
  await fine.getByText("as served").waitFor();
  await row(page, "tiny-context:latest").getByRole("button", { name: "Details of tiny-context:latest" }).click();
  await row(page, "tiny-context:latest").getByText("small", { exact: true }).waitFor();
  const cloud = row(page, "cloud:latest");
  await cloud.getByText("runs elsewhere").waitFor();
  assert.equal(await cloud.getByText("none").count(), 0, "what runs elsewhere is not free");
  await page.getByRole("button", { name: "Test Ollama" }).click();
  await page.getByRole("status").getByText(/^Ollama: \d+ models, \d+ ms\.$/).waitFor();
});

test("providers: every section is one press away, and its name is in the title", async (stage) => {
  const { page } = stage;
  await stage.open("/providers");
  for (const name of ["Defaults", "Fallbacks", "Prices and caps", "Appearance", "About", "Providers"]) {
    await page.getByRole("navigation", { name: "Settings" }).getByRole("link", { name }).click();
    await page.getByRole("heading", { name, level: 1 }).waitFor();
    await page.waitForFunction((name) => document.title === `${name} – CodeCraft`, name);
  }
  await page.getByRole("navigation", { name: "Workplaces" }).getByRole("link", { name: "Generate" }).click();
  await page.waitForFunction(() => document.title === "CodeCraft");
});

// The table of failures as the reader meets it: for each class, what the card says and offers, with every provider that words it
// differently. The whole table is played against core in tests/api/table.rs; here the last metre is proven.
import assert from "node:assert/strict";
import { test } from "./harness.mjs";
import { card, cards, decide, over, send, story } from "./page.mjs";

/** Run → provider → model → what its card says, and what the provider itself says below. */
const runs = {
  "a cloud that names its errors": {
    provider: "gemini",
    cells: {
      "bad-key": [/^The key was refused\. Gemini answered 400 after [\d.]+ s\. No other model was tried/, "API key not valid. Please pass a valid API key."],
      "not-found-old": [/^This model is not there\. Gemini answered 404 after/, "is not found for API version v1beta"],
      "rate-limited-fraction": [/^Too many requests\. Gemini answered 429 after/, "Please retry in 12.250s."],
      quota: [/^The quota is used up\. Gemini answered 429 after .* Waiting a moment will not help/, "You exceeded your current quota"],
      "overloaded-demand": [/^The provider is overloaded\. Gemini answered 503 after/, "experiencing high demand"],
      deadline: [/^Nothing came in time\. Gemini answered 504 after/, "Deadline expired before operation could complete."],
      "safety-with-text": [/^The answer was withheld\. \d+ lines? had arrived after [\d.]+ s and (is|are) kept\./],
      "stale-signature": [/^The provider does not take the earlier turns back\. Gemini answered 400 after/, "missing a thought_signature"],
    },
  },
  "a cloud that many copy": {
    provider: "openai",
    cells: {
      authentication: [/^The key was refused\. OpenAI answered 401 after/, "Authentication Fails, Your api key is invalid"],
      "credit-gone": [/^The quota is used up\. OpenAI answered 429 after/, "Your credit balance is exhausted."],
      "slow-down": [/^The provider is overloaded\. OpenAI answered 503 after/, "Slow down"],
      refusal: [/^The answer was withheld\. A filter of OpenAI stepped in \(I cannot help with that\.\)\. Another wording may pass\./],
      "unsupported-temperature": [/^The provider refused the request\. OpenAI answered 400 after/, "Only the default (1) value is supported."],
      internal: [/^The provider failed inside\. OpenAI answered 500 after/, "The server had an error while processing your request."],
      "error-mid": [/^The provider is overloaded\. \d+ lines had arrived/],
      region: [/^The provider refused the request\. OpenAI answered 403 after/, "Country, region, or territory not supported"],
    },
  },
  "a server of one's own": {
    provider: "box",
    cells: {
      "no-models-loaded-400": [/^This model is not there\. box answered 400 after/, "No models loaded."],
      "vllm-too-long": [/^The request is too long for this model\. box answered 400 after .* Shorten the prompt/, "You passed 40001 input tokens"],
      "lm-studio-too-long": [/^The stream ended without a word\. Often the prompt is too long for the model\./],
      "truncated-silent": [/^Cut off before the answer began\. .*Raise the limit, or let it think less\.$/],
      "error-swallowed": [/^The connection broke\. \d+ lines? had arrived/],
      "html-under-200": [/^The answer could not be read\./, "Sign in to the network"],
      "html-error": [/^The provider's gateway failed\. box answered 502 after/],
      "lone-surrogates": [/^Finished\. \d+ lines of code/],
    },
  },
  "Ollama and its cloud": {
    provider: "ollama",
    cells: {
      "bad-key": [/^The key was refused\. Ollama answered 401 after/, "sign in at https://ollama.com/connect"],
      plan: [/^The quota is used up\. Ollama answered 403 after/, "this model requires a subscription"],
      "not-found-pull": [/^This model is not there\. Ollama answered 404 after .* or install it\./, "try pulling it first"],
      "out-of-memory": [/^The model does not fit into memory\. Ollama answered 500 after .* Choose a smaller model/, "model runner has unexpectedly stopped"],
      "too-long-prompt": [/^The request is too long for this model\. Ollama answered 400 after/, "the prompt is longer than the context length"],
      "runner-died": [/^The connection broke\. \d+ lines? had arrived/, "unexpected EOF"],
      "cloud-unreachable": [/^The provider's gateway failed\. Ollama answered 502 after/, "upstream is not reachable"],
      garbled: [/^The answer could not be read\./],
    },
  },
};

for (const [what, { provider, cells }] of Object.entries(runs)) {
  test(`table: every failure of ${what} has its sentence and the provider's words`, async (stage) => {
    const { page } = stage;
    const names = Object.keys(cells);
    const models = names.map((model) => `${model}.rate_0`);
    await stage.offer(provider, ...models);
    // One call each, all at once: what is asked again, and after which pause, is known from tests/api.
    await decide(stage, {
      lanes: [{ provider, calls: 8 }],
      models: models.map((model) => ({ model: `${provider}/${model}`, retries: 0, fallbacks: [] })),
    });
    await send(stage, models.map((model) => `${provider}/${model}`));
    await over(page, names.length);
    for (const [name, [sentence, said]] of Object.entries(cells)) {
      const model = `${name}.rate_0`;
      assert.match(await story(page, model).textContent(), sentence, name);
      const below = card(page, model).locator(".candidate-said");
      if (said) assert.ok((await below.textContent()).includes(said), `${name}: ${await below.textContent()}`);
      else if (await below.count()) assert.match(await below.textContent(), /\w/, name);
    }
    // A request that one word spoiled is sent once more without it, and no other one is.
    const calls = await stage.fake.calls();
    const reworded = { gemini: ["stale-signature.rate_0"], openai: ["unsupported-temperature.rate_0"] }[provider] ?? [];
    assert.deepEqual(calls.map((call) => call.model).sort(), [...models, ...reworded].sort());
  });
}

test("table: a key that is refused is asked for, and what can be mended is offered", async (stage) => {
  const { page } = stage;
  await decide(stage, { models: [{ model: "gemini/bad-key", retries: 0 }, { model: "openai/cut", retries: 0 }] });
  await send(stage, ["gemini/bad-key", "openai/cut", "box/truncated"]);
  await over(page, 3);
  const offers = async (name) => (await card(page, name).locator(".candidate-next").locator("a, button").allTextContents()).map((text) => text.trim());
  assert.deepEqual(await offers("bad-key"), ["Enter a key", "Retry", "Use another model", "Parameters"]);
  assert.deepEqual((await offers("cut")).slice(0, 2), ["Continue", "Retry"]);
  assert.deepEqual((await offers("truncated")).slice(0, 2), ["Continue", "Retry"]);
  assert.equal(await cards(page).count(), 3);
  await card(page, "bad-key").getByRole("link", { name: "Enter a key" }).click();
  await page.getByRole("heading", { name: "Providers", level: 1 }).waitFor();
  // The list of models may be public: what the run learned of the key stands there all the same, with what to do.
  const gemini = card(page, "Gemini");
  await gemini.getByText(/^The key was refused\. It said: API key not valid\./).waitFor();
  assert.equal(await gemini.locator(".command code").textContent(), "GEMINI_API_KEY=… make run");
  assert.equal(await gemini.getAttribute("data-health"), "down");
  await gemini.getByRole("button", { name: "Models of Gemini" }).waitFor();
  await gemini.getByRole("button", { name: "Test Gemini" }).click();
  await gemini.getByText("Ready.", { exact: true }).waitFor();
  assert.equal(await gemini.locator(".command").count(), 0);
});

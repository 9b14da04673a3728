// Accessibility: axe on every state, reflow at 320 px, and live regions that tell milestones only.
import assert from "node:assert/strict";
import { audit } from "./audit.mjs";
import { test } from "./harness.mjs";
import { answered, brief, cards, generate, live, send } from "./page.mjs";

/** Each state, and the way there. What moves in it goes on for as long as the audit takes. */
const states = {
  async idle({ stage, page }) {
    await brief(stage, ["box/fine", "sample/quick"]);
    await page.getByText("Parameters", { exact: true }).click();
  },
  async "idle with problems"({ stage, page }) {
    await brief(stage, ["box/fine"], { text: "", more: "&lang=klingon" });
    await page.getByText("Parameters", { exact: true }).click();
    await page.getByLabel("Temperature").fill("9");
    await generate(page).click();
    await page.getByText("Between 0 and 2.").waitFor();
  },
  async streaming({ stage, page }) {
    await stage.offer("openai", "thinking@rate=2", "rate-limited@retry=19");
    await send(stage, ["box/stall", "box/hang", "gemini/stall", "openai/thinking@rate=2", "openai/rate-limited@retry=19", "ollama/stall:latest", "ollama/fine:latest", "openai/not-found"]);
    await live(page).nth(2).waitFor();
    await page.getByText(/in the lane\./).waitFor();
    await page.getByText("Thinking.").waitFor();
  },
  async failed({ stage, page }) {
    await send(stage, ["openai/not-found", "box/bad-key", "gemini/quota", "ollama/too-long:latest"]);
    await page.getByRole("alert").waitFor();
  },
  async finished({ stage, page }) {
    await send(stage, ["box/thinking", "openai/fine", "gemini/truncated", "box/cut", "box/no-code"]);
    await answered(page);
  },
  async "finished, the cards"({ stage, page }) {
    await send(stage, ["box/thinking", "openai/fine", "gemini/truncated", "box/cut", "box/no-code"]);
    await answered(page);
    await page.getByRole("button", { name: "Cards" }).click();
    await cards(page).nth(4).waitFor();
  },
  async "finished, two compared"({ stage, page }) {
    await send(stage, ["box/quick", "openai/fine"]);
    await answered(page);
    await page.getByLabel("Compare with").selectOption({ index: 1 });
    await page.locator(".cm-content").nth(1).waitFor();
  },
  async providers({ stage, page }) {
    await stage.open("/providers");
    await page.getByText("5 of 5 ready").waitFor();
  },
  async "providers, the doctor"({ stage, page }) {
    await brief(stage, ["ollama/fine:latest"], { text: "word ".repeat(4000) });
    await page.getByRole("link", { name: "Providers" }).click();
    await page.getByRole("button", { name: "Check", exact: true }).click();
    await page.getByText("1 of 4 needs you").waitFor();
    await page.getByRole("radio", { name: "Straight from this browser" }).check();
    await page.getByLabel("Address").fill(`${stage.fake.url}/ollama`);
    await page.getByRole("button", { name: "Check", exact: true }).click();
    await page.getByRole("button", { name: "Use it" }).waitFor();
  },
  async "settings, defaults"({ stage, page }) {
    await stage.open("/settings/defaults");
    await page.getByLabel("Calls at once of Ollama").fill("0");
    await page.keyboard.press("Tab");
    await page.getByText("A whole number from 1 to 16.").waitFor();
  },
  async "settings, rules of a model"({ stage, page }) {
    await stage.open("/settings/fallbacks");
    await page.getByLabel("Search models").fill("box/fine");
    await page.getByRole("button", { name: "Edit box/fine" }).click();
    await page.getByLabel("Temperature").fill("9");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Between 0 and 2.").waitFor();
  },
  async "settings, prices"({ stage, page }) {
    await stage.open("/settings/prices");
    await page.getByLabel("Search models").fill("openai/f");
    await page.getByLabel("Your price of openai/fine").fill("free");
    await page.keyboard.press("Tab");
    await page.getByText("Two amounts").waitFor();
  },
  async "settings, appearance"({ stage }) {
    await stage.open("/settings/appearance");
  },
  async "settings, about"({ stage }) {
    await stage.open("/settings/about");
  },
  async "a run that waits for a limit"({ stage, page }) {
    await page.routeWebSocket("**/api/stream", (socket) =>
      socket.onMessage(() => socket.send(JSON.stringify({ type: "error", error: { source: "proxy", code: "rate_limited", message: "Full.", retry_after_ms: 59_000 } }))),
    );
    await send(stage, ["openai/fine", "box/fine"]);
    await page.locator(".notice").getByText("The run goes on by itself").waitFor();
  },
  async "a vanished model"({ stage, page }) {
    await brief(stage, ["ollama/fine:latest"]);
    await page.route("**/api/providers/ollama/api/tags*", (route) => route.fulfill({ json: { models: [{ name: "quick:latest", model: "quick:latest" }] } }));
    await page.getByRole("link", { name: "Providers" }).click();
    await page.getByRole("button", { name: "Check all" }).click();
    await page.getByText(/^1 model, /).waitFor();
    await page.getByRole("link", { name: "Generate" }).click();
    await page.getByText("fine:latest is not there any more.").waitFor();
  },
};

for (const [name, go] of Object.entries(states)) {
  for (const colorScheme of ["light", "dark"]) {
    test(`axe: ${name}, ${colorScheme}, at 1280 and 320 px`, { colorScheme }, async (stage) => {
      const { page } = stage;
      await go({ stage, page });
      const found = await audit(page);
      assert.equal(found.length, 0, `\n${found.join("\n")}`);
    });
  }
}

test("axe: streaming text is in no live region", async (stage) => {
  const { page } = stage;
  await send(stage, ["box/stall", "openai/stall"]);
  await live(page).nth(1).waitFor();
  const inside = await page.evaluate(() => {
    const speaks = (element) => element.matches("[role=status], [role=alert], [role=log], [aria-live]") && element.getAttribute("aria-live") !== "off";
    const up = (element) => (element ? speaks(element) || up(element.parentElement) : false);
    return [...document.querySelectorAll("article")].filter((card) => up(card.querySelector("pre")) || card.querySelector("[role=status], [role=alert], [role=log]")).length;
  });
  assert.equal(inside, 0);
  for (const card of await cards(page).all()) assert.equal(await card.getAttribute("aria-busy"), "true");
});

test("axe: a stream of 1,000 pieces is announced by milestones, in a dozen words each", async (stage) => {
  const { page } = stage;
  await stage.offer("box", "fine@lines=250;rate=600");
  let pieces = 0;
  page.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => (pieces += String(payload).split("data: {").length - 1)));
  await brief(stage, ["box/fine@lines=250;rate=600"]);
  await page.evaluate(() => {
    globalThis.said = [];
    const regions = "[role=status], [role=alert], [role=log], [aria-live]:not([aria-live=off])";
    const region = (node) => (node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement)?.closest(regions);
    new MutationObserver((changes) => {
      for (const { target } of changes) {
        const text = region(target)?.textContent.trim();
        if (text && text !== said.at(-1)) said.push(text);
      }
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
  await generate(page).click();
  await answered(page);
  assert.ok(pieces >= 1000, `only ${pieces} pieces came`);
  const said = await page.evaluate(() => globalThis.said);
  assert.ok(said.length >= 2 && said.length <= 3, `start, the model's end, the run's end: ${JSON.stringify(said)}`);
  for (const sentence of said) assert.ok(sentence.split(/\s+/).length <= 12, sentence);
  assert.match(said[0], /^Generating with 1 model\.$/);
  assert.match(said.at(-1), /^Done\./);
});

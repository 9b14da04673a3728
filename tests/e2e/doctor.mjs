// The doctor of the local provider: it names the one thing that is wrong, in each way in which a browser can fail to say so; and
// where nothing is wrong, answers come straight from the reader's own machine.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { launch } from "../../app/editor/test/browser.mjs";
import { test } from "./harness.mjs";
import { answered, brief, cards, generate, live } from "./page.mjs";

/** An origin that is not of this machine. Its answers come from our server, so that no certificate is needed. */
const SITE = "https://app.example";
/** What Chromium writes to the console about calls that fail. */
const failing = { expected: /Failed to load resource|has been blocked by CORS policy|Content Security Policy|Mixed Content|violates the document/ };

const panel = (page) => page.getByRole("region", { name: "Ollama doctor" });
const lines = (page) => panel(page).getByRole("listitem");
const command = (page) => panel(page).locator(".command code");

/** Opens the Providers page. */
async function providers(stage, base = stage.base) {
  await stage.page.goto(`${base}/providers`);
  await panel(stage.page).waitFor();
}

/** Lets the doctor look straight from the browser. */
async function straight(page, address) {
  await panel(page).getByRole("radio", { name: "Straight from this browser" }).check();
  await page.getByLabel("Address").fill(address);
  await panel(page).getByRole("button", { name: /^Check/ }).click();
}

/** Lets it look through the server. */
async function through(page) {
  await panel(page).getByRole("radio", { name: "Through the server" }).check();
  await panel(page).getByRole("button", { name: /^Check/ }).click();
}

/** What it found: exactly one line wants something, and it has these words. */
async function finds(page, words) {
  await panel(page).getByText(/^1 of \d needs you$/).waitFor();
  const found = await panel(page).locator('[data-verdict="bad"], [data-verdict="warn"]').allTextContents();
  assert.equal(found.length, 1, found.join());
  assert.match(found[0], words);
}

/** What the browser answers when a page of `origin` wants to reach the own machine. */
async function permit({ context, page }, origin, setting) {
  const tab = await context.newCDPSession(page);
  const { targetInfo } = await tab.send("Target.getTargetInfo");
  const browser = await context.browser().newBrowserCDPSession();
  const { browserContextId } = targetInfo;
  await browser.send("Browser.setPermission", { browserContextId, origin, permission: { name: "loopback-network" }, setting });
}

/** Serves the app from a public https origin, whose permission is `setting`. */
async function publish(stage, setting) {
  const { base, context } = stage;
  await context.route(`${SITE}/**`, async (route) => {
    const { pathname, search } = new URL(route.request().url());
    const answer = async () => route.fulfill({ response: await route.fetch({ url: base + pathname + search }) });
    // A page that has gone meanwhile wants no answer.
    await answer().catch(() => {});
  });
  await permit(stage, SITE, setting);
}

/** A port where nobody listens. */
async function dead() {
  const server = createServer();
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return `http://127.0.0.1:${port}`;
}

/** Calls of any kind that reached the provider. */
const reached = async (fake) => (await (await fetch(`${fake.url}/__log`)).json()).filter((call) => call.provider === "ollama");

test("doctor: nothing is asked before somebody presses the button", async (stage) => {
  const { page, fake } = stage;
  await publish(stage, "prompt");
  await page.goto(`${SITE}/providers`);
  await page.evaluate((address) => localStorage.setItem("cc.here", address), `${fake.url}/ollama`);
  await page.reload();
  await page.getByText("The browser has not let this page reach your machine. Check it with the doctor.").waitFor();
  const calls = await reached(fake);
  assert.deepEqual(calls.filter((call) => call.headers.origin === SITE), []);
});

test("doctor: all is well, and what works is used", async (stage) => {
  const { page, fake } = stage;
  await providers(stage);
  await straight(page, `${fake.url}/ollama`);
  await panel(page).getByText("All is well").waitFor();
  assert.equal(await lines(page).filter({ hasText: "Lets this page in" }).getAttribute("data-verdict"), "ok");
  await panel(page).getByRole("button", { name: "Use it" }).click();
  await page.getByRole("heading", { name: "Ollama here" }).waitFor();
  await panel(page).getByRole("button", { name: "Stop using it" }).click();
  await page.getByRole("heading", { name: "Ollama here" }).waitFor({ state: "detached" });
});

test("doctor: no listener", failing, async (stage) => {
  await providers(stage);
  await straight(stage.page, await dead());
  await finds(stage.page, /^Nothing answers at 127\.0\.0\.1:\d+\.$/);
  assert.match(await command(stage.page).textContent(), /^ollama serve$/);
});

test("doctor: no listener behind the server", { bare: true, expected: failing.expected }, async (stage) => {
  await providers(stage);
  await through(stage.page);
  await finds(stage.page, /^Nothing answers where the server looks for Ollama\.$/);
});

test("doctor: 403 without CORS headers", failing, async (stage) => {
  const { page, fake } = stage;
  await publish(stage, "granted");
  await providers(stage, SITE);
  await straight(page, `${fake.url}/ollama`);
  await finds(page, /It does not let this page read its answers/);
  assert.equal(await command(page).textContent(), `OLLAMA_ORIGINS="${SITE}" ollama serve`);
});

test("doctor: an https page and a plain http address", failing, async (stage) => {
  await publish(stage, "granted");
  await providers(stage, SITE);
  await straight(stage.page, "http://192.168.77.1:11434");
  await finds(stage.page, /keeps an https page from a plain http address/);
});

// The agent's word is all that tells such a browser from others; that it blocks the call is played by a port where nobody listens.
const safari = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15";
test("doctor: an https page and http localhost, in a browser that keeps them apart", { ...failing, userAgent: safari }, async (stage) => {
  await publish(stage, "granted");
  await providers(stage, SITE);
  await straight(stage.page, (await dead()).replace("127.0.0.1", "localhost"));
  await finds(stage.page, /keeps https pages from plain http, even on your own machine/);
});

test("doctor: local network access, for a page that the browser takes for a public one", failing, async ({ base, fake }) => {
  const browser = await launch([`--ip-address-space-overrides=${new URL(base).host}=public`]);
  try {
    const context = await browser.newContext();
    const stage = { base, context, page: await context.newPage() };
    await permit(stage, base, "denied");
    await providers(stage);
    await straight(stage.page, `${fake.url}/ollama`);
    await finds(stage.page, /does not let this page reach your machine/);
    await permit(stage, base, "granted");
    await panel(stage.page).getByRole("button", { name: "Check again" }).click();
    await panel(stage.page).getByText("All is well").waitFor();
    assert.match(await lines(stage.page).filter({ hasText: "Browser may reach this machine" }).textContent(), /granted$/);
  } finally {
    await browser.close();
  }
});

for (const [setting, words] of [["denied", /does not let this page reach your machine/], ["prompt", /has not let this page reach your machine yet/]]) {
  test(`doctor: local network access, ${setting}`, failing, async (stage) => {
    const { page, fake } = stage;
    await publish(stage, setting);
    await providers(stage, SITE);
    await straight(page, `${fake.url}/ollama`);
    await finds(page, words);
  });
}

/** Chooses a model, writes a text, and goes to the Providers page without loading it anew. */
async function choose(stage, text) {
  await brief(stage, ["ollama/fine:latest"], { text });
  await stage.page.getByRole("link", { name: "Providers" }).click();
  await panel(stage.page).waitFor();
}

test("doctor: a missing model", async (stage) => {
  const { page, context } = stage;
  await choose(stage, "x");
  await context.route("**/api/providers/ollama/api/tags", (route) => route.fulfill({ json: { models: [{ model: "other:7b" }] } }));
  await through(page);
  await finds(page, /^fine:latest is not installed\./);
  assert.equal(await command(page).textContent(), "ollama pull fine:latest");
});

test("doctor: a tiny context", async (stage) => {
  const { page } = stage;
  await choose(stage, "word ".repeat(4000));
  await through(page);
  await finds(page, /Context is 4,096 tokens\. Your brief needs about \d,\d{3}, so its start is cut without a word\./);
  assert.match(await command(page).textContent(), /^OLLAMA_CONTEXT_LENGTH=16384 ollama serve$/);
});

test("doctor: an address that is none is refused at its field", async (stage) => {
  const { page } = stage;
  await providers(stage);
  await straight(page, "http://localhost:x");
  await panel(page).getByText("The port is a number from 1 to 65535.").waitFor();
  assert.equal(await page.getByLabel("Address").getAttribute("aria-invalid"), "true");
});

test("doctor: without a server the straight way is offered first", failing, async (stage) => {
  const { page, context, fake } = stage;
  await context.route(`${stage.base}/api/**`, (route) => route.fulfill({ status: 404, body: "not here" }));
  await providers(stage);
  await page.getByLabel("Address").fill(`${fake.url}/ollama`);
  await panel(page).getByRole("button", { name: "Check" }).click();
  await panel(page).getByRole("button", { name: "Use it" }).click();
  await page.getByRole("article").filter({ hasText: "Ollama here" }).getByText("Ready.").waitFor();
  await through(page);
  await finds(page, /No CodeCraft server answers at this address/);
});

test("doctor: an answer comes straight from the own machine, and Cancel closes the call", async (stage) => {
  const { page, fake } = stage;
  await providers(stage);
  await straight(page, `${fake.url}/ollama`);
  await panel(page).getByRole("button", { name: "Use it" }).click();
  await page.getByRole("article").filter({ hasText: "Ollama here" }).getByText("Ready.").waitFor();

  // It is remembered, and its models can be linked to.
  await brief(stage, ["here/fine:latest"]);
  await generate(page).click();
  await answered(page);
  const [call] = await fake.calls();
  assert.equal(call.headers.origin, stage.base, "the browser itself has called");

  await brief(stage, ["here/slow:latest"]);
  await generate(page).click();
  await live(page).first().waitFor();
  const [slow] = await fake.until((calls) => calls.length === 1 && calls[0].bytes_sent > 0, "the stream");
  await cards(page).first().getByRole("button", { name: /^Cancel/ }).click();
  assert.equal((await fake.ended(slow.id)).ended, "client_closed");
});

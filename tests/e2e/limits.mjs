// What the server lets somebody begin: shown before it is used up, waited for when it is, and told of in one place.
import assert from "node:assert/strict";
import { test } from "./harness.mjs";
import { answered, brief, card, cards, generate, over, send, story } from "./page.mjs";

const left = (page) => page.locator(".brief-left");
const countdown = (page) => page.locator(".notice").getByText(/ in \d:\d\d\.$/);
const edit = (page) => page.getByRole("button", { name: "Edit" }).click();

/** Collects what is spoken politely from now on. */
const listen = (page) =>
  page.evaluate(() => {
    globalThis.said = [];
    new MutationObserver(() => {
      const text = document.querySelector(".toast").textContent.trim();
      if (text && text !== said.at(-1)) said.push(text);
    }).observe(document.querySelector(".toast"), { subtree: true, childList: true, characterData: true });
  });

/** Lets the server refuse the first `count` sockets of the page in these words, and take the others. */
const refuse = (page, count, error) =>
  page.routeWebSocket("**/api/stream", (socket) => {
    if (count-- > 0) socket.onMessage(() => socket.send(JSON.stringify({ type: "error", error: { source: "proxy", message: "No.", ...error } })));
    else socket.connectToServer();
  });

test("limits: what is left of the minute stands beside the button, and a run beyond it waits", async (stage) => {
  const { page } = stage;
  await stage.serve({ CODECRAFT_RATE_LIMIT: "2" });
  await brief(stage, ["openai/quick", "box/quick"]);
  assert.equal(await left(page).isVisible(), false, "nothing is said before something is used");
  await generate(page).click();
  await answered(page);
  await edit(page);
  await left(page).getByText("1 of 2 left this minute.").waitFor();
  // A repeat is no call, a retry is the same generation, samples are nobody's.
  await page.getByRole("button", { name: "Back to the run" }).click();
  await page.getByRole("button", { name: "Run again" }).click();
  await answered(page);
  await edit(page);
  await left(page).getByText("None of 2 left this minute. A run waits for the next one.").waitFor();

  await stage.fake.clear();
  await listen(page);
  await generate(page).click();
  await page.locator(".notice").getByText("The run goes on by itself").waitFor();
  assert.match(await page.locator(".notice").textContent(), /^All 2 generations of this minute are used up\. Nothing was sent yet\. The run goes on by itself in (1:00|0:\d\d)\.$/);
  assert.equal(await page.locator(".notice").count(), 1, "one countdown, not one per card");
  assert.equal(await page.locator(".clock").textContent(), "0:00.0", "a run that was not sent takes no time");
  for (const name of ["openai/quick", "box/quick"]) assert.equal(await story(page, name).textContent(), "Waits for the limit. Nothing was sent yet. It goes on by itself.");
  const before = await countdown(page).textContent();
  await page.waitForFunction((before) => document.querySelector(".notice").textContent.trim() !== before, await page.locator(".notice").textContent().then((text) => text.trim()));
  assert.notEqual(await countdown(page).textContent(), before, "it counts down");
  const said = await page.evaluate(() => globalThis.said);
  assert.equal(said.filter((text) => text.includes("used up")).length, 1, JSON.stringify(said));

  // It is left by keyboard like any run.
  await page.getByRole("button", { name: "Cancel all" }).focus();
  await page.keyboard.press("Enter");
  await over(page, 2);
  assert.equal(await page.locator(".notice-band[data-tone=warn]").count(), 0);
  for (const name of ["openai/quick", "box/quick"]) assert.match(await story(page, name).textContent(), /^You cancelled this one before it began\./);
  assert.equal((await stage.fake.calls()).length, 0, "nothing was sent");
});

test("limits: a run that was refused goes on by itself when its time has come", async (stage) => {
  const { page } = stage;
  await refuse(page, 2, { code: "rate_limited", retry_after_ms: 1500 });
  await send(stage, ["openai/quick", "box/quick"]);
  await countdown(page).waitFor();
  assert.match(await page.locator(".notice").textContent(), /^The generations of this minute are used up\./);
  await answered(page);
  assert.equal((await stage.fake.calls()).length, 2);
  await page.getByRole("button", { name: "Cards" }).click();
  for (const name of ["openai/quick", "box/quick"]) {
    assert.match(await story(page, name).textContent(), /^Finished\./);
    assert.equal(await card(page, name).getByText(/Attempts/).count(), 0, "what was never sent is no attempt");
  }
});

test("limits: more than a minute is not waited for", async (stage) => {
  const { page } = stage;
  await refuse(page, 2, { code: "rate_limited", retry_after_ms: 75_000 });
  await send(stage, ["openai/quick", "box/quick"]);
  await page.getByRole("alert").getByText("All 2 models failed:").waitFor();
  assert.match(await page.getByRole("alert").textContent(), /limit of this minute reached \(2\)\. Your brief is kept\./);
  assert.equal(await story(page, "openai/quick").textContent(), "The generations of this minute are used up. Nothing was sent. Wait a minute, then retry this card.");
  await page.getByRole("button", { name: "Retry all 2" }).click();
  for (const name of ["openai/quick", "box/quick"]) await story(page, name).getByText(/^Finished\./).waitFor();
});

test("limits: what is left is asked for when more is free, and never while nobody looks", async (stage) => {
  const { page } = stage;
  let asked = 0;
  const answers = [
    { limit: 10, remaining: 7, next_ms: 1000 },
    { limit: 10, remaining: 8, next_ms: 1000 },
    { limit: 10, remaining: 10, next_ms: 0 },
  ];
  await page.route("**/api/config", async (route) => {
    const response = await route.fetch();
    const config = await response.json();
    config.limits.generations = 10;
    await route.fulfill({ response, json: config });
  });
  await page.route("**/api/limits", (route) => route.fulfill({ json: answers[Math.min(asked++, answers.length - 1)] }));
  await page.clock.install();
  await stage.open();
  await left(page).getByText("7 of 10 left this minute.").waitFor();
  const show = (hidden) =>
    page.evaluate((hidden) => {
      Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
      document.dispatchEvent(new Event("visibilitychange"));
    }, hidden);
  await show(true);
  await page.clock.runFor(5000);
  assert.equal(asked, 1, "nobody looks");
  await show(false);
  await left(page).getByText("8 of 10 left this minute.").waitFor();
  await page.clock.runFor(1000);
  await left(page).waitFor({ state: "hidden" });
  await page.clock.runFor(60_000);
  assert.equal(asked, 3, "all are free: there is nothing to ask for");
});

test("limits: calls beyond those that may be open wait for one to end", async (stage) => {
  const { page } = stage;
  // As many as there are providers, so that all can be asked for their models at once.
  await stage.serve({ CODECRAFT_USER_STREAMS: "5" });
  await send(stage, ["box/hang", "box/stall", "openai/hang", "openai/stall", "gemini/hang", "gemini/stall"]);
  await page.locator(".notice").getByText("Too many calls are open at once.").waitFor();
  assert.match(await page.locator(".notice").textContent(), /1 card waits and goes on when others have ended; next try in 0:0\d\.$/);
  assert.equal((await stage.fake.calls()).length, 5);
  const states = await page.getByRole("article").evaluateAll((all) => all.map((card) => [card.getAttribute("data-state"), card.querySelector("h3").textContent]));
  const [[, waits], ...more] = states.filter(([state]) => state === "pending");
  assert.deepEqual(more, []);
  const stop = states.find(([, name]) => name !== waits)[1];
  await page.getByRole("button", { name: `Cancel ${stop}` }).click();
  await stage.fake.until((calls) => calls.length === 6, "the call that waited");
  await page.locator(".notice").waitFor({ state: "detached" });
});

test("limits: what our own server refuses has its own words, and none of a provider's", { expected: /WebSocket|status of 401/ }, async (stage) => {
  const { page } = stage;
  const models = ["openai/quick", "box/quick", "gemini/quick", "openai/fine"];
  const said = {
    store_unavailable: "The server cannot check limits and sessions just now. Nothing was sent. Try again in a moment.",
    not_signed_in: "You are signed out. Sign in, then try again.",
    origin_not_allowed: "The CodeCraft server did not pass this call on. This page is of another site.",
    from_the_future: "The CodeCraft server did not pass this call on. This page is of another site.",
  };
  await stage.context.addInitScript((models) => origin === "null" || localStorage.setItem("cc.settings", JSON.stringify({ models: models.map((model) => ({ model, retries: 0, fallbacks: [] })) })), models);
  const codes = Object.keys(said);
  await page.routeWebSocket("**/api/stream", (socket) => {
    socket.onMessage((text) => {
      const { provider, body } = JSON.parse(text);
      const model = models.findIndex((name) => name.startsWith(provider) && (provider !== "openai" || body.includes(name.split("/")[1])));
      socket.send(JSON.stringify({ type: "error", error: { source: "proxy", code: codes[model], message: "This page is of another site." } }));
    });
  });
  await send(stage, models);
  await over(page, 4);
  const stories = await page.locator(".candidate-story").allTextContents();
  assert.deepEqual(stories.sort(), Object.values(said).sort());
  assert.equal(await page.locator(".candidate-said").count(), 0);
});

test("limits: a socket that is refused is explained by what the server says of the session", { expected: /WebSocket|status of (401|503)/ }, async (stage) => {
  const { page } = stage;
  await page.addInitScript(() => {
    globalThis.WebSocket = class extends WebSocket {
      constructor(url) {
        super(url.replace("/api/stream", "/api/refused"));
      }
    };
    if (origin !== "null") localStorage.setItem("cc.settings", JSON.stringify({ models: [{ model: "openai/quick", retries: 0, fallbacks: [] }] }));
  });
  let answer = { status: 200, json: { mode: "off" } };
  let asked = 0;
  await page.route("**/api/auth/me", (route) => {
    asked++;
    return answer ? route.fulfill(answer) : route.abort();
  });
  const expected = [
    [{ status: 200, json: { mode: "off" } }, /^The stream could not be opened\. The CodeCraft server answers, but not over a WebSocket\./],
    [{ status: 401, json: { error: { source: "proxy", code: "not_signed_in", message: "Sign in." } } }, /^You are signed out\./],
    [{ status: 503, json: { error: { source: "proxy", code: "store_unavailable", message: "Away." } } }, /^The server cannot check limits and sessions just now\./],
  ];
  await brief(stage, ["openai/quick"]);
  await generate(page).click();
  for (const [index, [now, sentence]] of expected.entries()) {
    if (index) {
      answer = now;
      await page.getByRole("button", { name: "Retry quick" }).click();
    }
    await story(page, "quick").getByText(sentence).waitFor();
    await over(page, 1);
    assert.equal(asked, index + 1);
  }
});

test("limits: a call that runs too long ends with what had come, and can go on", async (stage) => {
  const { page } = stage;
  // The server's patience is ten minutes; here it ends with the tenth piece.
  await page.routeWebSocket("**/api/stream", (socket) => {
    const server = socket.connectToServer();
    let pieces = 0;
    server.onMessage((message) => {
      if (++pieces < 10) socket.send(message);
      if (pieces === 10) socket.send(JSON.stringify({ type: "error", error: { source: "proxy", code: "stream_too_long", message: "No call runs longer." } }));
    });
  });
  await send(stage, ["openai/stall"]);
  await story(page, "stall").getByText(/^The server ended this call, because it ran too long\. \d+ lines? had arrived after [\d.]+ s and (is|are) kept\./).waitFor();
  await card(page, "stall").getByRole("button", { name: "Continue stall" }).waitFor();
  assert.equal((await stage.fake.calls()).length, 1);
  assert.equal(await cards(page).count(), 1);
});

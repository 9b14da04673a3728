// People with names and passwords, in the browser: who comes in where and how, what is theirs alone, and what is left of them.
import assert from "node:assert/strict";
import { audit } from "./audit.mjs";
import { password, test } from "./harness.mjs";
import { brief, card, cards, generate, link, over, prompt, request, story } from "./page.mjs";

/** Refusals are answers, and Chromium writes those to the console. */
const refused = { expected: /status of (400|401|429|503)|WebSocket/ };

const heading = (page, name) => page.getByRole("heading", { name, level: 1, exact: true });
const nameField = (page) => page.getByLabel("Name", { exact: true });
const passwordField = (page) => page.getByLabel(/^(New p|P)assword$/);
const workplaces = (page) => page.getByRole("navigation", { name: "Workplaces" });
const account = (page, name) => page.getByRole("button", { name: `Account of ${name}` });
const focused = (page, id) => page.waitForFunction((id) => document.activeElement?.id === id, id);

/** Signs in with what stands there, which may be a page or a dialog. */
async function signIn(page, name, secret = password) {
  await nameField(page).fill(name);
  await passwordField(page).fill(secret);
  await page.getByRole("button", { name: "Sign in", exact: true }).last().click();
}

/** Opens a path and signs in. */
async function enter(stage, name, path = "/", page = stage.page) {
  await stage.open(path, page);
  await signIn(page, name);
  await account(page, name).waitFor();
  return page;
}

async function signOut(page, name) {
  await account(page, name).click();
  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await heading(page, "Sign in").waitFor();
}

/** Lets go of the Wasm when the returned function is called. */
async function hold(context) {
  let release;
  const gate = new Promise((go) => (release = go));
  await context.route("**/*.wasm", async (route) => {
    await gate;
    await route.continue();
  });
  return release;
}

test("accounts: one signs in by keyboard and is where one wanted to be", { ...refused }, async (stage) => {
  const { page } = stage;
  await stage.serveUsers(["ann"]);
  // Nothing of the workplace is ever drawn before.
  await page.addInitScript(() => {
    globalThis.drawn = [];
    new MutationObserver(() => {
      for (const part of ["footer[aria-label=Status]", "dialog", "#door"]) if (document.querySelector(part) && !drawn.includes(part)) drawn.push(part);
    }).observe(document, { subtree: true, childList: true });
  });
  await stage.open("/settings/prices");
  await heading(page, "Sign in").waitFor();
  assert.equal(await page.title(), "Sign in – CodeCraft");
  assert.deepEqual(await page.evaluate(() => drawn), ["#door"]);
  assert.equal(await workplaces(page).count(), 0);
  assert.equal(new URL(page.url()).pathname, "/settings/prices");

  // What password managers look for.
  const form = page.locator("form");
  assert.deepEqual(await form.evaluate((form) => [form.method, new URL(form.action).pathname]), ["post", "/api/auth/login"]);
  const marks = (field) => field.evaluate(({ id, name, type, autocomplete }) => [id, name, type, autocomplete]);
  assert.deepEqual(await marks(nameField(page)), ["username", "username", "text", "username"]);
  assert.deepEqual(await marks(passwordField(page)), ["password", "password", "password", "current-password"]);

  await focused(page, "username");
  await page.keyboard.press("Enter");
  await page.getByText("Enter a name.").waitFor();
  await page.keyboard.type("ann");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.getByText("Enter the password.").waitFor();
  await focused(page, "password");
  await page.keyboard.type(password);
  await page.keyboard.press("Enter");
  await heading(page, "Prices and caps").waitFor();
  assert.equal(new URL(page.url()).pathname, "/settings/prices");
  await account(page, "ann").waitFor();
  assert.equal(await nameField(page).count(), 0);
  // Whoever is signed in sees no door.
  await page.reload();
  await heading(page, "Prices and caps").waitFor();
  assert.deepEqual(await page.evaluate(() => drawn), ["footer[aria-label=Status]"]);
});

test("accounts: what is written before the app arrives waits for whoever signs in", async (stage) => {
  const { page, context } = stage;
  await stage.serveUsers(["ann"]);
  const release = await hold(context);
  await page.goto(stage.base, { waitUntil: "commit" });
  await prompt(page).fill("typed early");
  release();
  await heading(page, "Sign in").waitFor();
  await page.getByText("What you have written is kept.").waitFor();
  assert.equal(await prompt(page).count(), 0);
  await signIn(page, "ann");
  await prompt(page).waitFor();
  assert.equal(await prompt(page).inputValue(), "typed early");
  await focused(page, "prompt");
  await page.getByText("11 / 32,000").waitFor();
});

test("accounts: who has to sign in sees no workplace while the app is on its way", async (stage) => {
  const { page, context } = stage;
  await stage.serveUsers(["ann"]);
  await stage.open();
  await heading(page, "Sign in").waitFor();
  const release = await hold(context);
  await page.reload({ waitUntil: "commit" });
  await page.locator("#shell > footer").waitFor({ state: "attached" });
  assert.equal(await prompt(page).isVisible(), false);
  release();
  await heading(page, "Sign in").waitFor();
});

test("accounts: a wrong password is told at its field, and what is typed can be looked at", refused, async (stage) => {
  const { page } = stage;
  await stage.serveUsers(["ann"]);
  await stage.open();
  await signIn(page, "ann", "not the password");
  await page.getByRole("alert").getByText("No user has this name and this password.").waitFor();
  await focused(page, "password");
  assert.equal(await passwordField(page).getAttribute("aria-invalid"), "true");
  assert.equal(await nameField(page).inputValue(), "ann");

  const show = page.getByRole("button", { name: "Show password" });
  await show.click();
  assert.deepEqual([await show.getAttribute("aria-pressed"), await passwordField(page).getAttribute("type")], ["true", "text"]);
  await passwordField(page).fill(password);
  // A browser offers to keep passwords only.
  await page.route("**/api/auth/login", async (route) => {
    assert.equal(await passwordField(page).getAttribute("type"), "password");
    await route.continue();
  });
  await page.keyboard.press("Enter");
  await account(page, "ann").waitFor();
});

test("accounts: after too many attempts the next one waits, with a countdown that is not spoken every second", refused, async (stage) => {
  const { page } = stage;
  await stage.serveUsers(["ann"]);
  await stage.open();
  await page.evaluate(() => {
    globalThis.said = [];
    new MutationObserver(() => {
      for (const region of document.querySelectorAll("#door [role=status], #door [role=alert]")) {
        const text = region.textContent.trim();
        if (text && text !== said.at(-1) && !said.slice(-2).includes(text)) said.push(text);
      }
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
  // Long enough to be looked at on a busy machine; the server's own first wait is a second.
  await page.route("**/api/auth/login", async (route) => {
    const response = await route.fetch();
    if (response.status() !== 429) return route.fulfill({ response });
    const { error } = await response.json();
    assert.ok(error.retry_after_ms > 0);
    await route.fulfill({ response, json: { error: { ...error, retry_after_ms: 5000 } } });
  });
  for (let tries = 0; ; tries++) {
    assert.ok(tries < 12, "the server slows guesses down");
    const [answer] = await Promise.all([page.waitForResponse("**/api/auth/login"), signIn(page, "ann", `guess ${tries}`)]);
    await page.getByRole("alert").getByText(/\S/).waitFor();
    if (answer.status() === 429) break;
  }
  const wait = page.getByRole("button", { name: /^Try again in 0:0[1-5]$/ });
  await wait.waitFor();
  assert.ok(await wait.isDisabled());
  assert.ok((await nameField(page).isEnabled()) && (await passwordField(page).isEnabled()));
  await passwordField(page).fill(password);
  await page.getByRole("status").getByText("You can try again now.").waitFor();
  const said = await page.evaluate(() => globalThis.said);
  assert.equal(said.filter((text) => /^Try again in/.test(text)).length, 1, JSON.stringify(said));
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await account(page, "ann").waitFor();
});

test("accounts: the first user is made with the token of the console", refused, async (stage) => {
  const { page } = stage;
  const users = await stage.serveUsers([]);
  await stage.open("/?lang=rust");
  await heading(page, "Make the first user").waitFor();
  const [, token] = /with this token: (\S+)/.exec(stage.server.output);
  assert.equal(await passwordField(page).getAttribute("autocomplete"), "new-password");
  assert.match(await passwordField(page).getAttribute("passwordrules"), /minlength: 12/);
  const make = page.getByRole("button", { name: "Make the first user" });
  await make.click();
  await page.getByText("Copy the token from the server's console.").waitFor();
  await page.getByLabel("Token").fill("not-the-token");
  await nameField(page).fill("Ann");
  await passwordField(page).fill("too short");
  await make.click();
  await page.getByText("A password has at least 12 characters.").waitFor();
  await focused(page, "password");
  await passwordField(page).fill(password);
  await make.click();
  await page.getByText("This is not the token on the server's console.").waitFor();
  await focused(page, "token");
  await page.getByLabel("Token").fill(` ${token} `);
  await page.keyboard.press("Enter");
  await account(page, "ann").waitFor();
  assert.equal(await page.getByLabel("Language", { exact: true }).inputValue(), "rust");
  assert.equal(users("list"), "ann\n");
});

test("accounts: signing out leaves nothing of anybody, and other tabs hear of it", refused, async (stage) => {
  const { page, context } = stage;
  await stage.serveUsers(["annabel"]);
  await enter(stage, "annabel", link(["openai/fine"]));
  await brief(stage, ["openai/fine"], { text: "the secret plan" });
  await generate(page).click();
  await page.getByRole("tablist").waitFor();
  const other = await stage.open("/", await context.newPage());
  await account(other, "annabel").waitFor();
  await prompt(other).fill("kept in the other tab");

  await workplaces(page).getByRole("link", { name: "Providers" }).click();
  await signOut(page, "annabel");
  assert.deepEqual([new URL(page.url()).pathname, new URL(page.url()).search], ["/", ""]);
  const left = await page.evaluate(() => document.documentElement.outerHTML + document.querySelector("textarea")?.value);
  for (const trace of ["the secret plan", "parseDuration", "annabel"]) assert.ok(!left.includes(trace), trace);
  assert.equal((await context.cookies()).filter(({ value }) => value).length, 0);
  // The way back leads to the door as well.
  await page.goBack();
  assert.ok(page.url().includes("models="));
  await heading(page, "Sign in").waitFor();
  assert.equal(await page.getByText("the secret plan").count(), 0);

  await heading(other, "Sign in").waitFor();
  assert.equal(await prompt(other).isVisible(), false);
  assert.equal(await workplaces(other).isVisible(), false);
  await signIn(other, "annabel");
  await account(other, "annabel").waitFor();
  assert.equal(await prompt(other).inputValue(), "kept in the other tab");
  assert.equal(await other.title(), "CodeCraft");
  // And the first tab hears of that. Browsers fill in again what was written in a page; not this one.
  await account(page, "annabel").waitFor();
  assert.equal(await prompt(page).inputValue(), "");
});

test("accounts: signing out everywhere says first what it does, and reaches other browsers", refused, async (stage) => {
  const { page, context } = stage;
  await stage.serveUsers(["ann"]);
  await enter(stage, "ann");
  const elsewhere = await context.browser().newContext({ viewport: { width: 390, height: 844 } });
  const other = await elsewhere.newPage();
  await enter(stage, "ann", link(["openai/fine", "openai/quick"]), other);

  await workplaces(page).getByRole("link", { name: "Providers" }).click();
  await page.getByRole("navigation", { name: "Settings" }).getByRole("link", { name: "Account" }).click();
  const section = page.getByRole("region", { name: "ann" });
  await section.getByText("Sign out everywhere").first().click();
  await section.getByText(/Every browser and program that is signed in as you/).waitFor();
  await section.getByRole("button", { name: "Sign out everywhere" }).click();
  await heading(page, "Sign in").waitFor();

  // The other browser learns it at its next request, and shows it without dropping anything.
  await prompt(other).fill(request);
  await generate(other).click();
  await over(other, 2);
  for (const name of ["fine", "quick"]) assert.equal(await story(other, name).textContent(), "You are signed out. Sign in, then try again.");
  assert.equal((await stage.fake.calls()).length, 0);
  await card(other, "fine").getByRole("button", { name: "Sign in" }).click();
  const dialog = other.getByRole("dialog", { name: "Sign in again" });
  await focused(other, "password");
  assert.equal(await nameField(other).inputValue(), "ann");
  await other.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });
  await other.getByRole("banner").getByRole("button", { name: "Sign in" }).click();
  await passwordField(other).fill(password);
  await other.keyboard.press("Enter");
  await dialog.waitFor({ state: "detached" });
  assert.equal(await other.getByRole("button", { name: "Sign in" }).count(), 0);
  await other.getByRole("button", { name: "Retry all 2" }).click();
  for (const name of ["fine", "quick"]) await story(other, name).getByText(/^Finished\./).waitFor();
  assert.equal((await stage.fake.calls()).length, 2);
  await elsewhere.close();
});

test("accounts: two people at one browser have nothing in common", { ...refused, reducedMotion: "no-preference" }, async (stage) => {
  const { page } = stage;
  await stage.serveUsers(["ann", "bob"]);
  await enter(stage, "ann", link(["openai/fine"]));
  await page.getByRole("button", { name: /^Theme/ }).click(); // the browser's, not ann's
  await workplaces(page).getByRole("link", { name: "Providers" }).click();
  await page.getByRole("navigation", { name: "Settings" }).getByRole("link", { name: "Defaults" }).click();
  const repeats = page.locator("#repeats");
  await repeats.check();
  await workplaces(page).getByRole("link", { name: "Generate" }).click();
  await prompt(page).fill(request);
  await generate(page).click();
  await page.getByRole("tablist").waitFor();
  assert.equal((await stage.fake.calls()).length, 1);
  await signOut(page, "ann");

  await signIn(page, "bob");
  await account(page, "bob").waitFor();
  assert.equal(await prompt(page).inputValue(), "");
  assert.equal(await page.getByRole("button", { name: "Back to the run" }).count(), 0);
  const keys = await page.evaluate(() => Object.keys(localStorage).sort());
  assert.deepEqual(keys, ["cc.ann.settings", "cc.theme", "cc.user"]);
  await workplaces(page).getByRole("link", { name: "Providers" }).click();
  await page.getByRole("navigation", { name: "Settings" }).getByRole("link", { name: "Defaults" }).click();
  assert.equal(await repeats.isChecked(), false);
  // The same request is no repeat of somebody else's, even where repeats are allowed.
  await repeats.check();
  await stage.open(link(["openai/fine"]));
  await page.getByRole("list", { name: "Chosen models" }).getByRole("listitem").waitFor();
  await prompt(page).fill(request);
  await generate(page).click();
  await page.getByRole("tablist").waitFor();
  assert.equal((await stage.fake.calls()).length, 2);
  assert.deepEqual(await page.evaluate(() => Object.keys(localStorage).sort()), ["cc.ann.settings", "cc.bob.settings", "cc.theme", "cc.user"]);

  // Neither the way back nor a page that the browser had put aside shows what was ann's.
  await signOut(page, "bob");
  await enter(stage, "ann");
  await prompt(page).fill("ann's next plan");
  await page.context().clearCookies();
  const api = await page.context().request.post(`${stage.base}/api/auth/login`, { data: { user: "bob", password }, headers: { origin: stage.base } });
  assert.equal(api.status(), 200);
  await Promise.all([
    page.waitForEvent("framenavigated"),
    page.evaluate(() => {
      for (const kind of ["pagehide", "pageshow"]) dispatchEvent(new PageTransitionEvent(kind, { persisted: true }));
      if (getComputedStyle(document.body).visibility !== "hidden") throw new Error("it can be seen");
    }),
  ]);
  await account(page, "bob").waitFor();
  assert.equal(await prompt(page).inputValue(), "");
});

test("accounts: a page that comes back finds its owner, and is shown again", async (stage) => {
  const { page } = stage;
  await stage.serveUsers(["ann"]);
  await enter(stage, "ann");
  await prompt(page).fill("still here");
  const asked = page.waitForResponse("**/api/config");
  await page.evaluate(() => {
    for (const kind of ["pagehide", "pageshow"]) dispatchEvent(new PageTransitionEvent(kind, { persisted: true }));
  });
  await asked;
  await page.waitForFunction(() => getComputedStyle(document.body).visibility === "visible");
  assert.equal(await prompt(page).inputValue(), "still here");
});

test("accounts: a session that ends in the middle of a run keeps what is there", refused, async (stage) => {
  const { page, context } = stage;
  const users = await stage.serveUsers(["ann", "bob"]);
  await enter(stage, "ann", link(["openai/fine", "box/hang"]));
  await brief(stage, ["openai/fine", "box/hang"]);
  await generate(page).click();
  await page.getByRole("button", { name: "Use now" }).waitFor();
  const code = await card(page, "fine").getByRole("region").textContent();
  await context.clearCookies();
  await card(page, "hang").getByRole("button", { name: "Cancel hang" }).click();
  await over(page, 2);
  await card(page, "hang").getByRole("button", { name: "Retry hang" }).click();
  await card(page, "hang").getByText("You are signed out.").waitFor();
  assert.equal(await card(page, "fine").getByRole("region").textContent(), code, "what had come stays");

  // Signed in again, as the same user, all is as it was.
  await card(page, "hang").getByRole("button", { name: "Sign in" }).click();
  await passwordField(page).fill("a wrong password");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").getByText("No user has this name").waitFor();
  await passwordField(page).fill(password);
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  assert.equal(await card(page, "fine").getByRole("region").textContent(), code);
  await page.getByRole("contentinfo").getByText(/OpenAI \d+ models/).waitFor();
  await card(page, "hang").getByRole("button", { name: "Retry hang" }).click();
  await stage.fake.until((calls) => calls.filter((call) => call.model === "hang").length === 2, "the second call");

  // A user who is removed is signed out; who then signs in as somebody else gets a page of their own.
  users("remove", "ann");
  await card(page, "hang").getByRole("button", { name: "Cancel hang" }).click();
  await over(page, 2);
  // The server looks at its file once a second.
  for (let tries = 0; (await page.request.get(`${stage.base}/api/auth/me`)).status() !== 401; tries++) {
    assert.ok(tries < 100, "the user is known for ever");
    await new Promise((later) => setTimeout(later, 50));
  }
  await card(page, "hang").getByRole("button", { name: "Retry hang" }).click();
  await card(page, "hang").getByText("You are signed out.").waitFor();
  await page.getByRole("banner").getByRole("button", { name: "Sign in" }).click();
  await Promise.all([page.waitForEvent("framenavigated"), signIn(page, "bob")]);
  await account(page, "bob").waitFor();
  assert.equal(await cards(page).count(), 0);
  assert.equal(await prompt(page).inputValue(), "");
});

test("accounts: where a proxy says who is there, nobody is asked for a password", { ...refused }, async (stage) => {
  const { page, context } = stage;
  await stage.serve({ CODECRAFT_AUTH: "header", CODECRAFT_AUTH_HEADER: "Remote-User", CODECRAFT_TRUSTED_PROXIES: "127.0.0.1" });
  await stage.open("/providers");
  await heading(page, "Sign in at the proxy").waitFor();
  assert.equal(await page.getByRole("textbox").count(), 0);
  await context.setExtraHTTPHeaders({ "remote-user": "ann@example.org" });
  await page.getByRole("button", { name: "Reload" }).click();
  await heading(page, "Providers").waitFor();
  await account(page, "ann@example.org").click();
  await page.getByText("has signed you in. Sign out there.").waitFor();
  assert.equal(await page.getByRole("button", { name: /^Sign out/ }).count(), 0);
  await page.keyboard.press("Escape");
  // The proxy's own session ends: the page stays, and says where to go.
  await context.setExtraHTTPHeaders({});
  await page.getByRole("button", { name: "Check all" }).click();
  await page.getByRole("banner").getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("dialog").getByRole("link", { name: "Sign in in a new tab" }).waitFor();
});

test("accounts: a session that the browser does not keep is told of", refused, async (stage) => {
  const { page, context } = stage;
  await stage.serveUsers(["ann"]);
  await stage.open();
  // As of a page over plain HTTP from another machine, or where cookies are forbidden.
  await page.route("**/api/auth/login", async (route) => {
    const response = await route.fetch();
    const { "set-cookie": cookie, ...headers } = response.headers();
    assert.ok(cookie, "positive control: there was one");
    await context.clearCookies();
    await route.fulfill({ response, headers });
  });
  await signIn(page, "ann");
  await page.getByRole("alert").getByText("The browser did not keep the session. It does over HTTPS").waitFor();
  assert.equal(await workplaces(page).count(), 0);
});

test("accounts: while the server cannot say who is there, nobody sees anything, and then it goes on by itself", refused, async (stage) => {
  const { page } = stage;
  await stage.serveUsers(["ann"]);
  await enter(stage, "ann");
  let away = true;
  await page.route("**/api/config", (route) => (away ? route.fulfill({ status: 503, json: { error: { source: "proxy", code: "store_unavailable", message: "The store is away." } } }) : route.continue()));
  await stage.open();
  await heading(page, "One moment").waitFor();
  assert.equal(await workplaces(page).count(), 0);
  away = false;
  await account(page, "ann").waitFor();
});

test("accounts: where nobody signs in, nothing speaks of it", async (stage) => {
  const { page } = stage;
  await stage.open("/settings/appearance");
  await page.getByLabel("Single keys are shortcuts").uncheck();
  assert.equal(await page.getByRole("button", { name: /Account|Sign/ }).count(), 0);
  assert.equal(await page.getByRole("link", { name: "Account" }).count(), 0);
  assert.deepEqual(await page.evaluate(() => Object.keys(localStorage)), ["cc.settings"]);
});

/** The states of the door and of the account, and the way there. */
const states = {
  async "the sign-in page"(stage) {
    await stage.serveUsers(["ann"]);
    await stage.open();
    await signIn(stage.page, "ann", "a wrong password");
    await stage.page.getByText("No user has this name").waitFor();
  },
  async "the first user"(stage) {
    await stage.serveUsers([]);
    await stage.open();
    await heading(stage.page, "Make the first user").waitFor();
  },
  async "the account"(stage) {
    await stage.serveUsers(["ann"]);
    await enter(stage, "ann", "/settings/account");
    await account(stage.page, "ann").click();
    await stage.page.locator(".account-menu summary").click();
  },
  async "the sign-in dialog"(stage) {
    await stage.serveUsers(["ann"]);
    await enter(stage, "ann");
    await brief(stage, ["openai/fine"]);
    await stage.context.clearCookies();
    await generate(stage.page).click();
    await over(stage.page, 1);
    await card(stage.page, "fine").getByRole("button", { name: "Sign in" }).click();
    await stage.page.getByRole("dialog").waitFor();
  },
};

for (const [name, go] of Object.entries(states)) {
  for (const colorScheme of ["light", "dark"]) {
    test(`accounts: axe finds nothing wrong with ${name}, ${colorScheme}, at 1280 and 320 px`, { colorScheme, ...refused }, async (stage) => {
      await go(stage);
      const found = await audit(stage.page);
      assert.equal(found.length, 0, `\n${found.join("\n")}`);
    });
  }
}

test("accounts: at 390 px the door fits, and its targets are large enough for a thumb", { viewport: { width: 390, height: 844 }, ...refused }, async (stage) => {
  const { page } = stage;
  await stage.serveUsers(["ann"]);
  await stage.open();
  await heading(page, "Sign in").waitFor();
  const sizes = await page.evaluate(() => [...document.querySelectorAll("#door :is(input, button)")].map((part) => [part.id || part.ariaLabel, ...[part.getBoundingClientRect()].map(({ width, height }) => Math.round(Math.min(width, height)))]));
  for (const [part, size] of sizes) assert.ok(size >= 40, `${part} is ${size} px`);
  await signIn(page, "ann");
  await account(page, "ann").click();
  const menu = await page.locator(".account-menu").boundingBox();
  assert.ok(menu.x >= 0 && menu.x + menu.width <= 390, JSON.stringify(menu));
  await page.keyboard.press("Escape");
  await page.locator(".account-menu").waitFor({ state: "hidden" });
});

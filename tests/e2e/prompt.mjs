// The prompt box stands in the page before the app does: what is written early is kept, wherever one goes.
import assert from "node:assert/strict";
import { test } from "./harness.mjs";
import { prompt, request } from "./page.mjs";

/** Holds the Wasm back; the returned function lets it go. */
async function hold(context) {
  let release;
  const gate = new Promise((go) => (release = go));
  await context.route("**/*.wasm", async (route) => {
    await gate;
    await route.continue();
  });
  return release;
}

for (const how of ["moved", "put"]) {
  test(`prompt: what is typed before the app arrives is kept (${how} into its place)`, async (stage) => {
    const { page, context } = stage;
    // Browsers without `moveBefore` take the other way.
    if (how === "put") await page.addInitScript(() => delete Element.prototype.moveBefore);
    const release = await hold(context);
    await page.goto(stage.base, { waitUntil: "commit" });
    await prompt(page).waitFor();
    await page.waitForFunction(() => document.activeElement?.id === "prompt");
    await page.evaluate(() => (globalThis.first = document.getElementById("prompt")));
    await page.keyboard.type("hello world");
    for (let i = 0; i < 5; i++) await page.keyboard.press("ArrowLeft");
    // The app arrives between two keys.
    const typing = (async () => {
      for (const letter of "ABCDEFGHIJ") await page.keyboard.type(letter);
    })();
    release();
    await typing;
    await page.locator("#shell").waitFor({ state: "detached" });
    await page.keyboard.type("z");
    assert.equal(await prompt(page).inputValue(), "hello ABCDEFGHIJzworld");
    assert.deepEqual(
      await page.evaluate(() => ({ same: document.getElementById("prompt") === first, focused: document.activeElement === first, caret: first.selectionStart })),
      { same: true, focused: true, caret: 17 },
    );
    await page.getByText("22 / 32,000").waitFor(); // the app knows it, too
    if (how === "moved") {
      await page.keyboard.press("Control+z");
      assert.notEqual(await prompt(page).inputValue(), "hello ABCDEFGHIJzworld", "undo goes back");
      await page.keyboard.press("Control+Shift+z");
      assert.equal(await prompt(page).inputValue(), "hello ABCDEFGHIJzworld", "redo comes forward");
    }
  });
}

for (const [screen, viewport] of Object.entries({ desk: { width: 1280, height: 800 }, tablet: { width: 900, height: 800 }, phone: { width: 390, height: 844 } })) {
  test(`prompt: nothing around it moves when the app arrives (${screen})`, { bare: true, viewport }, async (stage) => {
    const { page, context } = stage;
    const release = await hold(context);
    await page.goto(stage.base, { waitUntil: "commit" });
    await page.locator("#shell > footer").waitFor({ state: "attached" });
    const places = () =>
      page.evaluate(() =>
        ["#prompt", ".starters", ".brief-shape", ".brief-drawer"].map((part) => {
          const { x, y, width, height } = document.querySelector(part).getBoundingClientRect();
          return [part, ...[x, y, width, height].map(Math.round)].join(" ");
        }),
      );
    const before = await places();
    release();
    await page.locator("#shell").waitFor({ state: "detached" });
    assert.deepEqual(await places(), before);
    await page.getByText(/prompt (stays|goes)/).waitFor(); // by then its models are chosen
    assert.deepEqual(await places(), before);
  });
}

test("prompt: it survives the way to Providers and back", async (stage) => {
  const page = await stage.open("/?lang=rust");
  await prompt(page).fill(request);
  const workplaces = page.getByRole("navigation", { name: "Workplaces" });
  await workplaces.getByRole("link", { name: "Providers" }).click();
  await page.getByRole("heading", { name: "Providers", level: 1 }).waitFor();
  assert.equal(await prompt(page).count(), 0);
  await workplaces.getByRole("link", { name: "Generate" }).click();
  await prompt(page).waitFor();
  assert.equal(await prompt(page).inputValue(), request);
  assert.equal(await page.getByLabel("Language").inputValue(), "rust");
  await prompt(page).pressSequentially("!");
  await page.getByText(`${request.length + 1} / 32,000`).waitFor();
});

test("prompt: a visit that begins at Providers finds it empty and ready", async (stage) => {
  const page = await stage.open("/providers");
  await page.getByRole("heading", { name: "Providers", level: 1 }).waitFor();
  await page.getByRole("navigation", { name: "Workplaces" }).getByRole("link", { name: "Generate" }).click();
  assert.equal(await prompt(page).inputValue(), "");
  await prompt(page).fill("later");
  await page.getByText("5 / 32,000").waitFor();
});

test("prompt: a starter can be taken back", async (stage) => {
  const { page } = stage;
  await stage.open("/");
  await page.locator("#models-h").waitFor();
  await prompt(page).click();
  await page.keyboard.type("three hundred words of mine");
  await page.getByRole("button", { name: "a duration parser" }).click();
  assert.match(await prompt(page).inputValue(), /parseDuration/);
  await page.keyboard.press("Control+z");
  assert.equal(await prompt(page).inputValue(), "three hundred words of mine");
});

// The whole job without a mouse.
import assert from "node:assert/strict";
import { test } from "./harness.mjs";
import { answered, brief, clipboard, generate, prompt, request, shown, tall, winner } from "./page.mjs";

const focused = (locator) => locator.evaluate((element) => element.getRootNode().activeElement === element);

/** Presses Tab until `locator` has the focus, and checks on the way that the focus can be seen. */
async function tabTo(page, locator, { back = false, most = 60 } = {}) {
  for (let presses = 0; presses < most; presses++) {
    if ((await locator.count()) === 1 && (await focused(locator))) return presses;
    await page.keyboard.press(back ? "Shift+Tab" : "Tab");
  }
  assert.fail(`not reached with ${most} tabs: ${locator}`);
}

test("keyboard: from the empty page to the copied code", { bare: true, ...tall }, async (stage) => {
  const { page } = stage;
  await page.addInitScript(() => {
    globalThis.pointed = 0;
    // A key that presses a button makes a click, too, but none with a pointer.
    for (const kind of ["pointerdown", "mousedown", "touchstart"]) addEventListener(kind, () => pointed++, true);
  });
  await stage.open();
  await page.getByText("Sample models are on.").waitFor(); // by then a first set is chosen
  assert.ok(await focused(prompt(page)), "writing can begin at once");
  await page.keyboard.type(request);

  await tabTo(page, page.getByLabel("Language"));
  await page.keyboard.press("ArrowDown");
  assert.notEqual(await page.getByLabel("Language").inputValue(), "typescript");
  await page.keyboard.press("ArrowUp");
  assert.equal(await page.getByLabel("Language").inputValue(), "typescript");
  await tabTo(page, page.getByRole("radio", { checked: true }));
  await page.keyboard.press("ArrowRight");
  assert.ok(await page.getByRole("radio", { name: "Advanced" }).isChecked());

  await tabTo(page, page.getByRole("searchbox", { name: "Search models" }));
  await page.keyboard.type("cut");
  await tabTo(page, page.getByRole("checkbox", { name: /cut-off/ }));
  await page.keyboard.press("Space");
  await tabTo(page, page.getByRole("searchbox", { name: "Search models" }), { back: true });
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Delete");
  for (const sample of ["thorough", "falls-back"]) {
    const box = page.getByRole("checkbox", { name: new RegExp(sample) });
    await tabTo(page, box);
    await page.keyboard.press("Space");
  }
  assert.deepEqual(await page.getByRole("list", { name: "Chosen models" }).getByRole("listitem").allTextContents(), ["sample/quick", "sample/cut-off"]);
  await tabTo(page, generate(page), { back: true });
  await page.keyboard.press("Enter");

  // The focus goes where the work goes.
  await page.waitForFunction(() => document.activeElement?.id === "run-h");
  await tabTo(page, page.getByRole("button", { name: "Cancel sample/cut-off" }));
  await answered(page);
  await page.waitForFunction(() => document.activeElement?.id === "why-h");
  assert.equal(await winner(page).textContent(), "sample/quick");

  const tab = page.getByRole("tab", { selected: true });
  await tabTo(page, tab, { back: true });
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction(() => document.activeElement?.getAttribute("role") === "tab" && document.activeElement.textContent.includes("cut-off"));
  await page.keyboard.press("Home");
  await page.waitForFunction(() => document.activeElement?.getAttribute("role") === "tab" && document.activeElement.textContent.includes("quick"));
  await answered(page);
  const code = await shown(page);

  const copy = page.getByRole("button", { name: "Copy", exact: true });
  await tabTo(page, copy);
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Copied" }).waitFor();
  assert.equal(await clipboard(page.context()), code);
  // The code holds no trap: Tab goes in and out.
  await tabTo(page, page.locator(".cm-content").first());
  await page.keyboard.press("Tab");
  assert.ok(!(await focused(page.locator(".cm-content").first())));
  assert.equal(await page.evaluate(() => pointed), 0);
});

test("keyboard: a slash goes to the models", async (stage) => {
  const { page } = stage;
  await brief(stage, ["box/stall"]);
  await prompt(page).press("/");
  assert.equal(await prompt(page).inputValue(), `${request}/`, "in a text it is a letter");
  const search = page.getByRole("searchbox", { name: "Search models" });
  for (const from of [page.getByRole("button", { name: /^Theme/ }), page.getByRole("radio", { checked: true })]) {
    await from.focus();
    await page.keyboard.press("/");
    assert.ok(await focused(search));
  }
  assert.equal(await search.inputValue(), "");
});

test("keyboard: whoever takes the last chosen model away goes on at the search", async (stage) => {
  const { page } = stage;
  await brief(stage, ["box/quick", "box/fine"]);
  const chosen = page.getByRole("list", { name: "Chosen models" });
  await chosen.getByRole("button", { name: "Remove box/fine" }).press("Enter");
  await page.waitForFunction(() => document.activeElement?.id === "model-search");
  assert.deepEqual(await chosen.getByRole("listitem").allTextContents(), ["box/quick"]);
});

test("keyboard: Ctrl+Enter sends from the prompt", async (stage) => {
  const { page } = stage;
  await brief(stage, ["box/hang"]);
  await page.keyboard.press("Control+Enter");
  await stage.fake.until((calls) => calls.length === 1, "the call");
  await tabTo(page, page.getByRole("button", { name: "Cancel hang" }));
  await page.keyboard.press("Enter");
  await page.getByText("You cancelled this one").waitFor();
  await page.waitForFunction(() => document.activeElement?.id === "card-0" || document.activeElement?.id === "run-h");
});

test("keyboard: the first Tab of a page is the way past its head", async (stage) => {
  const page = await stage.open("/providers");
  await page.getByRole("heading", { name: "Providers", level: 1 }).waitFor();
  await page.keyboard.press("Tab");
  const skip = page.getByRole("link", { name: "Skip to content" });
  assert.ok(await focused(skip));
  assert.ok(await skip.isVisible());
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  assert.ok(await page.evaluate(() => document.getElementById("main").contains(document.activeElement)), "what follows is in the content");
});

// Reading answers: reasoning apart, two side by side, wrapped lines, search.
import assert from "node:assert/strict";
import { test } from "./harness.mjs";
import { answered, card, copied, fence, live, request, send, shown, tall } from "./page.mjs";

test("reading: reasoning is folded and never part of the code", async (stage) => {
  const { page } = stage;
  await stage.offer("box", "thinking@rate=120");
  await send(stage, ["box/thinking@rate=120"]);
  await page.getByText(/^Thinking\.$/).waitFor();
  const drawer = card(page, "thinking@rate=120").locator("details");
  await drawer.waitFor();
  assert.equal(await drawer.evaluate((details) => details.open), false);
  assert.equal(await live(page).count(), 0, "no code while it thinks");
  await drawer.getByText("Reasoning", { exact: true }).click();
  const text = page.getByRole("region", { name: "Reasoning" });
  await page.waitForFunction(() => document.querySelector(".reasoning-text")?.textContent.length > 40);
  await answered(page);
  const answer = page.getByRole("region", { name: "Answers" });
  assert.equal(await answer.locator("details").evaluate((details) => details.open), false);
  assert.equal((await copied(page)).trimEnd(), fence(await stage.fake.answer("thinking")).trimEnd());
  await answer.getByText("Reasoning", { exact: true }).click();
  const reasoning = await text.textContent();
  assert.ok(reasoning.length > 100);
  assert.ok(!(await copied(page)).includes(reasoning.slice(0, 40)));
});

test("reading: a card that still works says so among the answers", async (stage) => {
  const { page } = stage;
  await send(stage, ["box/quick", "box/stall", "openai/hang"]);
  await card(page, "quick").getByRole("button", { name: /^Use now/ }).click();
  await answered(page);
  const panel = page.getByRole("tabpanel");
  for (const name of ["stall", "hang"]) {
    await page.getByRole("tab", { name }).click();
    await panel.getByText("It still writes.").waitFor();
    assert.equal(await panel.locator(".answer-words").count(), 0, "half an answer is not shown as one");
  }
});

test("reading: any two stand side by side, their differences marked", async (stage) => {
  const { page } = stage;
  await send(stage, ["box/fine", "openai/quick", "gemini/no-code"]);
  await answered(page);
  const other = page.getByLabel("Compare with");
  assert.deepEqual((await other.getByRole("option").allTextContents()).length, 2, "only answers with code are offered");
  await other.selectOption({ index: 1 });
  await page.locator(".cm-content").nth(1).waitFor();
  const [left, right] = await Promise.all([0, 1].map((side) => page.locator(".cm-editor").nth(side).boundingBox()));
  assert.ok(Math.abs(left.y - right.y) < 2 && left.x + left.width <= right.x + 1, "side by side");
  assert.ok((await page.locator(".cm-changedLine").count()) > 0);
  assert.deepEqual(new Set(await page.locator(".compare-head span").allTextContents()), new Set(["fine", "quick"]));
  await other.selectOption({ index: 0 });
  await page.waitForFunction(() => document.querySelectorAll(".compare-head").length === 0);
});

test("reading: long lines scroll, or wrap when asked to", async (stage) => {
  const { page } = stage;
  await send(stage, ["box/wide"]);
  await answered(page);
  const wrap = page.getByRole("button", { name: "Wrap lines" });
  const scroller = page.locator(".cm-scroller").first();
  const wider = () => scroller.evaluate((element) => element.scrollWidth > element.clientWidth + 1);
  assert.equal(await wrap.getAttribute("aria-pressed"), "false");
  assert.equal(await wider(), true);
  await wrap.click();
  await page.locator(".cm-lineWrapping").waitFor();
  assert.equal(await wrap.getAttribute("aria-pressed"), "true");
  assert.equal(await wider(), false);
});

test("reading: Ctrl+F searches the code, and the code cannot be changed", tall, async (stage) => {
  const { page } = stage;
  await send(stage, ["box/fine"]);
  await answered(page);
  const before = await shown(page);
  await page.locator(".cm-content").first().click();
  await page.keyboard.type("x");
  assert.equal(await shown(page), before);
  await page.keyboard.press("Control+f");
  const search = page.getByRole("textbox", { name: "Find in this code" });
  await search.pressSequentially("duration");
  await page.keyboard.press("Enter");
  await page.locator(".cm-searchMatch-selected").waitFor();
  assert.ok((await page.locator(".cm-searchMatch").count()) > 1);
  await page.keyboard.press("Escape");
  await search.waitFor({ state: "detached" });
});

test("reading: code is there even if the editor never comes", { expected: /Failed to load resource|editor/ }, async (stage) => {
  const { page, context } = stage;
  await context.route("**/editor/**", (route) => route.abort());
  await send(stage, ["box/fine"]);
  const code = page.getByRole("region", { name: "Code of fine" });
  await page.getByRole("tablist").waitFor();
  await code.waitFor();
  const lines = await code.locator(".line").allTextContents();
  assert.equal(lines.join("\n").trimEnd(), fence(await stage.fake.answer("fine")).trimEnd());
});

test("reading: the finished run keeps its brief in sight", async (stage) => {
  const { page } = stage;
  await send(stage, ["box/quick"]);
  await answered(page);
  await page.getByText(request).first().waitFor();
  await page.getByRole("button", { name: "Run again" }).click();
  await stage.fake.until((calls) => calls.length === 2, "the second call");
});

test("reading: the reasoning of another answer starts folded, and opens with its own text", async (stage) => {
  const { page } = stage;
  await send(stage, ["openai/thinking", "box/thinking"]);
  await answered(page);
  const drawer = page.getByRole("region", { name: "Answers" }).locator("details");
  const isOpen = () => drawer.evaluate((details) => details.open);
  await drawer.getByText("Reasoning", { exact: true }).click();
  await page.locator(".answer-main .reasoning-text").waitFor();
  await page.getByRole("tab").nth(1).click();
  await page.waitForFunction(() => document.querySelector(".answer-main details")?.open === false);
  assert.equal(await isOpen(), false);
  await drawer.getByText("Reasoning", { exact: true }).click();
  await page.waitForFunction(() => document.querySelector(".answer-main .reasoning-text")?.textContent.length > 40);
});

test("reading: a clipboard that refuses is told to the eye as well", async (stage) => {
  const { page } = stage;
  await send(stage, ["box/fine"]);
  await answered(page);
  await page.evaluate(() => {
    navigator.clipboard.writeText = () => Promise.reject(new Error("no"));
    document.execCommand = () => false;
  });
  await page.getByRole("button", { name: "Copy", exact: true }).click();
  const told = page.getByText("The browser refused the clipboard.");
  await told.waitFor();
  const box = await told.boundingBox();
  assert.ok(box.width > 100 && box.height > 10, "it can be seen");
});

test("reading: an answer in words can be read and asked for again", async (stage) => {
  const { page } = stage;
  await send(stage, ["box/no-code"]);
  await page.getByRole("alert").waitFor();
  assert.match(await page.getByRole("alert").textContent(), /brought no code/);
  await page.getByRole("button", { name: "Answers" }).click();
  await page.getByText("There is no code in this answer.").waitFor();
  await page.getByRole("button", { name: "Cards" }).click();
  await stage.fake.clear();
  await page.getByRole("button", { name: "Retry", exact: true }).first().click();
  await stage.fake.until((calls) => calls.length === 1, "the call");
});

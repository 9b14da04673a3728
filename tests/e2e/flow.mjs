// The main job: from an empty page to code on the clipboard, with sample models and with nothing configured.
import assert from "node:assert/strict";
import { test } from "./harness.mjs";
import { answered, brief, cards, copied, download, fence, generate, link, live, prompt, send, shown, tall, unzip, winner } from "./page.mjs";

const three = ["sample/quick", "sample/cut-off", "sample/faulty-page"];

/** Chooses exactly these models in the picker. */
async function choose(page, models) {
  const list = page.getByRole("group", { name: "Available models" });
  const remove = page.getByRole("button", { name: /^Remove / });
  for (let left = await remove.count(); left > 0; left--) await remove.first().click();
  for (const model of models) await list.locator("label").filter({ hasText: model }).getByRole("checkbox").check();
}

test("flow: a first visit starts from samples, which say that they are no AI", { bare: true }, async (stage) => {
  const page = await stage.open();
  await page.getByText("Sample models are on.").waitFor();
  const chosen = page.getByRole("list", { name: "Chosen models" }).getByRole("listitem");
  assert.deepEqual(await chosen.allTextContents(), ["sample/quick", "sample/thorough", "sample/falls-back"]);
  await prompt(page).fill("Write parseDuration.");
  await generate(page).click();
  await cards(page).nth(2).waitFor();
  for (const card of await cards(page).all()) assert.match(await card.textContent(), /Sample, no AI/);
});

test("flow: three samples stream side by side, the best is named, and its code leaves as shown", { bare: true, ...tall }, async (stage) => {
  const page = await stage.open();
  await page.getByText("Sample models are on.").waitFor(); // by then a first set is chosen
  await choose(page, three);
  await page.getByRole("button", { name: "a duration parser" }).click();
  assert.match(await prompt(page).inputValue(), /parseDuration/);
  await generate(page).click();

  // All three have code, and later all have more, before any is over.
  const grow = (before) =>
    page.waitForFunction((before) => {
      const all = [...document.querySelectorAll("article")];
      if (all.length !== 3 || all.some((card) => card.getAttribute("aria-busy") !== "true")) return false;
      const lengths = all.map((card) => card.querySelector("pre")?.textContent.length ?? 0);
      return lengths.every((length, index) => length > before[index]) && lengths;
    }, before, { polling: "raf" });
  const first = await (await grow([0, 0, 0])).jsonValue();
  await grow(first);
  const boxes = await Promise.all((await cards(page).all()).map((card) => card.boundingBox()));
  assert.ok(boxes.every((box) => box.y === boxes[0].y), "the cards stand in one row");
  for (const [left, right] of [boxes.slice(0, 2), boxes.slice(1)]) assert.ok(left.x + left.width <= right.x, "no card covers another");

  await answered(page);
  assert.equal(await winner(page).textContent(), "sample/quick");
  const why = page.getByRole("region", { name: "sample/quick" });
  await why.getByText("Best of 3").waitFor();
  assert.match(await why.locator(".verdict p").last().textContent(), /\w+ .*\./, "the verdict is a sentence");
  assert.match(await page.getByRole("tab", { selected: true }).textContent(), /sample\/quick.*first/);

  const code = await shown(page);
  assert.match(code, /export .*parseDuration/);
  assert.equal(await copied(page), code);
  const file = await download(page, page.getByRole("button", { name: /^Download .*\.ts$/ }));
  assert.match(file.name, /^[\w-]+\.ts$/);
  assert.equal(file.bytes.toString("utf8"), code);

  const zip = await download(page, page.getByRole("button", { name: "Download all 3 as zip" }));
  assert.match(zip.name, /\.zip$/);
  const entries = Object.entries(unzip(zip.bytes));
  assert.equal(entries.length, 3);
  assert.equal(entries[0][1], code, "the best comes first");
  for (const [tab, [path, text]] of (await page.getByRole("tab").all()).map((tab, place) => [tab, entries[place]])) {
    await tab.click();
    await answered(page);
    await page.waitForFunction((start) => document.querySelector(".code-editor").shadowRoot?.textContent.includes(start), text.split("\n")[0]);
    assert.equal(await copied(page), text, path);
  }
  assert.ok(entries.some(([path]) => path.endsWith(".html")), "the page is named as one");
});

test("flow: the same for a real model, whose code is that of its answer", tall, async (stage) => {
  const { page } = stage;
  await send(stage, ["openai/fine"], { more: "&lang=typescript" });
  await answered(page);
  const code = fence(await stage.fake.answer("fine"));
  assert.equal(await copied(page), await shown(page));
  assert.equal((await shown(page)).trimEnd(), code.trimEnd());
});

test("flow: a link fills the form", async (stage) => {
  const page = await stage.open(link(["box/fine", "quick"], "&lang=rs"));
  const chosen = page.getByRole("list", { name: "Chosen models" }).getByRole("listitem");
  await chosen.nth(1).waitFor();
  assert.deepEqual(await chosen.allTextContents(), ["box/fine", "sample/quick"], "in the order of the link");
  assert.equal(await page.getByLabel("Language").inputValue(), "rust");
  await prompt(page).fill("Write parse_duration.");
  await generate(page).click();
  await answered(page);
  // The fake model always answers in TypeScript; the one that wrote Rust is first.
  assert.equal(await winner(page).textContent(), "sample/quick");
  await page.getByRole("button", { name: /^Download .*\.rs$/ }).waitFor();
});

test("flow: a link with a model that nobody has says so and keeps the others", async (stage) => {
  const page = await stage.open(link(["box/fine", "box/nobody"]));
  await page.getByText("The link names box/nobody, which no provider here has.").waitFor();
  assert.deepEqual(await page.getByRole("list", { name: "Chosen models" }).getByRole("listitem").allTextContents(), ["box/fine"]);
});

test("flow: the title follows the run", async (stage) => {
  const { page } = stage;
  await brief(stage, ["box/stall", "box/quick"]);
  assert.equal(await page.title(), "CodeCraft");
  await generate(page).click();
  await page.waitForFunction(() => document.title === "1 of 2 finished – CodeCraft");
  await page.getByRole("button", { name: "Cancel stall" }).click();
  await page.waitForFunction(() => document.title === "✓ quick is first – CodeCraft");
});

test("flow: a run goes on while another page is looked at, and its way back is shown", tall, async (stage) => {
  const { page } = stage;
  await stage.offer("box", "fine@rate=150");
  await send(stage, ["box/fine@rate=150"]);
  await live(page).first().waitFor();
  const workplaces = page.getByRole("navigation", { name: "Workplaces" });
  await workplaces.getByRole("link", { name: "Providers" }).click();
  await page.getByRole("heading", { name: "Providers", level: 1 }).waitFor();
  await page.waitForFunction(() => document.title.startsWith("✓"));
  await workplaces.getByRole("link", { name: "Generate" }).click();
  await answered(page);
  assert.equal((await shown(page)).trimEnd(), fence(await stage.fake.answer("fine")).trimEnd());
});

// Cancel reaches the model: the upstream sees the connection close at once, whatever it was doing.
import assert from "node:assert/strict";
import { test } from "./harness.mjs";
import { brief, cards, generate, live, prompt } from "./page.mjs";

/** From the click to the close that the upstream sees, in milliseconds. */
const LIMIT = 100;
const TRIES = 3;

/** Presses a button and says when, by the clock that the upstream has, too. */
const press = (button) => button.evaluate((element) => (element.click(), Date.now()));

/** Where the upstream stands when the button is pressed, and how one knows. */
const windows = {
  "before the headers": { model: "hang", ready: ({ fake }) => fake.until((calls) => calls.length === 3, "three calls") },
  "before the first token": { model: "mute", ready: ({ fake }) => fake.until((calls) => calls.length === 3 && calls.every((call) => call.status === 200), "three heads") },
  "in the middle of the stream": {
    model: "slow",
    async ready({ fake, page }) {
      await live(page).nth(2).waitFor();
      await fake.until((calls) => calls.length === 3 && calls.every((call) => call.bytes_sent > 0), "three streams");
    },
  },
};

for (const [when, { model, ready }] of Object.entries(windows)) {
  test(`cancel: the upstream sees the close within ${LIMIT} ms, ${when}`, { alone: true }, async (stage) => {
    const { page, fake } = stage;
    await brief(stage, ["openai", "box", "gemini"].map((provider) => `${provider}/${model}`));
    // A busy machine is late now and then; a slow program always is.
    let one = Infinity, all = Infinity;
    for (let turn = 0; turn < TRIES; turn++) {
      await fake.clear();
      await (turn === 0 ? generate(page) : page.getByRole("button", { name: "Run again" })).click();
      await ready({ fake, page });
      const calls = await fake.calls();
      const of = (provider) => calls.find((call) => call.provider === provider).id;

      const clicked = await press(cards(page).filter({ hasText: "OpenAI" }).getByRole("button", { name: /^Cancel/ }));
      const closed = await fake.ended(of("openai"));
      assert.equal(closed.ended, "client_closed");
      one = Math.min(one, closed.ended_ms - clicked);
      const others = (await fake.calls()).filter((call) => call.provider !== "openai");
      assert.ok(others.length === 2 && others.every((call) => call.ended === null), "the others go on");

      const clickedAll = await press(page.getByRole("button", { name: "Cancel all" }));
      const rest = await Promise.all([fake.ended(of("local")), fake.ended(of("gemini"))]);
      assert.ok(rest.every((call) => call.ended === "client_closed"));
      all = Math.min(all, Math.max(...rest.map((call) => call.ended_ms)) - clickedAll);
      if (model === "slow") {
        // What arrived is kept, and shown as the answer there is.
        await page.getByText(/kept\./).or(page.getByRole("tablist")).first().waitFor();
        const back = page.getByRole("button", { name: "Cards" });
        if (await back.isVisible()) await back.click();
      }
      assert.equal(await page.getByText("You cancelled this one").count(), 3);
    }
    assert.ok(one <= LIMIT, `one card: ${one} ms`);
    assert.ok(all <= LIMIT, `all cards: ${all} ms`);
  });
}

test("cancel: a page that is closed or reloaded takes its calls with it", async (stage) => {
  const { page, fake } = stage;
  await brief(stage, ["openai/hang", "box/slow"]);
  await generate(page).click();
  await live(page).first().waitFor();
  const calls = await fake.until((calls) => calls.length === 2, "two calls");
  await page.reload();
  for (const { id } of calls) assert.equal((await fake.ended(id)).ended, "client_closed");
});

test("cancel: Edit leaves the run alone, and a new run takes its place", async (stage) => {
  const { page, fake } = stage;
  await brief(stage, ["box/slow"]);
  await generate(page).click();
  await live(page).first().waitFor();
  await page.getByRole("button", { name: "Edit" }).click();
  await prompt(page).waitFor();
  const [first] = await fake.calls();
  assert.equal(first.ended, null);
  await page.getByRole("button", { name: "Back to the run" }).click();
  await cards(page).first().waitFor();
  await page.getByRole("button", { name: "Edit" }).click();
  await generate(page).click();
  assert.equal((await fake.ended(first.id)).ended, "client_closed");
  await fake.until((calls) => calls.length === 2 && calls[1].ended === null, "the second run");
});

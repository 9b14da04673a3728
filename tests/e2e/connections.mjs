// Sixteen streams in two tabs leave room for a third one.
import assert from "node:assert/strict";
import { test } from "./harness.mjs";
import { cards, live, send } from "./page.mjs";

test("connections: eight streams in each of two tabs, and a third tab's configuration comes within 100 ms", { alone: true }, async (stage) => {
  const { context, fake } = stage;
  const models = Array.from({ length: 8 }, (_, seed) => `slow@rate=20;seed=${seed}`);
  await stage.offer("box", ...models);
  const third = await context.newPage();
  await stage.open("/providers", third);
  const tabs = [stage.page, await context.newPage()];
  for (const page of tabs) await send(stage, models.map((model) => `box/${model}`), { page });
  for (const page of tabs) await live(page).nth(7).waitFor();

  let best = Infinity;
  for (let turn = 0; turn < 3; turn++) {
    const took = await third.evaluate(async () => {
      const began = performance.now();
      const response = await fetch("/api/config", { cache: "no-store" });
      await response.json();
      return performance.now() - began;
    });
    best = Math.min(best, took);
  }
  for (const page of tabs) {
    assert.equal(await cards(page).count(), 8);
    for (const card of await cards(page).all()) assert.equal(await card.getAttribute("aria-busy"), "true", "all still stream");
  }
  // The second tab's brief cleared the log, so it holds that tab's calls.
  const calls = await fake.calls();
  assert.equal(calls.filter((call) => call.ended === null && call.bytes_sent > 0).length, 8);
  assert.ok(best <= 100, `${best} ms`);
});

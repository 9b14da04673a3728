// How the states of the Generate page look, against pictures that were looked at.
//
// The clock of these pages is ours and stands still, so that times, paces and figures are the same in every run. Fonts are the
// machine's: where they differ from those of the pictures (`fonts.json`), comparing pixels would compare fonts, so only the
// structure is checked and a line says so.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { test } from "./harness.mjs";
import { answered, brief, cards, generate, live } from "./page.mjs";

const folder = fileURLToPath(new URL("baseline/", import.meta.url));
const results = fileURLToPath(new URL("../../target/e2e/", import.meta.url));
/** Share of pixels that may differ: what anti-aliasing and a caret make, and less than a word. */
const TOLERANCE = 0.015;
/** Difference of a colour channel, of 255, that the eye takes for none. */
const SAME = 24;
const update = Boolean(process.env.UPDATE_BASELINE);

const ask = "Write parseDuration(text): whole milliseconds from texts such as \"1h30m\" or \"2.5s\".";

/** Lets the page's time go on by `ms`, and no further. */
const pass = (page, ms) => page.clock.runFor(ms);

const states = {
  /** First run: nothing is connected. */
  async empty({ stage, page }) {
    await stage.open();
    await page.getByText("Sample models are on.").waitFor();
  },
  async streaming({ stage, page }) {
    await begin(stage, ["sample/quick", "sample/thorough", "sample/falls-back"]);
    await pass(page, 2600);
    await live(page).nth(1).waitFor();
    await page.locator(".candidate-head").getByText("fallback", { exact: true }).waitFor();
  },
  async finished({ stage, page }) {
    await begin(stage, ["sample/quick", "sample/thorough", "sample/falls-back"]);
    await pass(page, 12_000);
    await answered(page);
    await page.locator(".cm-line span").first().waitFor(); // its colours
    await pass(page, 1000);
  },
  /** Of a server with providers, all of which fail. */
  async failed({ stage, page }) {
    await begin(stage, ["not-found", "bad-key", "quota", "too-long"].map((model) => `openai/${model}`));
    await page.getByRole("alert").waitFor();
    await page.waitForFunction(() => document.querySelectorAll("article .candidate-said").length === 4);
  },
  /** A run that waits for the next generation of somebody's. */
  async limited({ stage, page }) {
    await page.routeWebSocket("**/api/stream", (socket) =>
      socket.onMessage(() => socket.send(JSON.stringify({ type: "error", error: { source: "proxy", code: "rate_limited", message: "Full.", retry_after_ms: 23_000 } }))),
    );
    await begin(stage, ["openai/fine", "openai/quick", "box/fine"]);
    await page.getByText("The run goes on by itself in 0:23.").waitFor();
    await page.waitForFunction(() => [...document.querySelectorAll(".candidate-story")].every((story) => story.textContent.startsWith("Waits")));
  },
  /** The door, after a wrong password. */
  async door({ stage, page }) {
    await stage.serveUsers(["ann"]);
    await stage.open();
    await page.getByLabel("Name").fill("ann");
    await page.getByLabel("Password", { exact: true }).fill("not the password");
    await page.keyboard.press("Enter");
    await page.getByText("No user has this name and this password.").waitFor();
  },
};

async function begin(stage, models) {
  const { page } = stage;
  await page.clock.install({ time: new Date("2026-11-02T09:30:00Z") });
  await brief(stage, models, { text: ask });
  await page.clock.pauseAt(new Date("2026-11-02T10:30:00Z"));
  await generate(page).click();
  await cards(page).nth(models.length - 1).waitFor();
}

/** Widths of a few words in the app's fonts, which tell one set of fonts from another. */
const fonts = (page) =>
  page.evaluate(() => {
    const text = document.createElement("canvas").getContext("2d");
    const style = getComputedStyle(document.documentElement);
    return ["--font-ui", "--font-code"].map((name) => {
      text.font = `100px ${style.getPropertyValue(name) || "monospace"}`;
      return ["Hamburgefonstiv", "0Oil1 {}=>", "✓ ↵ –"].map((words) => Math.round(text.measureText(words).width));
    });
  });

/** Share of the pixels that differ; 1 where the sizes do. The pictures are decoded by a page of their own. */
async function differing(context, one, other) {
  const page = await context.newPage();
  try {
    return await page.evaluate(
      async ([one, other, same]) => {
        const pixels = async (data) => {
          const image = new Image();
          image.src = `data:image/png;base64,${data}`;
          await image.decode();
          const canvas = new OffscreenCanvas(image.width, image.height);
          const context = canvas.getContext("2d");
          context.drawImage(image, 0, 0);
          return context.getImageData(0, 0, image.width, image.height);
        };
        const [a, b] = await Promise.all([pixels(one), pixels(other)]);
        if (a.width !== b.width || a.height !== b.height) return 1;
        let count = 0;
        for (let at = 0; at < a.data.length; at += 4) count += [0, 1, 2].some((channel) => Math.abs(a.data[at + channel] - b.data[at + channel]) > same);
        return count / (a.width * a.height);
      },
      [one.toString("base64"), other.toString("base64"), SAME],
    );
  } finally {
    await page.close();
  }
}

for (const [state, go] of Object.entries(states)) {
  for (const [form, viewport] of Object.entries({ "": { width: 1280, height: 800 }, "-390": { width: 390, height: 844 } })) {
    for (const colorScheme of ["light", "dark"]) {
      const name = `${state}${form}${colorScheme === "dark" ? "-dark" : ""}`;
      test(`looks: ${name}`, { bare: ["empty", "streaming", "finished"].includes(state), expected: /status of 401/, viewport, colorScheme }, async (stage) => {
        const { page, context } = stage;
        await go({ stage, page });
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "it fits the window");
        const picture = await page.screenshot({ animations: "disabled", caret: "hide", scale: "css" });
        const [path, fontsPath] = [`${folder}${name}.png`, `${folder}fonts.json`];
        const ours = JSON.stringify(await fonts(page));
        if (update) {
          mkdirSync(folder, { recursive: true });
          writeFileSync(path, picture);
          writeFileSync(fontsPath, `${ours}\n`);
          return;
        }
        assert.ok(existsSync(path), `there is no ${path}; UPDATE_BASELINE=1 takes it`);
        if (readFileSync(fontsPath, "utf8").trim() !== ours) {
          console.log(`      ${name}: not compared, the pictures were taken with other fonts`);
          return;
        }
        const share = await differing(context, picture, readFileSync(path));
        if (share > TOLERANCE) {
          mkdirSync(results, { recursive: true });
          writeFileSync(`${results}looks-${name}.png`, picture);
        }
        assert.ok(share <= TOLERANCE, `${(100 * share).toFixed(2)} % of the pixels differ from ${path}; ${results}looks-${name}.png is what it looks like`);
      });
    }
  }
}

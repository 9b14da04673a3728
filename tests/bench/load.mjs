// P1–P4: what a first load weighs, and when a phone on a slow network can type and run.
import { measure } from "../size.mjs";
import * as probes from "./probes.mjs";
import { alternate, median, sleep, visit } from "./stage.mjs";

const ROUNDS = 5;
/** "Slow 4G, 4 × CPU" of Lighthouse, on the level of the developer tools. */
const network = { offline: false, latency: 562.5, downloadThroughput: (1474.56 * 1000) / 8, uploadThroughput: (675 * 1000) / 8 };
const SLOWER = 4;
/** Longest load, and how long the main thread must rest until it counts as idle, in milliseconds. */
const PATIENCE = 30_000, QUIET = 1500;
/** A task blocks by what it takes beyond this. */
const SHORT = 50;

/** Open WebUI 0.12.4's chat page, measured by the method of this file; not repeated here, since it needs its own server. */
export const openWebUi = { bytes: 1_760_000, interactive: 27_300, blocking: 1268 };

/** One cold load. */
function once({ browser }, url, ready) {
  return visit(browser, async (page, cdp) => {
    let received = 0;
    cdp.on("Network.loadingFinished", ({ encodedDataLength }) => (received += encodedDataLength));
    await cdp.send("Network.enable");
    await cdp.send("Network.emulateNetworkConditions", network);
    await cdp.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
    await page.addInitScript(probes.loading);
    await page.goto(url, { waitUntil: "commit" });
    await page.waitForFunction((ready) => window.bench?.[ready], ready, { timeout: PATIENCE });
    const bytes = received;
    await sleep(QUIET);
    const { typeable, mounted, tasks } = await page.evaluate(() => window.bench);
    const usable = Math.max(typeable, mounted ?? 0);
    const interactive = Math.max(usable, ...tasks.map(({ start, duration }) => start + duration));
    const blocking = tasks.filter(({ start }) => start >= typeable).reduce((sum, { duration }) => sum + Math.max(0, duration - SHORT), 0);
    return { typeable, interactive, blocking, bytes };
  });
}

/** Whether what is typed as soon as there is a prompt is still there once the app has taken it over. */
function kept({ browser, app }) {
  return visit(browser, async (page, cdp) => {
    await cdp.send("Network.enable");
    await cdp.send("Network.emulateNetworkConditions", network);
    await page.addInitScript(probes.loading);
    await page.goto(app, { waitUntil: "commit" });
    await page.waitForFunction(() => window.bench?.typeable, null, { timeout: PATIENCE });
    await page.keyboard.type("kept");
    const early = await page.evaluate(() => window.bench.mounted === null);
    await page.waitForFunction(() => window.bench.mounted, null, { timeout: PATIENCE });
    return early && (await page.locator("#prompt").inputValue()) === "kept";
  });
}

const kb = (bytes) => `${(bytes / 1000).toFixed(1)} KB`;
const seconds = (ms) => `${(ms / 1000).toFixed(2)} s`;

/** Rows, charts and raw figures of P1–P4. */
export async function loading(stage) {
  const sizes = measure();
  const runs = { ours: [], floor: [] };
  for (const name of alternate(["ours", "floor"], ROUNDS)) {
    const [url, ready] = name === "ours" ? [stage.app, "mounted"] : [`${stage.peers}/static`, "typeable"];
    runs[name].push(await once(stage, url, ready));
  }
  const survives = await kept(stage);
  const middle = (name, figure) => median(runs[name].map((run) => run[figure]));
  const [typeable, interactive, blocking] = ["typeable", "interactive", "blocking"].map((figure) => middle("ours", figure));
  const floor = middle("floor", "typeable");
  const weight = (id, metric, bytes, share) => ({
    id,
    metric,
    ours: kb(bytes),
    peer: `Open WebUI ${kb(openWebUi.bytes)} (constant)`,
    ratio: `1/${(openWebUi.bytes / bytes).toFixed(1)} of peer`,
    goal: `≤ 1/${share} of peer (${kb(openWebUi.bytes / share)})`,
    met: bytes <= openWebUi.bytes / share,
  });
  return {
    rows: [
      weight("P1", "first load, brotli", sizes.first, 10),
      { ...weight("P2", "whole app: first load, editor, one language", sizes.whole, 5), goal: "≤ 340.0 KB", met: sizes.whole <= 340_000 },
      {
        id: "P3",
        metric: "prompt typeable, Slow 4G, 4 × CPU",
        ours: seconds(typeable),
        floor: `static page ${seconds(floor)}`,
        peer: `Open WebUI ${seconds(openWebUi.interactive)} (constant)`,
        ratio: `${(typeable / floor).toFixed(2)} × floor, 1/${(openWebUi.interactive / typeable).toFixed(0)} of peer`,
        goal: "≤ 1.15 × floor and ≤ 1/30 of peer",
        met: typeable <= 1.15 * floor && typeable <= openWebUi.interactive / 30,
      },
      { id: "P3", metric: "what was typed before the app came", ours: survives ? "kept" : "lost", goal: "kept", met: survives },
      {
        id: "P4",
        metric: "time to interactive, same profile",
        ours: seconds(interactive),
        floor: `static page ${seconds(floor)}`,
        peer: `Open WebUI ${seconds(openWebUi.interactive)} (constant)`,
        ratio: `${(interactive / floor).toFixed(2)} × floor, 1/${(openWebUi.interactive / interactive).toFixed(1)} of peer`,
        goal: "≤ 2.4 s, ≤ 1/11 of peer",
        met: interactive <= 2400 && interactive <= openWebUi.interactive / 11,
      },
      {
        id: "P4",
        metric: "total blocking time, same profile",
        ours: `${blocking.toFixed(0)} ms`,
        peer: `Open WebUI ${openWebUi.blocking} ms (constant)`,
        goal: "≤ 50 ms",
        met: blocking <= 50,
      },
    ],
    charts: [
      {
        name: "load",
        title: "Slow 4G, 4 × CPU: seconds",
        bars: [
          ["static page, typeable", floor / 1000],
          ["CodeCraft, typeable", typeable / 1000],
          ["CodeCraft, interactive", interactive / 1000],
          ["Open WebUI, interactive (constant)", openWebUi.interactive / 1000],
        ],
      },
      {
        name: "weight",
        title: "First load, brotli: KB",
        bars: [
          ["CodeCraft", sizes.first / 1000],
          ["CodeCraft, editor and one language", sizes.whole / 1000],
          ["Open WebUI (constant)", openWebUi.bytes / 1000],
        ],
      },
    ],
    raw: { sizes, runs },
  };
}

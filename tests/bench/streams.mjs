// P5–P8: what streams cost the main thread, and what the user feels of it.
import { LINE_CHARS } from "./code.mjs";
import * as probes from "./probes.mjs";
import { PROVIDER, alternate, contenders, median, quantile, sleep, visit } from "./stage.mjs";
import { TOKEN_CHARS, names } from "./upstream.mjs";

const ROUNDS = 3;
/** Tokens per second and stream. */
const RATE = 200;
/** Lines in which the cost of a frame is taken, and lines of a whole answer; drawing them takes this long. */
const SHORT = 500, LONG = 1950, WHOLE = 2000, WHOLE_SECONDS = 50;
/** Milliseconds of streaming before a figure is taken, and of the figure itself. */
const LEAD = 1000, SPAN = 6000;
/** Lines that arrive from the start of the pace to the middle of the span. */
const AHEAD = Math.round((((LEAD + SPAN / 2) / 1000) * RATE * TOKEN_CHARS) / LINE_CHARS);
const FRAME = 1000 / 60;
/** Keys that are typed, the pause between them, and when enough is enough, in milliseconds. */
const KEYS = 30, PAUSE = 110, TYPING = 8000;

/** What the page's main thread did so far, in seconds of its own clock, and what the page holds. */
async function spending(cdp) {
  const { metrics } = await cdp.send("Performance.getMetrics");
  return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
}

/** Waits until the page has drawn what it got. */
async function settle(page) {
  await sleep(500);
  await page.evaluate(() => new Promise((idle) => requestIdleCallback(() => requestAnimationFrame(idle), { timeout: 20_000 })));
  await sleep(500);
}

/** Brings a page to `streams` open streams: ours as a user does, by the form. */
async function begin({ app, peers, upstream }, page, name, streams, pane) {
  if (name === "ours") {
    await page.goto(`${app}/?lang=typescript&models=${names(PROVIDER, streams).map(encodeURIComponent).join(",")}`);
    await page.locator("#models-h").waitFor();
    await page.getByRole("list", { name: "Chosen models" }).getByRole("listitem").nth(streams - 1).waitFor();
    await page.locator("#prompt").fill("Write a scheduler.");
    await page.getByRole("button", { name: "Generate" }).click();
  } else {
    const query = new URLSearchParams({ contender: name, streams, stream: `${app.replace("http", "ws")}/api/stream`, ...pane });
    await page.goto(`${peers}/panes?${query}`);
  }
  await upstream.open(streams);
}

/** A visit that streams; afterwards all streams are gone. */
async function streaming(stage, name, streams, pane, init, run) {
  const result = await visit(stage.browser, async (page, cdp) => {
    for (const [probe, argument] of init) await page.addInitScript(probe, argument);
    await cdp.send("Performance.enable", { timeDomain: "threadTicks" });
    await begin(stage, page, name, streams, pane);
    return run(page, cdp);
  }).finally(() => stage.upstream.rest());
  await stage.upstream.open(0);
  return result;
}

/** The size and the font of our panes, which floor and peers take over, so that all draw the same number of lines. */
const geometry = (stage, streams) =>
  streaming(stage, "ours", streams, {}, [], async (page) => {
    stage.upstream.burst(SHORT);
    await settle(page);
    return page.locator(".code-stream").first().evaluate((pane) => {
      const { width, height } = pane.getBoundingClientRect();
      const { font } = getComputedStyle(pane);
      return { width, height, font };
    });
  });

/** Main-thread cost, in milliseconds, of a frame that draws around line `at`. */
async function frameCost({ upstream }, page, cdp, at) {
  upstream.burst(at - AHEAD);
  await settle(page);
  await cdp.send("HeapProfiler.collectGarbage");
  upstream.pace(RATE);
  await sleep(LEAD);
  await page.evaluate(() => window.bench.reset());
  const before = await spending(cdp);
  await sleep(SPAN);
  const after = await spending(cdp);
  // Who is too slow to draw at every frame pays for few frames; those count.
  const frames = await page.evaluate(() => Math.min(window.bench.draws || Infinity, window.bench.frames));
  upstream.rest();
  const spent = (metric) => (1000 * (after[metric] - before[metric])) / frames;
  return {
    frames,
    task: spent("TaskDuration"),
    script: spent("ScriptDuration"),
    style: spent("RecalcStyleDuration"),
    layout: spent("LayoutDuration"),
    busy: (after.TaskDuration - before.TaskDuration) / (after.Timestamp - before.Timestamp),
    nodes: after.Nodes,
    heap: after.JSHeapUsedSize,
    overdue: upstream.overdue,
  };
}

/** P5 and P7: six streams, four contenders. */
async function cost(stage, say) {
  const pane = await geometry(stage, 6);
  const runs = Object.fromEntries(["ours", ...contenders].map((name) => [name, []]));
  for (const name of alternate(Object.keys(runs), ROUNDS)) {
    runs[name].push(
      await streaming(stage, name, 6, pane, [[probes.frames]], async (page, cdp) => {
        await settle(page);
        const short = await frameCost(stage, page, cdp, SHORT);
        const long = await frameCost(stage, page, cdp, LONG);
        return { short, long };
      }),
    );
    const { short, long } = runs[name].at(-1);
    say(`${name}: ${short.task.toFixed(2)} ms a frame at ${SHORT} lines, ${long.task.toFixed(2)} at ${LONG}, ${(100 * long.busy).toFixed(0)} % busy`);
  }
  const figures = Object.fromEntries(
    Object.entries(runs).map(([name, all]) => {
      const [short, long] = ["short", "long"].map((at) => median(all.map((run) => run[at].task)));
      const frames = median(all.map((run) => run.long.frames));
      // The cost grows in a line or not at all, so the middle of the answer stands for the whole.
      const middle = short + ((WHOLE / 2 - SHORT) / (LONG - SHORT)) * (long - short);
      return [name, { short, long, whole: (middle * WHOLE_SECONDS * 60) / 1000, growth: median(all.map((run) => run.long.task / run.short.task)), kept: frames / ((SPAN / 1000) * 60) }];
    }),
  );
  return { pane, runs, figures };
}

/** P6 and P8: eight streams in real time, then typing while they go on. */
async function feel(stage, say) {
  const pane = await geometry(stage, 8);
  const shown = { ours: ".code-stream", floor: ".pane", markdown: null };
  const runs = Object.fromEntries(Object.keys(shown).map((name) => [name, []]));
  for (const name of alternate(Object.keys(shown), ROUNDS)) {
    const init = [[probes.frames], [probes.typing], ...(shown[name] ? [[probes.staleness, shown[name]]] : [])];
    runs[name].push(
      await streaming(stage, name, 8, pane, init, async (page) => {
        stage.upstream.burst(SHORT - AHEAD);
        await settle(page);
        await page.evaluate(() => window.bench.calibrate?.());
        stage.upstream.pace(RATE);
        await sleep(LEAD);
        await page.evaluate(() => window.bench.reset());
        await sleep(SPAN);
        const { gaps, tasks, late } = await page.evaluate(() => ({ ...window.bench }));
        if (late?.length === 0) throw new Error(`Nothing that arrived was ever shown by ${name}.`);
        const overdue = stage.upstream.overdue;
        const keys = await type(page, name);
        const total = gaps.reduce((sum, gap) => sum + gap, 0);
        const dropped = gaps.reduce((sum, gap) => sum + Math.max(0, Math.round(gap / FRAME) - 1), 0) / (total / FRAME);
        return { tasks, dropped, late: late ? { p50: quantile(late, 0.5), p95: quantile(late, 0.95), pieces: late.length } : null, keys, overdue };
      }),
    );
    const { tasks, dropped, late, keys } = runs[name].at(-1);
    say(`${name}: ${tasks.length} long tasks, ${(100 * dropped).toFixed(1)} % dropped, ${late ? `${late.p95.toFixed(0)} ms stale, ` : ""}${quantile(keys, 0.95).toFixed(0)} ms to show a key`);
  }
  return { pane, runs };
}

/** Types into the prompt while the streams go on; milliseconds until each key was shown. */
async function type(page, name) {
  if (name === "ours") await page.getByRole("button", { name: "Edit" }).click();
  await page.locator("#prompt").focus();
  await sleep(PAUSE);
  await page.evaluate(() => window.bench.reset());
  const end = performance.now() + TYPING;
  for (let key = 0; key < KEYS && performance.now() < end; key++) {
    await page.keyboard.press("abcdefghij"[key % 10]);
    // Not in step with the frames.
    await sleep(PAUSE + ((key * 7) % 16));
  }
  await settle(page);
  const keys = await page.evaluate(() => [...window.bench.keys]);
  if (keys.length === 0) throw new Error(`No key was ever shown by ${name}.`);
  return keys;
}

const share = (value) => `${(100 * value).toFixed(1)} %`;
const ms = (value) => `${value.toFixed(1)} ms`;

/** Rows, charts and raw figures of P5–P8. */
export async function streams(stage, say) {
  const { figures, ...costs } = await cost(stage, say);
  const { ours, floor, codemirror, markdown } = figures;
  const feels = await feel(stage, say);
  const over = (name, figure) => median(feels.runs[name].map(figure));
  const longTasks = (name) => over(name, ({ tasks }) => tasks.length);
  const dropped = (name) => over(name, (run) => run.dropped);
  const stale = (name) => over(name, ({ late }) => late.p95);
  const keys = (name) => over(name, (run) => quantile(run.keys, 0.95));
  const growth = ([name, { growth }]) => `${name} ${growth.toFixed(2)}`;
  const cpuSeconds = (value) => `${value.toFixed(1)} CPU-s`;
  return {
    rows: [
      {
        id: "P5",
        metric: `main thread, 6 × ${RATE} tok/s, ${WHOLE.toLocaleString("en")} lines each, 60 frames/s`,
        ours: cpuSeconds(ours.whole),
        floor: `uncoloured ${cpuSeconds(floor.whole)}`,
        peer: `CodeMirror ${cpuSeconds(codemirror.whole)}; react-markdown ${cpuSeconds(markdown.whole)}`,
        ratio: `${(ours.whole / floor.whole).toFixed(2)} × floor; 1/${(codemirror.whole / ours.whole).toFixed(1)} of CodeMirror; 1/${(markdown.whole / ours.whole).toFixed(0)} of react-markdown`,
        goal: "≤ 2 × floor, ≤ 1/2.5 of CodeMirror, ≤ 1/60 of react-markdown",
        met: ours.whole <= 2 * floor.whole && ours.whole <= codemirror.whole / 2.5 && ours.whole <= markdown.whole / 60,
      },
      { id: "P6", metric: "long tasks, 8 streams in real time", ours: String(longTasks("ours")), floor: String(longTasks("floor")), peer: `react-markdown ${longTasks("markdown")}`, goal: "0", met: longTasks("ours") === 0 },
      { id: "P6", metric: "dropped frames", ours: share(dropped("ours")), floor: share(dropped("floor")), peer: `react-markdown ${share(dropped("markdown"))}`, goal: "≤ 0.5 %", met: dropped("ours") <= 0.005 },
      { id: "P6", metric: "staleness p95", ours: ms(stale("ours")), floor: ms(stale("floor")), ratio: `${(stale("ours") / stale("floor")).toFixed(2)} × floor`, goal: "≤ 33 ms", met: stale("ours") <= 33 },
      {
        id: "P7",
        metric: `cost of a frame at ${LONG} lines ÷ at ${SHORT}`,
        ours: ours.growth.toFixed(2),
        floor: floor.growth.toFixed(2),
        peer: Object.entries({ CodeMirror: codemirror, "react-markdown": markdown }).map(growth).join("; "),
        goal: "≤ 1.2",
        met: ours.growth <= 1.2,
      },
      {
        id: "P8",
        metric: "key to frame p95 in the prompt, 8 streams",
        ours: ms(keys("ours")),
        floor: ms(keys("floor")),
        peer: `react-markdown ${ms(keys("markdown"))}`,
        ratio: `1/${(keys("markdown") / keys("ours")).toFixed(1)} of react-markdown`,
        goal: "≤ 33 ms, ≤ 1/5 of react-markdown",
        met: keys("ours") <= 33 && keys("ours") <= keys("markdown") / 5,
      },
    ],
    charts: [
      {
        name: "streams",
        title: `Six coloured streams: ms of main thread per frame at ${LONG} lines (16.7 is all there is)`,
        log: true,
        bars: [
          ["floor, uncoloured", floor.long],
          ["CodeCraft", ours.long],
          ["CodeMirror 6", codemirror.long],
          ["react-markdown, highlight.js", markdown.long],
        ],
      },
      {
        name: "growth",
        title: `Cost of a frame at ${LONG} lines ÷ at ${SHORT}`,
        bars: [
          ["floor, uncoloured", floor.growth],
          ["CodeCraft", ours.growth],
          ["CodeMirror 6", codemirror.growth],
          ["react-markdown, highlight.js", markdown.growth],
        ],
      },
    ],
    raw: { figures, costs, feels },
  };
}

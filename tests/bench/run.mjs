// `make bench`: every benchmark against its floor or peer, as ratios in one run. Writes target/bench/report.{md,json} and charts.
//
//   node tests/bench/run.mjs            all
//   node tests/bench/run.mjs load       those whose name contains a word: load, streams, proxy, abuse
//
// A missed goal is a result; the status tells only whether every benchmark could run.
import { cpus } from "node:os";
import { abuse, setAbuse } from "./abuse.mjs";
import { loading } from "./load.mjs";
import { proxy, setProxy } from "./proxy.mjs";
import { write } from "./report.mjs";
import { load, root, set } from "./stage.mjs";
import { streams } from "./streams.mjs";

/** Above this load average two cores are too busy for times to mean much. */
const NOISY = 3;

const words = process.argv.slice(2);
/** Each with what it stands on; those with the same stage follow each other. */
const all = { load: [set, loading], streams: [set, streams], proxy: [setProxy, proxy], abuse: [setAbuse, abuse] };
const benches = Object.entries(all).filter(([name]) => words.length === 0 || words.some((word) => name.includes(word)));

const began = performance.now();
const loads = [load()];
const watch = setInterval(() => loads.push(load()), 10_000);
const say = (text) => console.log(`  ${text}`);
const results = { rows: [], charts: [], raw: {}, failures: [] };
let stage, standing, browser;
try {
  for (const [name, [setUp, bench]] of benches) {
    console.log(`── ${name} ──`);
    try {
      if (standing !== setUp) {
        await stage?.close();
        [stage, standing] = [null, setUp];
        stage = await setUp();
        browser ??= stage.browser && `Chromium ${stage.browser.version()}`;
      }
      const { rows, charts, raw } = await bench(stage, say);
      results.rows.push(...rows);
      results.charts.push(...charts);
      results.raw[name] = raw;
    } catch (error) {
      console.error(error);
      results.failures.push(`${name}: ${error.message.split("\n")[0]}`);
    }
  }
} finally {
  clearInterval(watch);
  await stage?.close();
}

const max = Math.max(...loads);
const machine = {
  date: new Date().toISOString().slice(0, 16),
  cpus: cpus().length,
  node: process.versions.node,
  browser,
  minutes: ((performance.now() - began) / 60_000).toFixed(1),
  load: { before: loads[0], max },
  noisy: max > NOISY,
};
console.log(`\n${write(`${root}target/bench`, { ...results, machine })}\n`);
process.exitCode = results.failures.length ? 1 : 0;

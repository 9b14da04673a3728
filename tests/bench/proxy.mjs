// P9–P11: what the proxy adds to a stream, how many small calls it passes, and what 1,000 streams cost it, against nginx and against
// the least that a relay of the same crates can be.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { FAST, STREAMS, cpu, instant, load, memory, ways } from "./peers.mjs";
import { alternate, median, quantile, sleep } from "./stage.mjs";

const CHAT = "/v1/chat/completions", MODELS = "/v1/models";
/** Streams one after the other, their events, and the time between two events in microseconds. */
const TURNS = { streams: 8, events: 200, period_us: 2000 }, TURN_ROUNDS = 5;
/** Requests: connections of wrk, seconds. */
const WRK = { connections: 16, seconds: 3 }, WRK_ROUNDS = 3;
/** Streams at once, and the seconds of them in which CPU is counted; opening takes less than the lead. */
const MANY = { streams: 1000, events: 60, period_us: 100_000 }, SPAN = 4000, MANY_ROUNDS = 3;

const run = promisify(execFile);
const names = Object.keys(ways);
const collect = (names) => Object.fromEntries(names.map((name) => [name, []]));

/** Runs `visit` with a fresh program of this name, or with none for the upstream itself. */
async function through(stage, name, visit) {
  const upstreams = { streams: stage.load.url, fast: stage.fast.url };
  if (name === "direct") return visit({ [STREAMS]: upstreams.streams, [FAST]: upstreams.fast });
  const way = await ways[name === "socket" ? "ours" : name](upstreams);
  try {
    return await visit(way);
  } finally {
    await way.close();
  }
}

/** Where a contender is asked for a stream. */
const target = (name, way) => (name === "socket" ? { url: way.socket, socket: { provider: STREAMS, path: CHAT.slice(1) } } : { url: way[STREAMS] + CHAT });

async function latency(stage, say) {
  const all = ["direct", ...names, "socket"];
  const runs = collect(all);
  for (const name of alternate(all, TURN_ROUNDS)) {
    const { first, events } = await through(stage, name, async (way) => {
      const order = (turns) => stage.load.order({ order: "turns", target: target(name, way), ...turns });
      await order({ ...TURNS, streams: 2, events: 50 });
      return order(TURNS);
    });
    runs[name].push({ first: median(first), p50: quantile(events, 0.5), p99: quantile(events, 0.99) });
    const { first: byte, p50, p99 } = runs[name].at(-1);
    say(`${name}: first byte ${byte.toFixed(0)} µs, chunk p50 ${p50.toFixed(0)} µs, p99 ${p99.toFixed(0)} µs`);
  }
  return runs;
}

async function requests(stage, say) {
  const all = ["direct", ...names];
  const runs = collect(all);
  for (const name of alternate(all, WRK_ROUNDS)) {
    const figures = await through(stage, name, async (way) => {
      const wrk = async (seconds) => (await run("wrk", ["-t1", `-c${WRK.connections}`, `-d${seconds}s`, "--latency", way[FAST] + MODELS])).stdout;
      const pid = name === "direct" ? stage.fast.pid : (way.pids?.[FAST] ?? way.pid);
      await wrk(1);
      const before = cpu(pid);
      const said = await wrk(WRK.seconds);
      if (/Non-2xx|Socket errors/.test(said)) throw new Error(`${name} refused requests:\n${said}`);
      const count = Number(/(\d+) requests in/.exec(said)[1]);
      return { rate: Number(/Requests\/sec:\s+([\d.]+)/.exec(said)[1]), cpu: (1e6 * (cpu(pid) - before)) / count };
    });
    runs[name].push(figures);
    say(`${name}: ${figures.rate.toFixed(0)} requests/s, ${figures.cpu.toFixed(1)} µs CPU each`);
  }
  return runs;
}

async function many(stage, say) {
  const all = [...names, "socket"];
  const runs = collect(all);
  for (const name of alternate(all, MANY_ROUNDS)) {
    const figures = await through(stage, name, async (way) => {
      const order = (many) => stage.load.order({ order: "together", target: target(name, way), ...many });
      // What the first calls allocate for good is not any stream's.
      await order({ ...MANY, streams: 4, events: 4 });
      await stage.load.answer();
      const empty = memory(way.pid);
      await order(MANY);
      const before = { cpu: cpu(way.pid), at: performance.now() };
      await sleep(SPAN);
      const held = memory(way.pid) - empty;
      const spent = cpu(way.pid) - before.cpu;
      const events = ((performance.now() - before.at) * 1000 * MANY.streams) / MANY.period_us;
      const { p50, p99 } = await stage.load.answer();
      return { memory: held / MANY.streams, cpu: (1e6 * spent) / events, p50, p99 };
    });
    runs[name].push(figures);
    say(`${name}: ${(figures.memory / 1000).toFixed(1)} KB per stream, ${figures.cpu.toFixed(1)} µs CPU per event, chunk p50 ${figures.p50.toFixed(0)} µs, p99 ${figures.p99.toFixed(0)} µs`);
  }
  return runs;
}

const times = (ours, peer) => `${(ours / peer).toFixed(2)} ×`;
const us = (value) => `${value.toFixed(1)} µs`;
const more = (value) => `+${us(value)}`;
const kb = (bytes) => `${(bytes / 1000).toFixed(1)} KB`;
const rate = (value) => `${(value / 1000).toFixed(1)} k/s`;

/** Rows, charts and raw figures of P9–P11. */
export async function proxy(stage, say) {
  const turns = await latency(stage, say);
  const calls = await requests(stage, say);
  const crowd = await many(stage, say);
  const middle = (runs, name, figure) => median(runs[name].map((run) => run[figure]));
  /** What a contender adds to the direct way, taken round by round, since the machine differs between rounds. */
  const added = (name, figure) => median(turns[name].map((run, round) => run[figure] - turns.direct[round][figure]));
  /** A row in which less is better: ours against nginx, with the bare relay and the socket beside it. */
  const row = (id, metric, of, form, most) => {
    const [ours, nginx, relay] = ["ours", "nginx", "relay"].map(of);
    return {
      id,
      metric,
      ours: form(ours),
      peer: `nginx ${form(nginx)}; bare relay ${form(relay)}`,
      ratio: `${times(ours, nginx)} nginx; ${times(ours, relay)} bare relay`,
      ...(most && { goal: `≤ ${most} × nginx`, met: ours <= most * nginx }),
    };
  };
  const [p50, p99] = ["p50", "p99"].map((figure) => (name) => middle(turns, name, figure));
  const perSecond = (name) => middle(calls, name, "rate");
  const perRequest = (name) => middle(calls, name, "cpu");
  const perStream = (name) => middle(crowd, name, "memory");
  const perEvent = (name) => middle(crowd, name, "cpu");
  const socket = (metric, of, form) => ({ id: "P9–11", metric: `by WebSocket: ${metric}`, ours: form(of("socket")), peer: `nginx, plain ${form(of("nginx"))}`, ratio: `${times(of("socket"), of("nginx"))} nginx` });
  return {
    rows: [
      { ...row("P9", "added to a chunk, p50", (name) => added(name, "p50"), more, 1.3), floor: `direct ${us(p50("direct"))}` },
      { ...row("P9", "a chunk, p99", p99, us, 1.5), floor: `direct ${us(p99("direct"))}` },
      row("P9", "added to the first byte, p50", (name) => added(name, "first"), more),
      {
        ...row("P10", "small JSON requests/s on one thread", perSecond, rate),
        floor: `direct ${rate(perSecond("direct"))}`,
        goal: "≥ 0.7 × nginx",
        met: perSecond("ours") >= 0.7 * perSecond("nginx"),
      },
      row("P10", "CPU per small JSON request", perRequest, us),
      row("P11", "memory per stream, 1,000 streams", perStream, kb, 2),
      row("P11", "CPU per event, 1,000 streams × 10 events/s", perEvent, us, 1.3),
      row("P11", "a chunk among 1,000 streams, p99", (name) => middle(crowd, name, "p99"), us),
      socket("added to a chunk, p50", (name) => added(name, "p50"), more),
      socket("memory per stream", perStream, kb),
      socket("CPU per event", perEvent, us),
    ],
    charts: [
      {
        name: "proxy-memory",
        title: "Memory per stream among 1,000: KB",
        bars: [["nginx", perStream("nginx") / 1000], ["bare relay of axum and reqwest", perStream("relay") / 1000], ["CodeCraft", perStream("ours") / 1000], ["CodeCraft, WebSocket", perStream("socket") / 1000]],
      },
      {
        name: "proxy-chunk",
        title: "Added to a chunk, median: µs",
        bars: [["nginx", added("nginx", "p50")], ["bare relay of axum and reqwest", added("relay", "p50")], ["CodeCraft", added("ours", "p50")], ["CodeCraft, WebSocket", added("socket", "p50")]],
      },
    ],
    raw: { turns, calls, crowd },
  };
}

/** The load in front and behind, and an upstream that answers at once. */
export async function setProxy() {
  const closers = [];
  const close = () => Promise.all(closers.map((program) => program.close()));
  const keep = (program) => (closers.push(program), program);
  try {
    return { load: keep(await load()), fast: keep(await instant()), close };
  } catch (error) {
    await close();
    throw error;
  }
}

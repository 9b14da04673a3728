// PX24: what everybody else feels while somebody holds on to the server. The sockets and the memory are for tests/api/abuse.rs.
import { STREAMS, load, memory, ways } from "./peers.mjs";
import { alternate, median, quantile, sleep } from "./stage.mjs";

const CHAT = "/v1/chat/completions", MODELS = "/v1/models";
const ROUNDS = 4;
/** Requests of everybody else, and the time between two of them in microseconds. */
const NORMAL = { requests: 400, period_us: 4000 };
/** Until the abuse is in full swing, in milliseconds. */
const LEAD = 500;
/** How much slower others may get. */
const MOST = 1.2;

/** Everything that a proxy has to bear, by the load's names. */
const kinds = {
  slow_headers: "500 clients that send a head byte by byte",
  stopped_readers: "50 clients that read nothing of a flood",
  endless_body: "100 MB bodies without length",
  idle_streams: "1,000 idle streams",
  trickle: "100 streams of a byte a second",
  endless: "20 streams that never end",
};

/** One round of others' requests; `kind` is undefined while nobody does anything else. */
async function round({ others, crowd }, kind) {
  const server = await ways.ours({ streams: crowd.url, fast: others.url }, { TOKIO_WORKER_THREADS: undefined });
  try {
    const normal = (requests) => others.order({ order: "normal", url: server.fast + MODELS, ...NORMAL, requests });
    await normal(20);
    const empty = memory(server.pid);
    if (kind) {
      await crowd.order({ order: "abuse", kind, target: { url: server[STREAMS] + CHAT } });
      await sleep(LEAD);
    }
    const { late } = await normal(NORMAL.requests);
    return { p50: quantile(late, 0.5), p95: quantile(late, 0.95), grown: memory(server.pid) - empty };
  } finally {
    if (kind) await crowd.order({ order: "mend" });
    await server.close();
  }
}

/** Rows and raw figures of PX24. */
export async function abuse(stage, say) {
  const raw = {};
  for (const kind of Object.keys(kinds)) {
    const runs = (raw[kind] = { calm: [], abuse: [] });
    for (const name of alternate(["calm", "abuse"], ROUNDS)) runs[name].push(await round(stage, name === "abuse" ? kind : undefined));
    const [calm, abused] = ["calm", "abuse"].map((name) => runs[name].map(({ p95 }) => p95.toFixed(0)).join(", "));
    say(`${kinds[kind]}: p95 ${calm} µs without, ${abused} µs with it`);
  }
  const rows = Object.entries(kinds).map(([kind, what]) => {
    const [calm, abused] = ["calm", "abuse"].map((name) => median(raw[kind][name].map(({ p95 }) => p95)));
    return {
      id: "PX24",
      metric: `others' requests, p95, beside ${what}`,
      ours: `${abused.toFixed(0)} µs, ${(median(raw[kind].abuse.map(({ grown }) => grown)) / 1e6).toFixed(1)} MB more`,
      floor: `alone ${calm.toFixed(0)} µs`,
      ratio: `${(abused / calm).toFixed(2)} ×`,
      goal: `≤ ${MOST} × alone`,
      met: abused <= MOST * calm,
    };
  });
  return { rows, charts: [], raw };
}

/** Two loads: those who abuse must not slow down the clock of the others. */
export async function setAbuse() {
  const [others, crowd] = await Promise.all([load(), load()]);
  return { others, crowd, close: () => Promise.all([others.close(), crowd.close()]) };
}

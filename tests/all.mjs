// Runs every ring, shows its output as it comes, and ends with one plain line that counts them all.
//
// `RING=native node tests/all.mjs` runs the rings whose name contains the word; the tools must be on PATH, as `make test` puts them.
import { spawn, spawnSync } from "node:child_process";

const core = ["--workspace", "--exclude", "codecraft-ui", "--locked"];
// The app's own profile and target: component tests then share the dependencies that Trunk has built.
const app = ["--package", "codecraft-ui", "--target", "wasm32-unknown-unknown", "--profile", "wasm-release", "--locked"];
const deny = ["--", "-D", "warnings"];

/** Name, command, and what passing counts for: a check is one test, a build none (null), and tests count themselves (0), at least one. */
const rings = [
  ["format", ["cargo", "fmt", "--all", "--check"], 1],
  ["lint providers", ["node", "tests/lint.mjs"], 1],
  ["lint proxy", ["node", "tests/lint-proxy.mjs"], 1],
  ["lint native", ["cargo", "clippy", ...core, "--all-targets", ...deny], 1],
  ["lint app", ["cargo", "clippy", ...app, "--all-targets", ...deny], 1],
  ["native", ["cargo", "test", ...core, "--no-fail-fast"], 0],
  ["components", ["cargo", "test", ...app, "--no-fail-fast"], 0],
  ["build", ["make", "--no-print-directory", "build"], null],
  ["build", ["cargo", "build", "--locked", "--package", "codecraft-tests", "--bins"], null],
  ["clients", ["node", "--test", "--test-reporter=spec", ...["accounts", "google", "ollama", "openai"].map((name) => `tests/sdk/${name}.test.mjs`)], 0],
  ["editor", ["node", "--test", "--test-reporter=spec", "app/editor/test/dist.test.mjs", "app/editor/test/editor.test.mjs"], 0],
  ["end to end", ["node", "tests/e2e/run.mjs"], 0],
].filter(([name]) => name.includes(process.env.RING ?? ""));

if (rings.length === 0) throw new Error(`No ring is called "${process.env.RING}".`);

const target = process.env.CARGO_TARGET_DIR ?? "target";
const env = {
  ...process.env,
  CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER: "wasm-bindgen-test-runner",
  // A machine that is busy compiling starts its browser late.
  WASM_BINDGEN_TEST_DRIVER_TIMEOUT: "60",
  WASM_BINDGEN_TEST_TIMEOUT: "120",
  SERVER_BIN: `${target}/release/codecraft`,
  FAKE_UPSTREAM_BIN: `${target}/debug/fake-upstream`,
  CHROMIUM: process.env.CHROMIUM ?? ["chromium", "chromium-browser", "google-chrome"].find((name) => spawnSync(name, ["--version"]).status === 0) ?? "chromium",
};

// How the rings say their counts: cargo, the Wasm runner and our own runner; then Node's.
const together = /^(?:test result: \w+\. )?(\d+) passed[;,] (\d+) failed/;
const apart = /^[ℹ#] (pass|fail) (\d+)$/;

/** Runs one ring; its counts, and a failure more if it ended badly without having counted one (it did not compile, say). */
async function run(name, [command, ...args], counts) {
  const sum = { pass: 0, fail: 0 };
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], env });
  for (const stream of ["stdout", "stderr"]) {
    let rest = "";
    child[stream].setEncoding("utf8").on("data", (text) => {
      process[stream].write(text);
      const lines = (rest + text).split("\n");
      rest = lines.pop();
      for (const line of lines) {
        const [, passed, failed] = together.exec(line) ?? [];
        const [, which, number] = apart.exec(line) ?? [];
        if (passed) sum.pass += +passed;
        if (failed) sum.fail += +failed;
        if (which) sum[which] += +number;
      }
    });
  }
  const code = await new Promise((done) => child.on("error", done).on("close", done));
  if (code === 0 && (counts === null || counts + sum.pass + sum.fail > 0)) sum.pass += counts ?? 0;
  else if (sum.fail === 0) {
    console.error(`The ring "${name}" stopped: ${code === 0 ? "it ran no test" : code?.message ?? `status ${code}`}.`);
    sum.fail = 1;
  }
  return sum;
}

let passed = 0, failed = 0;
for (const [name, command, counts] of rings) {
  const start = performance.now();
  console.log(`\n── ${name} ──`);
  const sum = await run(name, command, counts);
  console.log(`── ${name}: ${sum.pass} passed, ${sum.fail} failed in ${((performance.now() - start) / 1000).toFixed(0)} s`);
  passed += sum.pass;
  failed += sum.fail;
}
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;

// End to end: the real app and server in Chromium, before a fake upstream.
//
//   node tests/e2e/run.mjs              all tests
//   node tests/e2e/run.mjs cancel       those whose name contains a word
//   UPDATE_BASELINE=1 node tests/e2e/run.mjs looks    takes the pictures anew
//
// Wants the server and the fake upstream built (`make build`, `cargo build -p codecraft-tests`); SERVER_BIN and
// FAKE_UPSTREAM_BIN name others than those in target/. Pictures of failures go to target/e2e/.
import { run } from "./harness.mjs";

for (const theme of ["flow", "wire", "failures", "table", "chains", "policies", "timeouts", "steering", "bad-input", "markup", "prompt", "keyboard", "reading", "axe", "secrets", "assets", "visual", "cancel", "doctor", "connections", "settings", "accounts", "limits"]) {
  await import(`./${theme}.mjs`);
}

process.exitCode = (await run(process.argv.slice(2))) ? 1 : 0;

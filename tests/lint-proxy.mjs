// What is promised of the proxy and can be read off its sources: every security row has its proof, and the server stays small.
//
// A row of the table in ARCHITECTURE.md links the files that prove it. A proof is a test whose name begins with the row: `px9_…` in
// Rust, "PX9 …" in JavaScript. Every linked file must hold one.
//
// `node tests/lint-proxy.mjs` prints what is wrong, and fails if there is anything.
import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { shipped, tokens } from "./rust.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const ROWS = 28;
/** Most lines of code that the server may have, blank lines, comments and tests aside. */
const LARGEST = 2500;

const wrong = [];
const read = (file) => readFileSync(`${root}/${file}`, "utf8");
const sources = (folder, ending) =>
  readdirSync(`${root}/${folder}`, { recursive: true })
    .map((name) => `${folder}/${name.replaceAll("\\", "/")}`)
    .filter((name) => ending.test(name) && !name.includes("/node_modules/"));

/** Row → files with a test named after it. */
const proofs = new Map();
const found = /#\[(?:tokio::)?test\b[^\n]*\n(?:\s*#\[[^\n]*\n)*\s*(?:async )?fn px(\d+)_|\btest\(\s*["`]PX(\d+) /g;
for (const file of [...sources("server", /\.rs$/), ...sources("tests", /\.rs$/), ...sources("tests", /\.mjs$/)]) {
  for (const [, rust, script] of read(file).matchAll(found)) {
    const row = Number(rust ?? script);
    proofs.set(row, (proofs.get(row) ?? new Set()).add(file));
  }
}

/** Row → what its line in the table links. */
const table = new Map();
const section = /^## Security rows\n([^]*?)(?=^## |$(?![^]))/m.exec(read("ARCHITECTURE.md"))?.[1] ?? "";
for (const [, row, tests] of section.matchAll(/^\| PX(\d+) \|[^|]*\|([^|]*)\|$/gm)) {
  if (table.has(Number(row))) wrong.push(`PX${row} has two lines.`);
  table.set(Number(row), tests);
}

for (const row of [...table.keys()].filter((row) => row < 1 || row > ROWS)) wrong.push(`There is no row PX${row}.`);
for (let row = 1; row <= ROWS; row += 1) {
  const tests = table.get(row);
  if (tests === undefined) {
    wrong.push(`PX${row} has no line in ARCHITECTURE.md.`);
    continue;
  }
  const linked = new Set([...tests.matchAll(/\[[^\]]*\]\(([^)]*)\)/g)].map(([, file]) => file));
  const holding = proofs.get(row) ?? new Set();
  for (const file of linked) if (!holding.has(file)) wrong.push(`PX${row} links ${file}, which has no test px${row}_….`);
  if (linked.size === 0) wrong.push(`PX${row} links no test.`);
}

/** Lines on which a token stands. A string may go over several. */
const lines = (text) => {
  const held = new Set();
  for (const { word, line } of shipped(tokens(text))) {
    for (let more = word.split("\n").length - 1; more >= 0; more -= 1) held.add(line + more);
  }
  return held.size;
};
const size = sources("server/src", /\.rs$/).reduce((sum, file) => sum + lines(read(file)), 0);
if (size > LARGEST) wrong.push(`The server has ${size} lines of code, more than ${LARGEST}.`);

for (const sentence of wrong) console.error(sentence);
console.log(`${table.size} security rows, ${new Set([...proofs.values()].flatMap((files) => [...files])).size} files with their tests; the server has ${size} lines.`);
process.exitCode = wrong.length ? 1 : 0;

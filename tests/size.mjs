// What a first load costs, in bytes as served (the `.br` twins in dist/), and what the editor adds on first use.
//
//   node tests/size.mjs           a table
//   node tests/size.mjs --json    the same for the benchmarks
import { existsSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Goals in bytes: a tenth and a fifth of what a first load of Open WebUI 0.12.4 weighs (1.76 MB as brotli, fonts left out). */
export const goals = { first: 176_000, whole: 340_000 };

/** Bytes of a file as a browser that takes brotli is sent it. */
const served = (path) => statSync(existsSync(`${path}.br`) ? `${path}.br` : path).size;

/** The chunks that `name` needs before it can run, itself included. */
function closure(folder, name, seen = new Set()) {
  if (seen.has(name)) return seen;
  seen.add(name);
  for (const [, next] of readFileSync(`${folder}/${name}`, "utf8").matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g)) closure(folder, next, seen);
  return seen;
}

/** Measures a release build. @returns {{ files: Record<string, number>, first: number, editor: number, whole: number }} */
export function measure(dist = fileURLToPath(new URL("../dist", import.meta.url))) {
  const html = readFileSync(`${dist}/index.html`, "utf8");
  const base = html.match(/data-base="([^"]*)"/)[1];
  const url = (pattern) => html.match(pattern)[1].slice(base.length);
  const files = {
    // The sheets and the start-up scripts are in it.
    html: "index.html",
    glue: url(/name="cc:app"[^>]* content="([^"]*)"/),
    wasm: url(/data-wasm="([^"]*)"/),
  };
  const sizes = Object.fromEntries(Object.entries(files).map(([part, path]) => [part, served(`${dist}/${path}`)]));
  const first = Object.values(sizes).reduce((sum, size) => sum + size);

  // The editor with one language: JavaScript's grammar, which TypeScript and JSX share and which is the largest of the common ones.
  const folder = `${dist}/editor`;
  const entry = url(/data-editor="([^"]*)"/).slice("editor/".length);
  const chunks = closure(folder, entry);
  const source = [...chunks].map((chunk) => readFileSync(`${folder}/${chunk}`, "utf8")).join("\n");
  const grammar = source.match(/typescript:\(\)=>import\("\.\/([^"]+)"\)/)?.[1];
  if (!grammar) throw new Error("the editor's table of languages has another form than this script knows");
  closure(folder, grammar, chunks);
  const editor = [...chunks].reduce((sum, chunk) => sum + served(`${folder}/${chunk}`), 0);
  return { files: sizes, first, editor, whole: first + editor };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const sizes = measure();
  if (process.argv.includes("--json")) console.log(JSON.stringify(sizes));
  else {
    const row = (name, size, goal) => console.log(`${name.padEnd(28)}${size.toLocaleString("en").padStart(9)} B${goal ? `   goal ${goal.toLocaleString("en")} B` : ""}`);
    for (const [part, size] of Object.entries(sizes.files)) row(`  ${part}`, size);
    row("first load", sizes.first, goals.first);
    row("  editor and one language", sizes.editor);
    row("the whole app", sizes.whole, goals.whole);
  }
}

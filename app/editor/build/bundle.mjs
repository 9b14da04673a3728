// Trunk's pre_build hook: bundles the editor and the style sheets into target/web, where index.html takes them up (tests name
// another folder as argument).
import { build } from "esbuild";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { made, root } from "./paths.mjs";

const out = process.argv[2] ?? made;
const minify = process.env.TRUNK_PROFILE === "release";
const common = { absWorkingDir: root, bundle: true, minify, metafile: true, legalComments: "none", logLevel: "warning" };

rmSync(out, { recursive: true, force: true });

// Chunks are named by their content, so a language that did not change stays in the browsers' caches.
const source = "app/editor/src/editor.js";
const editor = await build({
  ...common,
  entryPoints: [source],
  outdir: `${out}/editor`,
  format: "esm",
  splitting: true,
  target: "es2022",
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
});
const [entry] = Object.entries(editor.metafile.outputs).find(([, output]) => output.entryPoint === source);
writeFileSync(`${out}/editor/entry.txt`, entry.split("/").pop());

// No target: the sheets use what Baseline offers, and nothing of it is to be rewritten.
const style = await build({ ...common, entryPoints: ["style/app.css"], outfile: `${out}/app.css` });
const orphans = readdirSync(`${root}style`, { recursive: true })
  .map((name) => `style/${name}`)
  .filter((name) => name.endsWith(".css") && !(name in style.metafile.inputs));
if (orphans.length) throw new Error(`style/app.css does not import ${orphans.join(", ")}`);

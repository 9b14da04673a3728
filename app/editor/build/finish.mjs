// Trunk's post_build hook: minifies, names every file after its bytes, tells index.html the names and digests, writes the sheets, the
// start-up scripts and the icons into it, and lays a compressed twin beside each file. Debug builds keep the plain names and sizes.
import { transformSync } from "esbuild";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { sprite } from "./icons.mjs";
import { made, root } from "./paths.mjs";

const { TRUNK_STAGING_DIR: dir, TRUNK_PUBLIC_URL: base, TRUNK_PROFILE: profile } = process.env;
const release = profile === "release";
const at = (name) => `${dir}/${name}`;
const hash = (bytes, algorithm, encoding) => createHash(algorithm).update(bytes).digest(encoding);
const digest = (name) => `sha384-${hash(readFileSync(at(name)), "sha384", "base64")}`;
const quoted = (name) => name.replaceAll(".", "\\.");

/** Final name by plain name. */
const named = new Map();

/** Minifies a file, puts in the final names of what it refers to, and renames it by content. */
function settle(name) {
  let bytes = readFileSync(at(name));
  if (name.endsWith(".js")) {
    let text = bytes.toString();
    for (const [from, to] of named) text = text.replaceAll(new RegExp(`(?<=["'./])${quoted(from)}(?=["'?])`, "g"), to);
    if (release) text = transformSync(text, { minify: true, target: "es2022", format: "esm", legalComments: "none" }).code;
    bytes = Buffer.from(text);
  }
  const final = release ? name.replace(/\.(\w+)$/, `-${hash(bytes, "sha256", "hex").slice(0, 16)}.$1`) : name;
  if (final !== name) rmSync(at(name));
  writeFileSync(at(final), bytes);
  named.set(name, final);
}

/** The sheets or a script as they stand in the document. */
function inline(name) {
  if (name.endsWith(".css")) return readFileSync(`${made}/${name}`, "utf8").trim();
  const text = readFileSync(`${root}app/ui/${name}`, "utf8");
  const options = { minify: release, target: "es2022", legalComments: "none", ...(name === "boot.js" && { format: "esm" }) };
  return transformSync(text, options).code.trim();
}

/** Fills the places for sheets and scripts, and notes in inline.txt what a policy must allow: directive and digest a line. */
function fill(html) {
  const allowed = [];
  const filled = html.replace(/<(style|script) data-inline="([^"]+)"([^>]*)>/g, (_, tag, name, rest) => {
    const text = inline(name);
    if (text.includes(`</${tag}`)) throw new Error(`${name} would end its own element`);
    allowed.push(`${tag}-src 'sha256-${hash(text, "sha256", "base64")}'`);
    return `<${tag}${rest}>${text}`;
  });
  writeFileSync(at("inline.txt"), `${allowed.join("\n")}\n`);
  return filled;
}

/** index.html with the final names, the digests of what it starts, the icons the app draws, and no room to spare. */
function page(html) {
  const editor = readFileSync(at("editor/entry.txt"), "utf8");
  rmSync(at("editor/entry.txt"));
  for (const [from, to] of named) html = html.replaceAll(`"${base}${from}"`, `"${base}${to}"`);
  html = html.replace(/<(?:link|script)\b[^>]*\bintegrity="[^"]*"[^>]*>/g, (tag) => {
    const [, url] = tag.match(/\b(?:href|src)="([^"]*)"/);
    return tag.replace(/integrity="[^"]*"/, `integrity="${digest(url.slice(base.length))}"`);
  });
  const data = `data-integrity="${digest(named.get("codecraft-ui_bg.wasm"))}" data-editor="${base}editor/${editor}"`;
  html = html.replace('name="cc:app"', `$& ${data}`).replaceAll("{base}", base);
  html = html.replace('<svg id="icons" hidden></svg>', (place) => place.replace("></", () => `>${sprite()}</`));
  // What is written in comes last: its digests are of the bytes as they stay.
  return fill(release ? html.replace(/<!--.*?-->/gs, "").replace(/\s*\n\s*/g, "\n") : html);
}

/** The `.br` and `.gz` twins; Chromium offers `br` over plain HTTP to the own machine only, so both are needed. */
function compress(name) {
  const raw = readFileSync(at(name));
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
    [constants.BROTLI_PARAM_LGWIN]: 22,
    [constants.BROTLI_PARAM_SIZE_HINT]: raw.length,
  };
  for (const [kind, packed] of [["br", brotliCompressSync(raw, { params })], ["gz", gzipSync(raw, { level: 9 })]]) {
    if (packed.length < raw.length) writeFileSync(at(`${name}.${kind}`), packed);
  }
}

if (existsSync(at("snippets"))) throw new Error("snippets/ is named by crate, not by content: reach JavaScript through boot.js instead");
for (const name of ["codecraft-ui_bg.wasm", "codecraft-ui.js"]) settle(name); // what is referred to comes first
writeFileSync(at("index.html"), page(readFileSync(at("index.html"), "utf8")));
if (release) readdirSync(dir, { recursive: true }).filter((name) => /\.(html|js|css|wasm|svg|json|webmanifest|txt)$/.test(name)).forEach(compress);

// A provider is one folder and a line of the table: nobody else may know its name, or how its JSON calls things.
//
// Reads the Rust of the app and of the server without comments and tests. The names are listed here; the JSON's words are the
// string literals of the providers' own files that look like a member of an object (`finish_reason`, `usageMetadata`).
//
// `node tests/lint.mjs` prints every place, and fails if there is one.
import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const providers = /^app\/core\/src\/provider\/(gemini|ollama|openai)\//;
/** Where names may stand: the table, the catalogue of models, the prices, and the documented variables of the server. */
const allowed = [
  providers,
  /^app\/core\/src\/provider\/table\.rs$/,
  /^app\/core\/src\/provider\/catalog\//,
  /^app\/core\/src\/price\/lists\.rs$/,
  /^server\/src\/config\//,
];
const test = /(^|\/|_)tests\.rs$|\/tests\/|^app\/core\/src\/provider\/fictional\.rs$/;
const names = /gemini|ollama|openai|llama[._ ]?cpp|lm[_ -]?studio|vllm|google|deepseek|litellm/i;
/** Members that our own storage, links and contracts call the same. */
const ours = new Set(["max_tokens", "top_p"]);

/** The tokens of a Rust text that can name something: words and strings, each with its line. Comments are left out. */
export function tokens(text) {
  const token = /\/\/[^\n]*|\/\*|b?r(#*)"|b?"(?:[^"\\]|\\[^])*"|b?'(?:[^'\\\n]|\\(?:x..|u\{[^}]*\}|.))'|'\w+|#!?\[|[A-Za-z_]\w*|[^\s]/gy;
  const found = [];
  let line = 1;
  let counted = 0;
  for (let at = 0; at < text.length; ) {
    token.lastIndex = at;
    const match = token.exec(text);
    if (!match) {
      at += 1;
      continue;
    }
    let end = token.lastIndex;
    let [word, fence] = match;
    if (word === "/*") {
      for (let depth = 1; depth > 0 && end < text.length; end += 1) {
        if (text.startsWith("/*", end)) (depth += 1), (end += 1);
        else if (text.startsWith("*/", end)) (depth -= 1), (end += 1);
      }
    } else if (fence !== undefined) {
      const close = text.indexOf(`"${fence}`, end);
      end = close < 0 ? text.length : close + 1 + fence.length;
      word = text.slice(at, end);
    }
    for (; counted < at; counted += 1) if (text[counted] === "\n") line += 1;
    if (!word.startsWith("//") && !word.startsWith("/*")) {
      const kind = /^b?r?#*"/.test(word) ? "string" : /^[A-Za-z_]/.test(word) && !word.endsWith("'") ? "word" : "mark";
      found.push({ kind, word, line });
    }
    at = end;
  }
  return found;
}

/** The same without what is compiled for tests alone: `#[cfg(test)]` and the item behind it. */
export function shipped(list) {
  const out = [];
  for (let at = 0; at < list.length; at += 1) {
    const head = list.slice(at, at + 6).map(({ word }) => word).join("");
    if (head !== "#[cfg(test)]") {
      out.push(list[at]);
      continue;
    }
    // To the end of the item: a semicolon, a comma, or the brace that closes the first one opened.
    let depth = 0;
    for (at += 6; at < list.length; at += 1) {
      const { word } = list[at];
      if (["(", "[", "{", "#["].includes(word)) depth += 1;
      if ([")", "]", "}"].includes(word)) depth -= 1;
      if (depth === 0 && (word === ";" || word === "," || word === "}")) break;
    }
  }
  return out;
}

// The reader of Rust itself: what it takes for a comment or a test must not hide a name.
const sample = `
//! gemini
/* gemini /* nested */ gemini */ const A: char = '"'; // "gemini"
const B: &str = r#"say "ollama" // so"#;
#[cfg(test)]
#[rustfmt::skip]
mod tests { const C: [u8; 1] = *b"}"; fn gemini<'a>(_: &'a str) { "{openai" } }
fn openai() {}`;
const seen = shipped(tokens(sample)).filter(({ kind, word }) => kind !== "mark" && names.test(word));
if (seen.map(({ word, line }) => `${line} ${word}`).join() !== '4 r#"say "ollama" // so"#,8 openai') {
  throw new Error(`The reader of Rust is wrong: ${JSON.stringify(seen)}`);
}

const files = ["app/core/src", "app/ui/src", "server/src"].flatMap((folder) =>
  readdirSync(`${root}/${folder}`, { recursive: true })
    .map((name) => `${folder}/${name.replaceAll("\\", "/")}`)
    .filter((name) => name.endsWith(".rs") && !test.test(name)),
);
const read = (file) => shipped(tokens(readFileSync(`${root}/${file}`, "utf8")));

const member = /^[a-z]+(?:_[a-z]+)+$|^[a-z]+(?:[A-Z][a-z]+)+$/;
const members = new Set(
  files
    .filter((file) => providers.test(file))
    .flatMap(read)
    .filter(({ kind }) => kind === "string")
    .map(({ word }) => word.replace(/^b?r?#*"|"#*$/g, ""))
    .filter((word) => member.test(word) && !ours.has(word)),
);
// A lint that finds nothing to look for proves nothing.
for (const word of ["usageMetadata", "prompt_eval_count", "finish_reason"]) {
  if (!members.has(word)) throw new Error(`"${word}" is no longer among the words of the providers' files.`);
}

let places = 0;
const strangers = files.filter((file) => !allowed.some((place) => place.test(file)));
for (const file of strangers) {
  const list = read(file);
  const bad = list.filter(({ kind, word }, at) => {
    // The line that makes a provider's folder part of the crate.
    const mounts = file === "app/core/src/provider/mod.rs" && ["mod", "use"].includes(list[at - 1]?.word);
    if (kind !== "mark" && names.test(word) && !mounts) return true;
    return kind === "string" && (word.match(/\w+/g) ?? []).some((part) => members.has(part));
  });
  for (const { word, line } of bad) console.error(`${file}:${line}: ${word.slice(0, 100)}`);
  places += bad.length;
}
console.log(`${strangers.length} files know nothing of ${members.size} words of the providers, except at ${places} places.`);
process.exitCode = places ? 1 : 0;

// A provider is one folder and a line of the table: nobody else may know its name, or how its JSON calls things.
//
// Reads the Rust of the app and of the server without comments and tests. The names are listed here; the JSON's words are the
// string literals of the providers' own files that look like a member of an object (`finish_reason`, `usageMetadata`).
//
// `node tests/lint.mjs` prints every place, and fails if there is one.
import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { shipped, tokens } from "./rust.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const providers = /^app\/core\/src\/provider\/(gemini|ollama|openai)\//;
/** Where names may stand: the table, the catalogue of models, the prices, and the documented variables of the server. */
const allowed = [
  providers,
  /^app\/core\/src\/provider\/table\.rs$/,
  /^app\/core\/src\/provider\/catalog\//,
  /^app\/core\/src\/price\/lists\.rs$/,
  /^server\/config\//,
];
const test = /(^|\/|_)tests\.rs$|\/tests\/|^app\/core\/src\/provider\/fictional\.rs$/;
const names = /gemini|ollama|openai|llama[._ ]?cpp|lm[_ -]?studio|vllm|google|deepseek|litellm/i;
/** Members that our own storage, links and contracts call the same. */
const ours = new Set(["max_tokens", "top_p"]);

const files = ["app/core/src", "app/ui/src", "server"].flatMap((folder) =>
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

// Seeded code: text that looks like an answer of a model, the same in every run of the benchmarks.

/** Numbers in [0, 1) from a seed, by a 32-bit multiply-and-shift generator. */
function dice(seed) {
  let state = (seed * 0x9e3779b1) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const nouns = ["order", "cache", "entry", "batch", "token", "parser", "window", "result", "event", "cursor"];
const verbs = ["read", "merge", "split", "check", "store", "render", "count", "schedule"];
const types = ["string", "number", "boolean", "Map<string, Entry>", "readonly Token[]", "Promise<void>"];

/** Characters of a line on average, its end included. */
export const LINE_CHARS = 40;

/** The bodies of a function, line by line; `$n`, `$v`, `$t` and `$d` stand for a noun, a verb, a type and a number. */
const lines = [
  "const $n = await this.$v(`${$n.id}-${index}`, { limit: $d });",
  "if ($n === undefined || $n.size > $d) return null;",
  "for (const [key, $n] of this.entries()) {",
  "  total += $n.weight * $d; // what $v counted before",
  "  this.$n.set(key, \"$v\\n$n\");",
  "}",
  "",
  "let $n: $t | undefined = options.$n ?? defaults.$n;",
  "throw new RangeError(`cannot $v ${name}: ${$d} of $d`);",
  "return $n.filter((item) => /^[a-z]+-\\d{2}$/.test(item.name)).map($v);",
  "/* $v keeps the $n",
  "   that was here before. */",
  "this.#$n = new Map<string, $t>();",
];

/**
 * A TypeScript-like text of `count` lines, {@link LINE_CHARS} characters each on average.
 * @param {number} seed
 * @param {number} count
 */
export function typescript(seed, count) {
  const roll = dice(seed);
  const any = (list) => list[Math.floor(roll() * list.length)];
  const fill = (line) => line.replace(/\$([nvtd])(?![a-z])/g, (_, kind) => ({ n: () => any(nouns), v: () => any(verbs), t: () => any(types), d: () => String(Math.floor(roll() * 900)) })[kind]());
  const text = [];
  while (text.length < count) {
    text.push("/**", fill(` * Takes a $n and says whether to $v it; see {@link $v}.`), " */", fill(`export async function $v${text.length}($n: $t, index: number): Promise<$t> {`));
    for (const line of lines) if (roll() < 0.85 || line.includes("*") || /[{}]$/.test(line)) text.push(fill(`  ${line}`).trimEnd());
    text.push("}", "");
  }
  return `${text.slice(0, count).join("\n")}\n`;
}

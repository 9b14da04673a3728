// A reader of Rust for lints: tokens without comments, and without what is compiled for tests alone.

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

// What the reader takes for a comment or a test must not hide a word.
const sample = `
//! lost
/* lost /* nested */ lost */ const A: char = '"'; // "lost"
const B: &str = r#"say "kept" // so"#;
#[cfg(test)]
#[rustfmt::skip]
mod tests { const C: [u8; 1] = *b"}"; fn lost<'a>(_: &'a str) { "{lost" } }
fn kept() {}`;
const seen = shipped(tokens(sample)).filter(({ kind, word }) => kind !== "mark" && /lost|kept/.test(word));
if (seen.map(({ word, line }) => `${line} ${word}`).join() !== '4 r#"say "kept" // so"#,8 kept') {
  throw new Error(`The reader of Rust is wrong: ${JSON.stringify(seen)}`);
}

// The grammar of every language a brief can ask for, by its slug; each is a chunk of its own, fetched on first use.
//
// The `…Language` objects are taken rather than the packages' convenience functions: those also carry completion, which a viewer has no use for.
import { StreamLanguage } from "@codemirror/language";

const legacy = (mode) => StreamLanguage.define(mode);

const grammars = {
  typescript: () => import("@codemirror/lang-javascript").then((m) => m.typescriptLanguage),
  javascript: () => import("@codemirror/lang-javascript").then((m) => m.javascriptLanguage),
  tsx: () => import("@codemirror/lang-javascript").then((m) => m.tsxLanguage),
  jsx: () => import("@codemirror/lang-javascript").then((m) => m.jsxLanguage),
  python: () => import("@codemirror/lang-python").then((m) => m.pythonLanguage),
  rust: () => import("@codemirror/lang-rust").then((m) => m.rustLanguage),
  go: () => import("@codemirror/lang-go").then((m) => m.goLanguage),
  java: () => import("@codemirror/lang-java").then((m) => m.javaLanguage),
  kotlin: () => import("@codemirror/legacy-modes/mode/clike").then((m) => legacy(m.kotlin)),
  swift: () => import("@codemirror/legacy-modes/mode/swift").then((m) => legacy(m.swift)),
  csharp: () => import("@codemirror/legacy-modes/mode/clike").then((m) => legacy(m.csharp)),
  cpp: () => import("@codemirror/lang-cpp").then((m) => m.cppLanguage),
  c: () => import("@codemirror/lang-cpp").then((m) => m.cppLanguage),
  php: () => import("@codemirror/lang-php").then((m) => m.phpLanguage),
  ruby: () => import("@codemirror/legacy-modes/mode/ruby").then((m) => legacy(m.ruby)),
  html: () => import("@codemirror/lang-html").then((m) => m.htmlLanguage),
  css: () => import("@codemirror/lang-css").then((m) => m.cssLanguage),
  sql: () => import("@codemirror/lang-sql").then((m) => m.PostgreSQL.language),
  bash: () => import("@codemirror/legacy-modes/mode/shell").then((m) => legacy(m.shell)),
  json: () => import("@codemirror/lang-json").then((m) => m.jsonLanguage),
  yaml: () => import("@codemirror/lang-yaml").then((m) => m.yamlLanguage),
  markdown: () => import("@codemirror/lang-markdown").then((m) => m.markdownLanguage),
};

/** Slugs that have a grammar. */
export const languages = Object.keys(grammars);

/**
 * The grammar of `slug` as an editor extension. Without one, or when its chunk cannot be fetched (offline, a newer
 * build on the server), the text stays plain, which is readable: colour is never worth an error.
 */
export async function grammar(slug) {
  try {
    return Object.hasOwn(grammars, slug) ? await grammars[slug]() : [];
  } catch {
    return [];
  }
}

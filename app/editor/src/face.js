// How code looks: the design's tokens bound to the editor's parts. Custom properties reach into the shadow root, so a change of
// theme changes nothing here.
import { HighlightStyle } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags as t } from "@lezer/highlight";

/** The five voices of the design's tokens, the same five that `core::highlight` gives to text that still arrives. */
export const voices = HighlightStyle.define([
  { tag: [t.keyword, t.self, t.null, t.bool, t.atom, t.tagName, t.heading, t.processingInstruction], color: "var(--syn-key)" },
  { tag: [t.string, t.regexp, t.character, t.attributeValue, t.url, t.escape, t.monospace], color: "var(--syn-str)" },
  { tag: [t.number, t.unit, t.color], color: "var(--syn-num)" },
  { tag: [t.typeName, t.className, t.namespace, t.macroName, t.attributeName], color: "var(--syn-type)" },
  { tag: t.comment, color: "var(--syn-note)", fontStyle: "italic" },
  { tag: t.heading, fontWeight: "var(--w-strong)" },
  { tag: t.strong, fontWeight: "var(--w-strong)" },
  { tag: t.emphasis, fontStyle: "italic" },
]);

/** The design's code frame (style/components/code.css). */
export const face = EditorView.theme({
  "&": { height: "100%", background: "var(--sunken)", color: "var(--ink)", font: "var(--t-2)/var(--l-2) var(--font-code)", fontVariantLigatures: "none" },
  "&.cm-focused": { outline: "none" },
  "&:has(.cm-content:focus-visible)": { outline: "2px solid var(--focus-ring)", outlineOffset: "-2px" },
  ".cm-scroller": { font: "inherit", lineHeight: "var(--l-2)", overscrollBehaviorX: "contain", scrollbarColor: "var(--rule-2) transparent", scrollbarWidth: "thin" },
  ".cm-content": { padding: "var(--s-3) 0", caretColor: "var(--ink)" },
  ".cm-content:focus": { outline: "none" },
  ".cm-line": { padding: "0 var(--s-6) 0 0" },
  ".cm-lineWrapping": { overflowWrap: "anywhere" },
  ".cm-gutters": { background: "var(--sunken)", color: "var(--ink-3)", border: "0", fontVariantNumeric: "tabular-nums" },
  ".cm-lineNumbers .cm-gutterElement": { minWidth: "3.25rem", padding: "0 1rem 0 0" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { background: "var(--accent-line)" },
  ".cm-selectionMatch": { background: "var(--accent-soft)" },
  ".cm-searchMatch": { background: "var(--accent-soft)", outline: "1px solid var(--accent)" },
  ".cm-searchMatch-selected": { background: "var(--accent-line)", outline: "2px solid var(--accent)" },
  ".cm-panels": { background: "var(--surface)", color: "var(--ink)", font: "var(--t-2)/var(--l-2) var(--font-ui)" },
  ".cm-panels-top": { borderBottom: "1px solid var(--rule)" },
  ".cm-panel.cm-search": { display: "flex", flexWrap: "wrap", alignItems: "center", gap: "var(--s-2)", padding: "var(--s-2) calc(var(--s-8) + var(--s-3)) var(--s-2) var(--s-3)", fontSize: "inherit" },
  ".cm-panel.cm-search br": { display: "none" },
  ".cm-panel.cm-search :is(input, button, label)": { margin: "0", fontSize: "inherit" },
  ".cm-panel.cm-search label": { display: "inline-flex", alignItems: "center", gap: "var(--s-1)", minHeight: "1.75rem", color: "var(--ink-2)", fontSize: "inherit" },
  ".cm-panel.cm-search input[type=checkbox]": { width: "1rem", height: "1rem", accentColor: "var(--accent)" },
  ".cm-textfield": { flex: "0 1 16rem", minWidth: "8rem", minHeight: "1.75rem", padding: "0 var(--s-2)", background: "var(--surface)", color: "var(--ink)", border: "1px solid var(--border)", borderRadius: "var(--r-1)", font: "inherit" },
  ".cm-textfield::placeholder": { color: "var(--ink-3)", opacity: "1" },
  ".cm-button": { minHeight: "1.75rem", padding: "0 var(--s-2)", background: "var(--surface)", backgroundImage: "none", color: "var(--ink)", border: "1px solid var(--rule-2)", borderRadius: "var(--r-1)", font: "inherit", cursor: "pointer" },
  ".cm-button:hover": { background: "var(--hover)" },
  ".cm-button:active": { background: "var(--press)", backgroundImage: "none" },
  ".cm-panel.cm-search button[name=close]": { top: "var(--s-2)", right: "var(--s-2)", width: "1.75rem", height: "1.75rem", padding: "0", color: "var(--ink-2)", borderRadius: "var(--r-1)", cursor: "pointer" },
  ":is(.cm-textfield, .cm-button, .cm-panel button, .cm-panel input):focus-visible": { outline: "2px solid var(--focus-ring)", outlineOffset: "1px" },
});

// What every view of code has in common: it is read, never edited.
import * as c from "@codemirror/commands";
import { syntaxHighlighting } from "@codemirror/language";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, keymap, lineNumbers } from "@codemirror/view";
import { face, voices } from "./face.js";

/** Moving and selecting only: the package's default key map would bring its editing half along. Tab is left to the page. */
const keys = [
  { key: "ArrowLeft", run: c.cursorCharLeft, shift: c.selectCharLeft, preventDefault: true },
  { key: "ArrowRight", run: c.cursorCharRight, shift: c.selectCharRight, preventDefault: true },
  { key: "Mod-ArrowLeft", mac: "Alt-ArrowLeft", run: c.cursorGroupLeft, shift: c.selectGroupLeft, preventDefault: true },
  { key: "Mod-ArrowRight", mac: "Alt-ArrowRight", run: c.cursorGroupRight, shift: c.selectGroupRight, preventDefault: true },
  { key: "ArrowUp", run: c.cursorLineUp, shift: c.selectLineUp, preventDefault: true },
  { key: "ArrowDown", run: c.cursorLineDown, shift: c.selectLineDown, preventDefault: true },
  { key: "PageUp", run: c.cursorPageUp, shift: c.selectPageUp },
  { key: "PageDown", run: c.cursorPageDown, shift: c.selectPageDown },
  { key: "Home", run: c.cursorLineBoundaryBackward, shift: c.selectLineBoundaryBackward, preventDefault: true },
  { key: "End", run: c.cursorLineBoundaryForward, shift: c.selectLineBoundaryForward, preventDefault: true },
  { key: "Mod-Home", mac: "Mod-ArrowUp", run: c.cursorDocStart, shift: c.selectDocStart },
  { key: "Mod-End", mac: "Mod-ArrowDown", run: c.cursorDocEnd, shift: c.selectDocEnd },
  { key: "Mod-a", run: c.selectAll },
];

/** The editor's own words, in the voice of the app. */
const words = {
  Find: "Find in this code",
  next: "Next",
  previous: "Previous",
  all: "All",
  "match case": "Match case",
  regexp: "Regular expression",
  "by word": "Whole words",
  close: "Close the search",
  "Go to line": "Go to line",
  go: "Go",
};

/** Everything but the text, its grammar and whether it wraps. `label` is what a screen reader calls the text. */
export function reading(label) {
  return [
    EditorState.readOnly.of(true),
    // Not contenteditable, so that no phone opens its keyboard; the tab stop keeps it within reach of the keys.
    EditorView.editable.of(false),
    EditorView.contentAttributes.of({ tabindex: "0", "aria-readonly": "true", "aria-label": label }),
    EditorState.phrases.of(words),
    EditorState.tabSize.of(2),
    lineNumbers(),
    drawSelection({ cursorBlinkRate: 0 }),
    highlightSelectionMatches(),
    search({ top: true }),
    keymap.of([...keys, ...searchKeymap]),
    syntaxHighlighting(voices),
    face,
  ];
}

/** The shadow root of `parent`, emptied. In it the editor adopts its style sheets; in the document it would inject one, which the CSP forbids. */
export function rootOf(parent) {
  const root = parent.shadowRoot ?? parent.attachShadow({ mode: "open" });
  root.replaceChildren();
  return root;
}

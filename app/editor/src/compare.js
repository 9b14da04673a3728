// Two texts side by side. Apart from editor.js, because most visits never compare.
import { MergeView } from "@codemirror/merge";
import { openSearchPanel } from "@codemirror/search";
import { Compartment } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { grammar } from "./languages.js";
import { reading, rootOf } from "./view.js";

/** The diff of the design's code component: a soft ground, and a sign that carries the meaning without colour. */
const changes = EditorView.theme({
  "&": { height: "auto" },
  ".cm-content .cm-line": { paddingInlineStart: "1.25rem" },
  ".cm-changedLine": { position: "relative" },
  ".cm-changedLine::before": { position: "absolute", insetInlineStart: "0", fontWeight: "var(--w-strong)" },
  "&.cm-merge-a .cm-changedLine": { background: "var(--bad-soft)" },
  "&.cm-merge-a .cm-changedLine::before": { content: "'−' / 'only on the left: '", color: "var(--bad)" },
  "&.cm-merge-a .cm-changedText": { background: "none", textDecoration: "underline 2px var(--bad)", textUnderlineOffset: "3px" },
  "&.cm-merge-b .cm-changedLine": { background: "var(--ok-soft)" },
  "&.cm-merge-b .cm-changedLine::before": { content: "'+' / 'only on the right: '", color: "var(--ok)" },
  "&.cm-merge-b .cm-changedText": { background: "none", textDecoration: "underline 2px var(--ok)", textUnderlineOffset: "3px" },
  ".cm-changeGutter": { display: "none" },
  ".cm-mergeSpacer": { background: "var(--hover)" },
});

/** The frame around both; `adoptedStyleSheets` for the same reason as the shadow root. */
const frame = new CSSStyleSheet();
frame.replaceSync(`
  .cm-mergeView { block-size: 100%; overflow-y: auto; background: var(--sunken); }
  .cm-mergeViewEditor + .cm-mergeViewEditor { border-inline-start: 1px solid var(--rule); }
`);

/** See `compare` in editor.js. The handle is that of `mount`, without `setDoc`. */
export function compare(parent, { left, right, language = "", wrap = false, leftLabel = "Left code", rightLabel = "Right code" }) {
  const root = rootOf(parent);
  const [wrapping, colours] = [new Compartment(), new Compartment()];
  const wraps = (on) => (on ? EditorView.lineWrapping : []);
  const side = (doc, label) => ({ doc, extensions: [reading(label), changes, wrapping.of(wraps(wrap)), colours.of([])] });
  const view = new MergeView({ a: side(left, leftLabel), b: side(right, rightLabel), parent: root, root, gutter: false });
  root.adoptedStyleSheets.push(frame);
  const both = (effects) => [view.a, view.b].forEach((editor) => editor.dispatch({ effects }));
  let alive = true;

  return {
    coloured: grammar(language).then((extension) => alive && both(colours.reconfigure(extension))),
    setWrap: (on) => both(wrapping.reconfigure(wraps(on))),
    /** Searches the left text. */
    openSearch: () => openSearchPanel(view.a),
    focus: () => view.a.focus(),
    destroy() {
      alive = false;
      view.destroy();
    },
  };
}

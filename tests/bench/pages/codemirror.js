// A peer: CodeMirror 6, read-only, with line numbers and the grammar; one transaction per pane and frame, the end in sight.
import { javascript } from "@codemirror/lang-javascript";
import { defaultHighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { EditorView, lineNumbers } from "@codemirror/view";
import { feed } from "./feed.js";

const extensions = [
  lineNumbers(),
  EditorState.readOnly.of(true),
  syntaxHighlighting(defaultHighlightStyle),
  javascript({ typescript: true }),
  // The pane's own font, as everywhere else.
  EditorView.theme({ ".cm-scroller": { font: "inherit" } }),
];

feed((panes) => {
  const views = panes.map((parent) => new EditorView({ parent, state: EditorState.create({ extensions }) }));
  return (fresh) =>
    views.forEach((view, index) => {
      if (!fresh[index]) return;
      const end = view.state.doc.length;
      const to = end + fresh[index].length;
      view.dispatch({ changes: { from: end, insert: fresh[index] }, effects: EditorView.scrollIntoView(to, { y: "end" }) });
    });
});

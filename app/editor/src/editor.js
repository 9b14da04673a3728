// The viewer of finished code, behind a few functions. The app loads this file on first use (`data-editor` of `<meta name="cc:app">`).
import { openSearchPanel } from "@codemirror/search";
import { Compartment, EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { grammar, languages } from "./languages.js";
import { reading, rootOf } from "./view.js";

export { languages };

/**
 * Shows `text` in a shadow root of `parent`, at once; the colours follow as soon as the grammar of `language` (a slug of
 * `core::brief::Language`) is there. `parent` decides the height: with one the view scrolls, without one it grows.
 *
 * @param {Element} parent
 * @param {{ text?: string, language?: string, wrap?: boolean, label?: string }} options
 */
export function mount(parent, { text = "", language = "", wrap = false, label = "Code" } = {}) {
  const root = rootOf(parent);
  const [wrapping, colours] = [new Compartment(), new Compartment()];
  const wraps = (on) => (on ? EditorView.lineWrapping : []);
  let wrapped = wrap, shown = 0;

  // A fresh state, not a change of the old one: selection, search and scroll position belong to the text they were made in.
  const state = (doc) => EditorState.create({ doc, extensions: [reading(label), wrapping.of(wraps(wrapped)), colours.of([])] });
  const view = new EditorView({ state: state(text), parent: root, root });

  async function colour(slug) {
    const mine = ++shown;
    const extension = await grammar(slug);
    if (mine === shown) view.dispatch({ effects: colours.reconfigure(extension) });
  }

  const handle = {
    /** Resolves once the text has its colours. */
    coloured: colour(language),
    /** Shows another text; what was selected, searched or scrolled to is forgotten. */
    setDoc(text, language) {
      view.setState(state(text));
      view.scrollDOM.scrollTo(0, 0);
      handle.coloured = colour(language);
      return handle.coloured;
    },
    setWrap(on) {
      wrapped = on;
      view.dispatch({ effects: wrapping.reconfigure(wraps(on)) });
    },
    openSearch: () => openSearchPanel(view),
    focus: () => view.focus(),
    destroy() {
      shown = -1;
      view.destroy();
    },
  };
  return handle;
}

/**
 * Shows two texts side by side, scrolled together, with what differs marked; see `compare.js`, which is fetched on first use.
 *
 * @param {Element} parent
 * @param {{ left: string, right: string, language?: string, wrap?: boolean, leftLabel?: string, rightLabel?: string }} options
 */
export const compare = (parent, options) => import("./compare.js").then((module) => module.compare(parent, options));

/** Packs `[name, text]` pairs into the bytes of a zip file; see `zip.js`, which is fetched on first use. */
export const zip = (files) => import("./zip.js").then((module) => module.zip(files));

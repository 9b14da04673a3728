// A peer: what most chat pages do, the whole answer through react-markdown and highlight.js at every frame.
import { createElement, useEffect, useRef, useState } from "react";
import { createRoot } from "react-dom/client";
import Markdown from "react-markdown";
import rehypeHighlight from "rehype-highlight";
import remarkGfm from "remark-gfm";
import { feed } from "./feed.js";

const plugins = { remarkPlugins: [remarkGfm], rehypePlugins: [rehypeHighlight] };

/** One answer, followed to its end. `hand` gets the function that sets the text. */
function Answer({ hand }) {
  const [text, setText] = useState("");
  const end = useRef(null);
  useEffect(() => void hand(setText), [hand]);
  useEffect(() => void end.current.scrollIntoView({ block: "end" }), [text]);
  return createElement("div", null, createElement(Markdown, plugins, text), createElement("div", { ref: end }));
}

feed(
  (panes) => {
    const texts = panes.map(() => "");
    const setters = [];
    panes.forEach((pane, index) => createRoot(pane).render(createElement(Answer, { hand: (setText) => (setters[index] = setText) })));
    return (fresh) =>
      fresh.forEach((text, index) => {
        if (!text) return;
        texts[index] += text;
        setters[index]?.(texts[index]);
      });
  },
  { markdown: true },
);

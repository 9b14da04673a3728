// The floor: text without colours that only grows at its end. Fifty lines make a block, which costs nothing out of sight.
import { feed } from "./feed.js";

const LINES = 50;

feed((panes) => {
  const style = document.head.appendChild(document.createElement("style"));
  style.textContent = ".block { content-visibility: auto; contain-intrinsic-block-size: auto 50lh; white-space: pre; }";
  const views = panes.map((pane) => {
    let block, lines = LINES;
    return {
      append(text) {
        while (text) {
          if (lines >= LINES) {
            block = pane.appendChild(document.createElement("div"));
            block.className = "block";
            lines = 0;
          }
          let end = 0;
          while (lines < LINES && end < text.length) {
            const next = text.indexOf("\n", end);
            end = next < 0 ? text.length : next + 1;
            if (next >= 0) lines++;
          }
          block.append(text.slice(0, end));
          text = text.slice(end);
        }
      },
      follow: () => (pane.scrollTop = 1e7),
    };
  });
  return (fresh) => {
    views.forEach((view, index) => view.append(fresh[index]));
    for (const view of views) view.follow();
  };
});

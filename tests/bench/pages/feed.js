// What floor and peers share: panes of the app's size, and the same streams through the same server as the app's.

/** The code of an answer without the line that opens its fence. */
function withoutFence() {
  let inside = false, held = "";
  return (text) => {
    if (inside) return text;
    held += text;
    const end = held.indexOf("\n");
    if (end < 0) return "";
    inside = true;
    return held.slice(end + 1);
  };
}

/** Opens one call and hands over its text as it arrives. */
function open(address, model, sink) {
  const socket = new WebSocket(address);
  socket.binaryType = "arraybuffer";
  const body = JSON.stringify({ model, stream: true, messages: [{ role: "user", content: "Write it." }] });
  socket.onopen = () => socket.send(JSON.stringify({ provider: "bench", method: "POST", path: "v1/chat/completions", body }));
  const decoder = new TextDecoder();
  let rest = "";
  socket.onmessage = ({ data }) => {
    if (typeof data === "string") return;
    const lines = (rest + decoder.decode(data, { stream: true })).split("\n");
    rest = lines.pop();
    for (const line of lines) if (line.startsWith("data: {")) sink(JSON.parse(line.slice(6)).choices[0].delta.content ?? "");
  };
}

/**
 * Fills the page with panes and feeds them.
 * @param {(panes: HTMLElement[]) => (fresh: string[]) => void} mount makes the views; what it returns draws a frame: the text that is new in each pane
 * @param {{ markdown?: boolean }} options whether the view takes the answer as it came
 */
export function feed(mount, { markdown = false } = {}) {
  const { stream, streams, width, height, font } = Object.fromEntries(new URLSearchParams(location.search));
  const grid = document.getElementById("panes");
  grid.style.gridTemplateColumns = `repeat(${streams > 6 ? 4 : 3}, ${width}px)`;
  const panes = Array.from({ length: Number(streams) }, () => {
    const pane = grid.appendChild(document.createElement("div"));
    pane.className = "pane";
    Object.assign(pane.style, { blockSize: `${height}px`, font });
    return pane;
  });
  const draw = mount(panes);
  const fresh = panes.map(() => "");
  let asked = false;
  const frame = () => {
    asked = false;
    window.bench.draws++;
    draw(fresh);
    fresh.fill("");
  };
  panes.forEach((_, index) => {
    const code = markdown ? (text) => text : withoutFence();
    open(stream, `bench-${index + 1}`, (text) => {
      fresh[index] += code(text);
      if (!asked) requestAnimationFrame(frame);
      asked = true;
    });
  });
}

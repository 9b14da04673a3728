// What runs inside a page to watch it. Each function goes there as text (`addInitScript`), so it names nothing outside itself.

/** Notes when the prompt is laid out, when the app is mounted (`#models-h` exists only then), and every long task. */
export function loading() {
  const seen = (window.bench = { typeable: null, mounted: null, tasks: [] });
  const visible = (selector) => (document.querySelector(selector)?.getBoundingClientRect().height ?? 0) > 0;
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) seen.tasks.push({ start: startTime, duration });
  }).observe({ type: "longtask", buffered: true });
  // Frames begin with the first paint: nothing that still waits for its style sheet counts.
  const look = (now) => {
    if (seen.typeable === null && visible("textarea")) seen.typeable = now;
    if (seen.mounted === null && visible("#models-h")) seen.mounted = now;
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

/** Counts frames, the gaps between them, and long tasks. Floor and peers count in `draws` the frames that they had something for. */
export function frames() {
  const seen = (window.bench = { ...window.bench, frames: 0, draws: 0, gaps: [], tasks: [] });
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) seen.tasks.push(duration);
  }).observe({ type: "longtask" });
  let last;
  const tick = (now) => {
    seen.frames++;
    if (last !== undefined) seen.gaps.push(now - last);
    last = now;
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
  seen.reset = () => {
    seen.frames = seen.draws = 0;
    for (const list of [seen.gaps, seen.tasks, seen.late, seen.keys]) if (list) list.length = 0;
  };
}

/** For every piece that a socket brings for the first pane: the time until a frame in which the pane shows it is done. */
export function staleness(selector) {
  const seen = (window.bench = { ...window.bench, late: [] });
  const length = (text) => text.length - text.split("\n").length + 1; // the page has no line ends
  let delivered = 0, offset = 0;
  const waiting = [];

  // Closed blocks do not change: only the last two are read each frame.
  let settled = 0, blocks = 0;
  const drawn = () => {
    const pane = document.querySelector(selector);
    if (!pane) return 0;
    for (; blocks < pane.children.length - 2; blocks++) settled += length(pane.children[blocks].textContent);
    let sum = settled;
    for (let index = blocks; index < pane.children.length; index++) sum += length(pane.children[index].textContent);
    return sum;
  };

  window.WebSocket = class extends WebSocket {
    #rest = "";
    #decoder = new TextDecoder();
    constructor(...address) {
      super(...address);
      // Before any listener of the page.
      this.addEventListener("message", ({ data }) => this.watched && typeof data !== "string" && this.#count(data));
    }
    send(data) {
      this.watched ??= String(data).includes("bench-1");
      super.send(data);
    }
    #count(data) {
      const lines = (this.#rest + this.#decoder.decode(data, { stream: true })).split("\n");
      this.#rest = lines.pop();
      for (const line of lines) {
        if (!line.startsWith("data: {")) continue;
        delivered += length(JSON.parse(line.slice(6)).choices[0].delta.content ?? "");
        waiting.push({ at: performance.now(), until: delivered });
      }
    }
  };

  /** What is shown now is all there is: the fence of the answer is never shown. */
  seen.calibrate = () => {
    offset = delivered - drawn();
    waiting.length = 0;
  };
  // A message posted in a frame is read after its paint.
  const after = new MessageChannel();
  after.port1.onmessage = () => {
    const shown = drawn() + offset, now = performance.now();
    while (waiting.length && waiting[0].until <= shown) seen.late.push(now - waiting.shift().at);
  };
  const tick = () => {
    after.port2.postMessage(null);
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
}

/** The time from each key to the end of the frame that shows it. */
export function typing() {
  const seen = (window.bench = { ...window.bench, keys: [] });
  const after = new MessageChannel();
  const began = [];
  after.port1.onmessage = () => {
    for (const at of began.splice(0)) seen.keys.push(performance.now() - at);
  };
  addEventListener(
    "keydown",
    ({ timeStamp }) => {
      began.push(timeStamp);
      requestAnimationFrame(() => after.port2.postMessage(null));
    },
    { capture: true },
  );
}

// The figures as a table, as JSON and as bars.
import { mkdirSync, writeFileSync } from "node:fs";

const columns = ["", "metric", "ours", "floor", "peer", "ratio", "goal", "verdict"];
const verdict = ({ goal, met }) => (goal ? (met ? "met" : "missed") : "no goal");
const cells = (row) => [row.id, row.metric, row.ours, row.floor, row.peer, row.ratio, row.goal, verdict(row)].map((cell) => cell ?? "–");
const line = (values) => `| ${values.join(" | ")} |`;
const table = (rows) => [line(columns), line(columns.map(() => "---")), ...rows.map((row) => line(cells(row)))].join("\n");

const escape = (text) => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
const figure = (value) => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));

/** Horizontal bars; with `log` they grow with the logarithm, and the title says so. Colours come from the reader's scheme. */
function bars({ title, bars, log }) {
  const [left, right, row, top] = [240, 80, 28, 40];
  const room = 760 - left - right;
  const low = log ? Math.min(...bars.map(([, value]) => value)) / 2 : 0;
  const scale = log ? (value) => Math.log(value / low) : (value) => value;
  const most = Math.max(...bars.map(([, value]) => scale(value)));
  const drawn = bars.map(([name, value], index) => {
    const y = top + index * row;
    const width = ((scale(value) / most) * room).toFixed(1);
    const kind = name.startsWith("CodeCraft") ? "ours" : "other";
    return `<text x="${left - 8}" y="${y + 15}" text-anchor="end">${escape(name)}</text><rect class="${kind}" x="${left}" y="${y}" width="${width}" height="20"/><text x="${left + Number(width) + 6}" y="${y + 15}">${figure(value)}</text>`;
  });
  const heading = log ? `${title}; logarithmic` : title;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 ${top + bars.length * row + 8}" role="img" aria-label="${escape(heading)}">
<style>text{font:13px system-ui,sans-serif;fill:#222}.ours{fill:#0b6e6e}.other{fill:#9aa3ab}@media(prefers-color-scheme:dark){text{fill:#ddd}.ours{fill:#4cc3bd}.other{fill:#5d666e}}</style>
<text x="8" y="20" font-weight="600">${escape(heading)}</text>
${drawn.join("\n")}
</svg>
`;
}

/**
 * Writes report.md, report.json and one SVG per chart into `folder`.
 * @param {{ rows: object[], charts: object[], raw: object, failures: string[], machine: object }} results
 */
export function write(folder, { rows, charts, raw, failures, machine }) {
  mkdirSync(folder, { recursive: true });
  for (const chart of charts) writeFileSync(`${folder}/${chart.name}.svg`, bars(chart));
  const noise = machine.noisy
    ? `**Noisy**: the load average reached ${machine.load.max}, above 3. Ratios hold roughly, times and dropped frames do not.`
    : `Quiet: the load average stayed at or below ${machine.load.max}.`;
  const text = [
    "# Benchmarks",
    `${[machine.date, `${machine.cpus} cores`, machine.browser, `Node ${machine.node}; ${machine.minutes} minutes`].filter(Boolean).join(", ")}. ${noise}`,
    "Every ratio is of one run, in which the contenders took turns; figures are medians. Figures called constant were measured once and are not part of this run. CPU is the main thread's own time.",
    table(rows),
    ...failures.map((failure) => `**Did not run:** ${failure}`),
    ...charts.map(({ name, title }) => `![${title}](${name}.svg)`),
  ].join("\n\n");
  writeFileSync(`${folder}/report.md`, `${text}\n`);
  writeFileSync(`${folder}/report.json`, `${JSON.stringify({ machine, failures, rows: rows.map((row) => ({ ...row, verdict: verdict(row) })), raw }, null, 1)}\n`);
  return text;
}

// What axe says about a page, at the widths of a desk and of a small phone.
import axe from "axe-core";

const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Everything that is wrong with the page as it stands there, a line each. */
export async function audit(page) {
  await page.evaluate(axe.source);
  const found = [];
  for (const width of [1280, 320]) {
    await page.setViewportSize({ width, height: 800 });
    const { violations } = await page.evaluate((tags) => globalThis.axe.run(document, { runOnly: tags, resultTypes: ["violations"] }), tags);
    for (const { id, help, nodes } of violations) {
      for (const node of nodes) found.push(`${width} px: ${id} (${help}): ${node.target.join(" ")}\n  ${node.html.slice(0, 160)}\n  ${node.failureSummary?.split("\n")[1].trim() ?? ""}`);
    }
    const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
    if (wide > room) found.push(`${width} px: the page is ${wide} px wide`);
  }
  return found;
}

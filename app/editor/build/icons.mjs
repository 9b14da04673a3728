// The icons that stand in index.html, so that `<use href="#i-name">` needs no request and none is carried that nobody draws.
import { readdirSync, readFileSync } from "node:fs";
import { root } from "./paths.mjs";

/**
 * The symbols of public/icons.svg that the app's sources and index.html name: as `i-name`, or as a whole string literal `"name"`, for
 * components that are given the bare name.
 */
export function sprite() {
  const symbols = new Map(
    [...readFileSync(`${root}public/icons.svg`, "utf8").matchAll(/<symbol id="i-([a-z0-9-]+)".*?<\/symbol>/gs)].map(([symbol, name]) => [name, symbol]),
  );
  const sources = readdirSync(`${root}app/ui/src`, { recursive: true })
    .filter((name) => name.endsWith(".rs"))
    .map((name) => readFileSync(`${root}app/ui/src/${name}`, "utf8"))
    .concat(readFileSync(`${root}app/ui/index.html`, "utf8"))
    .join("\n");
  const named = new Set([...sources.matchAll(/#i-([a-z0-9-]+)/g)].map(([, name]) => name));
  const unknown = [...named].filter((name) => !symbols.has(name));
  if (unknown.length) throw new Error(`public/icons.svg has no symbol for ${unknown.map((name) => `i-${name}`).join(", ")}`);
  return [...symbols].filter(([name]) => named.has(name) || sources.includes(`"${name}"`) || sources.includes(`"i-${name}"`)).map(([, symbol]) => symbol).join("");
}

// A browser and a bare file server under the app's Content-Security-Policy, for the tests of this folder.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { chromium } from "playwright-core";
import { root } from "../build/paths.mjs";

const csp =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; base-uri 'none'; object-src 'none'";
const kinds = { css: "text/css", html: "text/html", js: "text/javascript", svg: "image/svg+xml", wasm: "application/wasm" };

/** Serves what `read(path)` gives (a path without its leading slash); what it throws at is a 404. `inline` is the text of inline.txt.
 * Resolves to `{ origin, close }`. */
export async function serve(read, inline = "") {
  const policy = inline.trim().split("\n").filter(Boolean).reduce((csp, line) => {
    const [directive, source] = line.split(" ");
    return csp.replace(`${directive} 'self'`, `$& ${source}`);
  }, csp);
  const server = createServer((request, response) => {
    const path = new URL(request.url, "http://host").pathname.slice(1);
    try {
      const body = read(path);
      response.writeHead(200, { "content-security-policy": policy, "content-type": kinds[path.split(".").pop()] ?? "text/html" }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return { origin: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

/** Chromium with the arguments of the component tests and `more` of them; `CHROMIUM` names another one than the system's. */
export function launch(more = []) {
  const { args } = JSON.parse(readFileSync(`${root}app/ui/webdriver.json`, "utf8"))["goog:chromeOptions"];
  const name = process.env.CHROMIUM ?? "chromium";
  // Playwright wants a path where a shell takes a name.
  const executablePath = name.includes("/") ? name : execFileSync("sh", ["-c", 'command -v "$1"', "sh", name], { encoding: "utf8" }).trim();
  return chromium.launch({ executablePath, args: [...args, ...more] });
}

/** Runs `run(page)` in a new page; afterwards the console must hold no error or warning but those that match `expected`. */
export async function withPage(browser, options, run, expected = /^$/) {
  const page = await browser.newPage(options);
  const complaints = [];
  const complain = (text) => expected.test(text) || complaints.push(text);
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && complain(message.text()));
  page.on("pageerror", (error) => complain(String(error)));
  try {
    await run(page);
    assert.deepEqual(complaints, []);
  } finally {
    await page.close();
  }
}

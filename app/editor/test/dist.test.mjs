// What `make build` left in dist/: names, digests, twins, and the page before the app is there.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { root } from "../build/paths.mjs";
import { launch, serve, withPage } from "./browser.mjs";

const dist = `${root}dist`;
const html = readFileSync(`${dist}/index.html`, "utf8");
const base = html.match(/data-base="([^"]*)"/)[1];
const files = readdirSync(dist, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => `${entry.parentPath ?? entry.path}/${entry.name}`.slice(dist.length + 1));
const read = (path) => readFileSync(`${dist}/${path}`);
const hash = (path, algorithm, encoding) => createHash(algorithm).update(read(path)).digest(encoding);

/** A file of dist by its path, index.html for everything that has no dot: what any host of single-page apps does. */
const host = (path) => (path.startsWith(base.slice(1)) && path.includes(".") ? read(path.slice(base.length - 1)) : html);

let server, browser;
before(async () => {
  server = await serve(host, read("inline.txt").toString());
  browser = await launch();
});
after(async () => {
  await browser?.close();
  server?.close();
});

test("every file of the app is named after its bytes", () => {
  const named = files.filter((name) => /^[^/]+-[0-9a-f]{16}\.\w+$/.test(name));
  assert.deepEqual(named.map((name) => name.replace(/-[0-9a-f]{16}/, "")).sort(), ["codecraft-ui.js", "codecraft-ui_bg.wasm"]);
  for (const name of named) assert.equal(hash(name, "sha256", "hex").slice(0, 16), name.match(/-(\w{16})\./)[1], name);
});

test("every digest in index.html is that of its file, and what starts the app has one", () => {
  const tags = [...html.matchAll(/<(?:link|script)[^>]*>/g)].map(([tag]) => tag);
  for (const tag of tags.filter((tag) => /modulepreload|stylesheet|src=/.test(tag))) assert.match(tag, /integrity="sha384-/);
  for (const tag of tags.filter((tag) => tag.includes("integrity"))) {
    const path = tag.match(/(?:href|src)="([^"]*)"/)[1].slice(base.length);
    assert.equal(tag.match(/integrity="sha384-([^"]*)"/)[1], hash(path, "sha384", "base64"), path);
  }
  const [, wasm] = html.match(/data-wasm="([^"]*)"/), [, digest] = html.match(/data-integrity="sha384-([^"]*)"/);
  assert.equal(digest, hash(wasm.slice(base.length), "sha384", "base64"));
});

test("every address in index.html stays below the base, and those of files lead to files", () => {
  const addresses = (text) => [...text.matchAll(/\s(?:href|src|data-\w+|content)="(\/[^"]*)"/g)].map(([, url]) => url);
  for (const url of addresses(html)) assert.ok(url.startsWith(base), url);
  const files = addresses(html.slice(0, html.indexOf("<body"))).filter((url) => url !== base);
  assert.ok(files.length >= 5);
  for (const url of files) assert.ok(existsSync(`${dist}/${url.slice(base.length)}`), url);
  assert.ok(!html.includes("{base}"));
});

test("inline.txt has the digest of all that is written in, and there is no inline attribute", () => {
  const bare = html.replace(/<(style|script)[^>]*>.*?<\/\1>/gs, "");
  assert.doesNotMatch(bare, /\sstyle=|\son\w+=/);
  const written = [...html.matchAll(/<(style|script)[^>]*>(.*?)<\/\1>/gs)].map(([, tag, text]) => `${tag}-src 'sha256-${createHash("sha256").update(text).digest("base64")}'`);
  assert.equal(written.length, 3);
  assert.deepEqual(read("inline.txt").toString().trim().split("\n"), written);
});

test("the compressed twins hold the same bytes and are smaller", () => {
  const unpack = { br: brotliDecompressSync, gz: gunzipSync };
  const twins = files.filter((name) => /\.(br|gz)$/.test(name));
  for (const name of twins) {
    const plain = name.replace(/\.\w+$/, "");
    assert.ok(unpack[name.split(".").pop()](read(name)).equals(read(plain)), name);
    assert.ok(read(name).length < read(plain).length, name);
  }
  for (const name of files.filter((name) => /\.(css|html|js|wasm)$/.test(name) && read(name).length > 1024)) {
    for (const kind of ["br", "gz"]) assert.ok(twins.includes(`${name}.${kind}`), `${name}.${kind}`);
  }
});

test("the prompt takes text while the Wasm is still on the way", () =>
  withPage(browser, {}, async (page) => {
    await page.route("**/*.wasm", () => {}); // never answered
    await page.goto(server.origin + base, { waitUntil: "commit" });
    const prompt = page.getByRole("textbox", { name: "What should it do?" });
    await prompt.pressSequentially("parse");
    assert.equal(await prompt.inputValue(), "parse");
  }));

test("an app that cannot be loaded says so and keeps what was written", () =>
  withPage(
    browser,
    {},
    async (page) => {
      await page.route("**/*.wasm", (route) => route.fulfill({ contentType: "application/wasm", body: "another file" }));
      await page.goto(server.origin + base, { waitUntil: "commit" });
      await page.getByRole("textbox").fill("parse");
      await page.getByRole("status").filter({ hasText: "could not be loaded" }).waitFor();
      assert.equal(await page.getByRole("textbox").inputValue(), "parse");
    },
    /integrity|fetch/i,
  ));

test("a remembered theme holds from the first paint on", () =>
  withPage(browser, { colorScheme: "light" }, async (page) => {
    await page.route("**/*.wasm", () => {});
    await page.addInitScript(() => {
      localStorage.setItem("cc.theme", "dark");
      globalThis.seen = [];
      const watch = () => {
        if (document.body) seen.push(getComputedStyle(document.documentElement).colorScheme);
        if (performance.getEntriesByName("first-paint").length === 0) requestAnimationFrame(watch);
      };
      requestAnimationFrame(watch);
    });
    await page.goto(server.origin + base, { waitUntil: "commit" });
    await page.waitForFunction(() => performance.getEntriesByName("first-paint").length > 0);
    const themes = await page.evaluate(() => [...new Set(seen), document.documentElement.dataset.theme]);
    assert.deepEqual(themes, ["dark", "dark"]);
  }));

test("the place of the Generate page is not shown on another page's address", () =>
  withPage(browser, {}, async (page) => {
    await page.route("**/*.wasm", () => {});
    await page.goto(`${server.origin}${base}history`, { waitUntil: "commit" });
    await page.locator("#shell").waitFor();
    await page.waitForFunction(() => globalThis.cc);
    assert.equal(await page.locator("#prompt").isVisible(), false);
  }));

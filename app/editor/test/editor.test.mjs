// The editor in Chromium, under the app's own Content-Security-Policy and its own style sheet.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { gzipSync, inflateRawSync } from "node:zlib";
import { root } from "../build/paths.mjs";
import { launch, serve, withPage as withBarePage } from "./browser.mjs";

const made = `${root}target/web-test`;
const document_html = `<!doctype html><html lang="en"><title>Editor</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/app.css">
<main><h1>Editor</h1><button id="before">Before</button><div id="host"></div><button id="after">After</button></main></html>`;

let server, browser;

before(async () => {
  // What Trunk's hook makes, made here too, so that this ring stands by itself.
  execFileSync("node", [`${root}app/editor/build/bundle.mjs`, made], { env: { ...process.env, TRUNK_PROFILE: "release" } });
  server = await serve((path) => (path ? readFileSync(`${made}/${path}`) : document_html));
  browser = await launch();
});

after(async () => {
  await browser?.close();
  server?.close();
});

/** A page with the editor's module as `cc`. */
const withPage = (run, options = {}) =>
  withBarePage(browser, { viewport: { width: 1000, height: 600 }, ...options }, async (page) => {
    await page.goto(server.origin);
    const entry = readFileSync(`${made}/editor/entry.txt`, "utf8");
    await page.evaluate(async (url) => (globalThis.cc = await import(url)), `/editor/${entry}`);
    await run(page);
  });

/** Mounts a view at `#host`, 400 px high, as `handle`, and waits for its colours. */
const mount = (page, options) =>
  page.evaluate(async (options) => {
    const host = document.querySelector("#host");
    host.style.height = "400px";
    globalThis.handle = cc.mount(host, options);
    await handle.coloured;
  }, options);

const content = (page) => page.locator(".cm-content");

/** One line in each language that any grammar worth its name colours in at least two ways. */
const samples = {
  typescript: 'const a: string = "b"; // c',
  javascript: 'const a = "b"; // c',
  tsx: 'const a = <p title="b">{1}</p>; // c',
  jsx: 'const a = <p title="b">{1}</p>; // c',
  python: 'def a(): return "b"  # c',
  rust: 'let a: &str = "b"; // c',
  go: 'var a string = "b" // c',
  java: 'String a = "b"; // c',
  kotlin: 'val a = "b" // c',
  swift: 'let a = "b" // c',
  csharp: 'string a = "b"; // c',
  cpp: 'const char *a = "b"; // c',
  c: 'const char *a = "b"; // c',
  php: '<?php $a = "b"; // c',
  ruby: 'if a then "b" end # c',
  html: '<p title="b">a</p><!-- c -->',
  css: "a { margin: 1px } /* c */",
  sql: "SELECT 'b' FROM a -- c",
  bash: 'if true; then a="b"; fi # c',
  json: '{ "a": [1, true] }',
  yaml: 'a: "b" # c',
  markdown: "# A\n\nb *c* `d`",
};

test("there is a grammar for every language of a brief, and each colours its sample", async () => {
  const table = readFileSync(`${root}app/core/src/brief/language.rs`, "utf8");
  const slugs = [...table.matchAll(/^ {4}\w+ "([a-z]+)" "[^"]+" "[a-z]+" \[/gm)].map(([, slug]) => slug);
  assert.ok(slugs.length >= 20);
  assert.deepEqual(Object.keys(samples).sort(), slugs.sort());
  await withPage(async (page) => {
    assert.deepEqual((await page.evaluate(() => cc.languages)).toSorted(), slugs);
    await mount(page, {});
    for (const [language, text] of Object.entries(samples)) {
      await page.evaluate(([text, language]) => handle.setDoc(text, language), [text, language]);
      const colours = await content(page).evaluate((node) => new Set([...node.querySelectorAll("span")].map((span) => getComputedStyle(span).color)).size);
      assert.ok(colours >= 2, `${language} shows ${colours} colours`);
      assert.equal(await content(page).evaluate((node) => [...node.querySelectorAll(".cm-line")].map((line) => line.textContent).join("\n")), text);
    }
  });
});

test("an unknown language is shown plain", () =>
  withPage(async (page) => {
    await mount(page, { text: "abc", language: "toString" });
    assert.equal(await content(page).textContent(), "abc");
  }));

test("a view is named, can be reached and left by Tab, and cannot be edited", () =>
  withPage(async (page) => {
    await mount(page, { text: "one\ntwo", language: "rust", label: "Code of sample/quick" });
    await page.locator("#before").focus();
    await page.keyboard.press("Tab");
    const view = page.getByRole("textbox", { name: "Code of sample/quick" });
    assert.ok(await view.evaluate((node) => node.getRootNode().activeElement === node));
    await page.keyboard.type("xyz");
    await page.keyboard.press("Backspace");
    assert.equal(await view.innerText(), "one\ntwo");
    await page.keyboard.press("Control+a");
    assert.equal(await page.evaluate(() => String(getSelection())).then((text) => text.trim().length > 0), true);
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.id), "after");
  }));

test("the keys move a caret that can be seen", () =>
  withPage(async (page) => {
    await mount(page, { text: "one\ntwo\nthree" });
    await content(page).focus();
    const top = () => page.locator(".cm-cursor-primary").evaluate((node) => node.getBoundingClientRect().top);
    await page.locator(".cm-cursor-primary").waitFor();
    const first = await top();
    await page.keyboard.press("ArrowDown");
    await page.waitForFunction((first) => document.querySelector("#host").shadowRoot.querySelector(".cm-cursor-primary").getBoundingClientRect().top > first, first);
    assert.equal(Math.round((await top()) - first), 20);
  }));

test("search opens by key, finds, and gives the focus back on Escape", () =>
  withPage(async (page) => {
    await mount(page, { text: "alpha\nbeta\nalpha", language: "typescript" });
    await content(page).focus();
    await page.keyboard.press("Control+f");
    const field = page.getByRole("textbox", { name: "Find in this code" });
    await field.waitFor();
    await page.keyboard.type("alpha");
    await page.keyboard.press("Enter");
    await page.locator(".cm-searchMatch-selected").waitFor();
    assert.equal(await page.locator(".cm-searchMatch").count(), 2);
    for (const name of ["Next", "Previous", "All", "Close the search"]) await page.getByRole("button", { name, exact: true }).waitFor();
    assert.equal(await page.locator('input[name="replace"]').count(), 0);
    await page.keyboard.press("Escape");
    await field.waitFor({ state: "detached" });
    assert.ok(await content(page).evaluate((node) => node.getRootNode().activeElement === node));
  }));

test("wrapping is switched without losing the text or the colours", () =>
  withPage(async (page) => {
    const text = `const a = "${"x".repeat(400)}";`;
    await mount(page, { text, language: "typescript" });
    const overflows = () => page.locator(".cm-scroller").evaluate((node) => node.scrollWidth > node.clientWidth);
    assert.ok(await overflows());
    await page.evaluate(() => handle.setWrap(true));
    await page.waitForFunction(() => {
      const scroller = document.querySelector("#host").shadowRoot.querySelector(".cm-scroller");
      return scroller.scrollWidth <= scroller.clientWidth;
    });
    await page.evaluate(() => handle.setDoc("const b = 1;", "typescript"));
    assert.ok(await content(page).evaluate((node) => node.classList.contains("cm-lineWrapping")), "wrapping outlives the text");
    assert.ok((await content(page).locator("span").count()) > 0);
  }));

test("the language asked for last wins, however the grammars arrive", () =>
  withPage(async (page) => {
    await page.route("**/dist-*.js", async (route) => {
      // The first grammar asked for is held back until the second is shown.
      if (!held) held = route;
      else await route.continue();
    });
    let held;
    await page.evaluate(() => {
      globalThis.handle = cc.mount(document.querySelector("#host"), { text: "fn a() {}", language: "rust" });
      globalThis.first = handle.coloured;
    });
    await page.evaluate(() => handle.setDoc("def a(): pass", "python"));
    const before = await content(page).innerHTML();
    await held.continue();
    await page.evaluate(() => first);
    assert.equal(await content(page).innerHTML(), before);
  }));

test("destroying a view while its grammar is on the way is no error", () =>
  withPage(async (page) => {
    await page.evaluate(async () => {
      const handle = cc.mount(document.querySelector("#host"), { text: "a", language: "go" });
      handle.destroy();
      await handle.coloured;
    });
    assert.equal(await page.locator(".cm-editor").count(), 0);
  }));

test("two texts stand side by side and the lines that differ carry a sign", () =>
  withPage(async (page) => {
    await page.evaluate(async () => {
      const host = document.querySelector("#host");
      host.style.height = "400px";
      globalThis.handle = await cc.compare(host, { left: "a\nb\nc", right: "a\nB\nc", language: "typescript", leftLabel: "First", rightLabel: "Second" });
      await handle.coloured;
    });
    for (const name of ["First", "Second"]) await page.getByRole("textbox", { name }).waitFor();
    const signs = await page.locator(".cm-changedLine").evaluateAll((lines) => lines.map((line) => [line.textContent, getComputedStyle(line, "::before").content[1]]));
    assert.deepEqual(signs, [["b", "−"], ["B", "+"]]);
    // The sign has a column of its own: it must not lie on the text.
    const text = await page.locator(".cm-merge-a .cm-changedLine").evaluate((line) => {
      const range = document.createRange();
      range.selectNodeContents(line);
      return range.getBoundingClientRect().left - line.getBoundingClientRect().left;
    });
    assert.ok(text >= 16, `the text starts ${text} px after the sign`);
    const [left, right] = await page.locator(".cm-mergeViewEditor").evaluateAll((sides) => sides.map((side) => side.getBoundingClientRect()));
    assert.ok(left.right <= right.left && Math.abs(left.width - right.width) < 2);
    await page.evaluate(() => (handle.setWrap(true), handle.destroy()));
  }));

for (const colorScheme of ["light", "dark"]) {
  for (const width of [1280, 320]) {
    test(`axe finds nothing at ${width} px, ${colorScheme}`, () =>
      withPage(
        async (page) => {
          const check = async (what) => {
            const { violations } = await page.evaluate(() =>
              axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }),
            );
            assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)]), [], what);
          };
          await page.evaluate(readFileSync(`${root}app/editor/node_modules/axe-core/axe.min.js`, "utf8"));
          for (const [language, text] of Object.entries(samples)) {
            await mount(page, { text, language, label: `Code in ${language}` });
            await check(language);
          }
          await page.evaluate(() => handle.openSearch());
          await check("search");
          await page.evaluate(() => cc.compare(document.querySelector("#host"), { left: "const a = 1;\nb", right: "const a = 2;\nb", language: "typescript" }).then((handle) => handle.coloured));
          await check("compare");
        },
        { colorScheme, viewport: { width, height: 700 } },
      ));
  }
}

/** A gzip stream ends with the CRC-32 and the length of what it holds. */
const crc32 = (data) => gzipSync(data).readUInt32LE(gzipSync(data).length - 8);

/** Reads a zip file by its directory, as programs do: names and texts, each checked against size and checksum. */
function unzip(bytes) {
  const end = bytes.length - 22;
  assert.equal(bytes.readUInt32LE(end), 0x06054b50);
  let at = bytes.readUInt32LE(end + 16);
  return Array.from({ length: bytes.readUInt16LE(end + 10) }, () => {
    assert.equal(bytes.readUInt32LE(at), 0x02014b50);
    const [crc, packed, size, nameLength] = [bytes.readUInt32LE(at + 16), bytes.readUInt32LE(at + 20), bytes.readUInt32LE(at + 24), bytes.readUInt16LE(at + 28)];
    const local = bytes.readUInt32LE(at + 42);
    const name = bytes.toString("utf8", at + 46, at + 46 + nameLength);
    at += 46 + nameLength;
    assert.equal(bytes.readUInt32LE(local), 0x04034b50);
    assert.equal(bytes.toString("utf8", local + 30, local + 30 + nameLength), name);
    const data = inflateRawSync(bytes.subarray(local + 30 + nameLength, local + 30 + nameLength + packed));
    assert.equal(data.length, size);
    assert.equal(crc32(data), crc);
    return [name, data.toString()];
  });
}

test("a zip file holds exactly what was packed", () =>
  withPage(async (page) => {
    const files = [["a.ts", "const a = 1;\n"], ["größe/ü.md", "# Größe\n".repeat(500)], ["empty.txt", ""]];
    assert.deepEqual(unzip(Buffer.from(await page.evaluate(async (files) => [...(await cc.zip(files))], files))), files);
    assert.deepEqual(unzip(Buffer.from(await page.evaluate(async () => [...(await cc.zip([]))]))), []);
  }));

// How the app itself is served: small, cacheable, under its policy, and refused if anybody changed it.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import http from "node:http";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { test } from "./harness.mjs";
import { answered, prompt, send } from "./page.mjs";

/** One plain request: status, headers, bytes. */
const get = (url, headers = {}) =>
  new Promise((done, fail) => {
    http.get(url, { headers }, async (response) => {
      const chunks = [];
      for await (const chunk of response) chunks.push(chunk);
      done({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) });
    }).on("error", fail);
  });

test("assets: every file of the app comes compressed, typed and cacheable for ever", async ({ base }) => {
  const index = (await get(base)).body.toString();
  const paths = [...index.slice(0, index.indexOf("<body")).matchAll(/\s(?:href|src|content|data-\w+)="(\/[^"]+-[0-9A-Za-z]{8,16}\.\w+)"/g)].map(([, path]) => path);
  const types = { css: "text/css", js: "text/javascript", wasm: "application/wasm" };
  for (const kind of ["js", "wasm"]) assert.ok(paths.some((path) => path.endsWith(`.${kind}`)), kind);
  for (const path of new Set(paths)) {
    const [plain, br, gz] = await Promise.all([{}, { "accept-encoding": "gzip, deflate, br" }, { "accept-encoding": "gzip" }].map((headers) => get(base + path, headers)));
    for (const { status, headers } of [plain, br, gz]) {
      assert.equal(status, 200, path);
      assert.match(headers["cache-control"], /max-age=31536000, immutable/);
      assert.match(headers.vary, /accept-encoding/i);
      assert.equal(headers["x-content-type-options"], "nosniff");
      assert.ok(headers["content-type"].startsWith(types[path.split(".").pop()]));
    }
    assert.equal(plain.headers["content-encoding"], undefined);
    if (plain.body.length > 1024) {
      assert.deepEqual([br.headers["content-encoding"], gz.headers["content-encoding"]], ["br", "gzip"], path);
      assert.ok(brotliDecompressSync(br.body).equals(plain.body) && gunzipSync(gz.body).equals(plain.body), path);
      assert.ok(br.body.length < gz.body.length && gz.body.length < plain.body.length, path);
    }
  }
});

test("assets: the document is asked for again each time, and known by its tag", async ({ base }) => {
  for (const path of ["/", "/providers", "/some/page/of/tomorrow"]) {
    const { status, headers, body } = await get(base + path, { "accept-encoding": "gzip, br" });
    assert.equal(status, 200);
    assert.match(headers["content-type"], /^text\/html/);
    assert.equal(headers["cache-control"], "no-cache");
    assert.equal(headers["content-encoding"], "br");
    assert.match(brotliDecompressSync(body).toString(), /id="prompt"/);
    assert.equal((await get(base + path, { "accept-encoding": "gzip, br", "if-none-match": headers.etag })).status, 304);
  }
});

test("assets: what is not there is a 404, and below /api a JSON one", async ({ base }) => {
  for (const path of ["/nope.js", "/editor/nope-ABCD1234.js", "/index.html.br"]) assert.equal((await get(base + path)).status, 404, path);
  const { status, headers, body } = await get(`${base}/api/nope`);
  assert.equal(status, 404);
  assert.match(headers["content-type"], /^application\/json/);
  assert.equal(JSON.parse(body).error.code, headers["x-codecraft-error"]);
});

test("assets: the policy allows what the page was built with, no eval and no stranger, and the app needs none of them", async (stage) => {
  const { page } = stage;
  const { headers, body } = await get(stage.base);
  /** The sources for what stands in the page itself: nothing but its digests. */
  const inline = (tag) => [...body.toString().matchAll(new RegExp(`<${tag}(?![^>]*src=)[^>]*>([\\s\\S]+?)</${tag}>`, "g"))].map(([, text]) => ` 'sha256-${createHash("sha256").update(text).digest("base64")}'`).join("");
  const policy = Object.fromEntries(headers["content-security-policy"].split(";").map((rule) => rule.trim().split(/ (.*)/s).slice(0, 2)));
  assert.equal(policy["default-src"], "'none'");
  assert.equal(policy["script-src"], `'self' 'wasm-unsafe-eval'${inline("script")}`);
  assert.equal(policy["style-src"], `'self'${inline("style")}`);
  assert.equal(policy["connect-src"], "'self' http://localhost:* http://127.0.0.1:*");
  assert.equal(policy["frame-ancestors"], "'none'");
  assert.equal(policy["base-uri"], "'none'");
  assert.equal(headers["referrer-policy"], "no-referrer");

  await page.addInitScript(() => {
    globalThis.violations = [];
    document.addEventListener("securitypolicyviolation", (event) => violations.push(`${event.effectiveDirective} ${event.blockedURI}`));
  });
  // The whole job, with the editor, a comparison and every stylesheet in use.
  await send(stage, ["box/quick", "openai/quick"]);
  await answered(page);
  await page.getByLabel("Compare with").selectOption({ index: 1 });
  await page.locator(".cm-content").nth(1).waitFor();
  assert.deepEqual(await page.evaluate(() => violations), []);
});

test("assets: positive control: the policy is in force", { expected: /Content Security Policy/ }, async (stage) => {
  const page = await stage.open();
  // Outside of `evaluate`, which the policy does not bind.
  const outcome = await page.evaluate(() => new Promise((done) => setTimeout(() => {
    try {
      done(new Function("return 'allowed'")());
    } catch (error) {
      done(error.name);
    }
  })));
  assert.equal(outcome, "EvalError");
});

const changed = { glue: ["**/codecraft-ui-*.js", (text) => Buffer.concat([text, Buffer.from("\n//x")])], wasm: ["**/*.wasm", (bytes) => Buffer.concat([bytes, Buffer.from([0, 2, 1, 97])])] };
for (const [what, [pattern, change]] of Object.entries(changed)) {
  test(`assets: a changed ${what} is not run, and what was written stays`, { expected: /integrity|Failed to fetch|Failed to load|import/i }, async (stage) => {
    const { page, context } = stage;
    await context.route(pattern, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: change(await response.body()) });
    });
    await page.goto(stage.base, { waitUntil: "commit" });
    await prompt(page).fill("parse");
    await page.getByRole("status").filter({ hasText: "could not be loaded" }).waitFor();
    assert.equal(await prompt(page).inputValue(), "parse");
    assert.equal(await page.locator("#shell").count(), 1, "the app did not start");
  });
}

test("assets: a page inside the app can be reloaded and shared", async (stage) => {
  const page = await stage.open("/providers");
  await page.getByRole("heading", { name: "Providers", level: 1 }).waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "Providers", level: 1 }).waitFor();
  await page.goBack({ waitUntil: "commit" }).catch(() => {});
  await stage.open("/nowhere");
  await page.getByRole("heading", { name: "There is nothing at this address" }).waitFor();
});

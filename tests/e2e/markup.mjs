// What people and models write is text on the page, whatever it looks like.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { serve } from "../programs.mjs";
import { test } from "./harness.mjs";
import { answered, card, cards, link, over, send, story } from "./page.mjs";

/** Texts that do something where somebody takes them for more than text: each would set `px28`, ask, load or lead away. */
const markup = [
  "<script>px28=1;alert('px28')</script>",
  "<img src=/px28 onerror=\"px28=1;alert('px28')\">",
  "</textarea></pre></code></title></script><svg/onload=px28=1>",
  "\"><iframe srcdoc='<script>parent.px28=1</script>'></iframe>",
  "<a href=\"javascript:px28=1\">px28</a>",
  "<base href=//px28.example/><meta http-equiv=refresh content='0;url=//px28.example'>",
  "<style>@import'//px28.example';*{display:none!important}</style>",
  "' onfocus='px28=1' autofocus x='",
];

/** A server of one's own whose model ids, answers and errors are all markup: the first models fail, each in its way. */
async function hostile() {
  const server = createServer(async (request, response) => {
    const reply = (status, type, body) => response.writeHead(status, { "content-type": type }).end(body);
    const json = (status, body) => reply(status, "application/json", JSON.stringify(body));
    if (request.method === "GET") return json(200, { object: "list", data: markup.map((id) => ({ id, object: "model" })) });
    let body = "";
    for await (const chunk of request) body += chunk;
    const { model } = JSON.parse(body);
    const way = markup.indexOf(model);
    if (way === 0) return json(400, { error: { message: model, type: model, code: model } });
    if (way === 1) return reply(404, "text/html", `<html><title>${model}</title>${model}</html>`);
    if (way === 2) return reply(403, "text/plain", model);
    const event = (data) => response.write(`data: ${JSON.stringify(data)}\n\n`);
    const all = markup.join("\n");
    const said = `${all}\n\n\`\`\`html ${model}\n${all}\n\`\`\`\n\n${all}\n`;
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const piece of said.match(/[^]{1,20}/g)) event({ model, choices: [{ index: 0, delta: { reasoning_content: piece } }] });
    for (const piece of said.match(/[^]{1,20}/g)) event({ model, choices: [{ index: 0, delta: { content: piece } }] });
    if (way === 3) event({ error: { message: model, type: model, code: model } });
    else event({ choices: [{ index: 0, delta: {}, finish_reason: way === 4 ? model : "stop" }] });
    response.end("data: [DONE]\n\n");
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return Object.assign(server, { url: `http://127.0.0.1:${server.address().port}` });
}

test("PX28 markup: prompts, model ids, answers and errors are text on every page", { expected: /Content.Security.Policy|\/px28/ }, async (stage) => {
  const { page, context } = stage;
  const upstream = await hostile();
  const server = await serve({ CODECRAFT_LOCAL: `odd=${upstream.url}`, OLLAMA_API_URL: `${stage.fake.url}/ollama` });
  stage.base = server.url;
  try {
    const dialogs = [], foreign = [];
    page.on("dialog", (dialog) => (dialogs.push(dialog.message()), dialog.dismiss()));
    context.on("request", (request) => /px28/.test(new URL(request.url()).host + new URL(request.url()).pathname) && foreign.push(request.url()));
    await context.addInitScript(() => {
      globalThis.violations = [];
      document.addEventListener("securitypolicyviolation", (event) => violations.push(`${event.effectiveDirective} ${event.blockedURI}`));
    });
    /** Nothing of it has become an element, an attribute, a script that ran or a request; all of it is still there to be read. */
    const inert = async (where) => {
      const found = await page.evaluate(() => ({
        ran: globalThis.px28,
        violations: globalThis.violations,
        at: location.pathname,
        elements: [...document.querySelectorAll("*")]
          .filter((element) => [...element.attributes].some(({ name, value }) => /^on/.test(name) || /^\s*javascript:/i.test(value)) || element.matches("iframe, base, meta[http-equiv], img[src*=px28], object, embed"))
          .map((element) => element.outerHTML.slice(0, 200)),
        scripts: [...document.scripts].filter((script) => /px28/.test(script.textContent)).length,
      }));
      assert.deepEqual(found, { ran: undefined, violations: [], at: where, elements: [], scripts: 0 });
      assert.deepEqual([dialogs, foreign], [[], []], where);
    };

    const models = markup.map((id) => `odd/${id}`);
    await send(stage, models, { text: markup.join("\n"), more: "&lang=rust" });
    await over(page, models.length);
    await inert("/");
    for (const id of markup) await card(page, id).waitFor();
    for (const id of markup.slice(0, 3)) assert.ok((await card(page, id).textContent()).includes(id), `the words of the error of ${id}`);
    assert.match(await story(page, markup[7]).textContent(), /^Finished\./);
    for (const drawer of await cards(page).locator("summary").all()) await drawer.click();
    await inert("/");

    await page.getByRole("button", { name: /^Answers/ }).click();
    await answered(page);
    for (const tab of await page.getByRole("tab").all()) {
      await tab.click();
      await inert("/");
    }
    // A language that nobody knows is named in a sentence, and pages about providers name their models.
    await stage.open(link(models.slice(0, 1), `&lang=${encodeURIComponent(markup[1])}`));
    await page.getByText("is not one of the languages").waitFor();
    await inert("/");
    await stage.open("/providers");
    await page.getByText("odd", { exact: true }).first().waitFor();
    await inert("/providers");

    // Positive control: had one of them become an element, it would have been noticed. Only then may the console hold something.
    await page.evaluate((text) => (document.body.appendChild(document.createElement("p")).innerHTML = text), markup[1]);
    await assert.rejects(inert("/providers"));
    await page.waitForFunction(() => violations.length > 0);
    assert.equal(foreign.length, 1);
  } finally {
    server.close();
    upstream.close();
  }
});

// The Generate page as its users name its parts.
import assert from "node:assert/strict";
import { inflateRawSync } from "node:zlib";

export const request = "Write parseDuration(text) that turns \"1h30m\" into milliseconds.";

export const prompt = (page) => page.getByRole("textbox", { name: "What should it do?" });
export const generate = (page) => page.getByRole("button", { name: "Generate" });
export const cards = (page) => page.getByRole("article");
export const card = (page, name) => page.getByRole("article", { name, exact: true });
/** What a card tells, as one text. */
export const story = (page, name) => card(page, name).locator(".candidate-story");
/** The code of a card while it arrives. */
export const live = (page) => page.locator("article").getByRole("region", { name: /^Code of/ });
/** The heading of the answer view: whose answer it is. */
export const winner = (page) => page.locator("#why-h");

/** The link that chooses these models. */
export const link = (models, more = "") => `/?models=${models.map(encodeURIComponent).join(",")}${more}`;

/** Opens the link, waits until its models are chosen and writes the request. */
export async function brief(stage, models, { text = request, more = "", page = stage.page } = {}) {
  await stage.open(link(models, more), page);
  await page.getByRole("list", { name: "Chosen models" }).getByRole("listitem").nth(models.length - 1).waitFor();
  await prompt(page).fill(text);
  await stage.fake.clear();
}

/** A brief that is sent. */
export async function send(stage, models, options = {}) {
  await brief(stage, models, options);
  await generate(options.page ?? stage.page).click();
}

/** Lets the pages to come find these decisions, as of an earlier visit. A page without an origin keeps nothing. */
export const decide = (stage, settings) => stage.context.addInitScript((text) => origin === "null" || localStorage.setItem("cc.settings", text), JSON.stringify(settings));

/** Waits until no card works, and shows the cards if the answers came to the front. */
export async function over(page, count) {
  await cards(page).nth(count - 1).or(page.getByRole("tablist")).first().waitFor();
  await page.waitForFunction(() => !document.querySelector('article[aria-busy="true"]'));
  const back = page.getByRole("button", { name: "Cards", exact: true });
  if (await back.isVisible()) await back.click();
  await cards(page).nth(count - 1).waitFor();
}

/** Waits for the answer view and for the editor in it. */
export async function answered(page) {
  await page.getByRole("tablist").waitFor();
  await page.locator(".cm-content").first().waitFor();
}

/** A window in which the editor, which draws only what is in sight, shows all of a short answer. */
export const tall = { viewport: { width: 1280, height: 2400 } };

/** The text that the editor shows, once it shows as many lines as its toolbar counts and leaves no gap for what is out of sight. */
export async function shown(page) {
  const count = Number(/(\d+) lines?/.exec(await page.getByRole("group", { name: "Code" }).textContent())[1]);
  const text = await page.waitForFunction((count) => {
    const content = document.querySelector(".code-editor").shadowRoot?.querySelector(".cm-content");
    const lines = [...(content?.querySelectorAll(".cm-line") ?? [])].map((line) => line.textContent);
    return lines.length === count && !content.querySelector(".cm-gap") && { text: lines.join("\n") };
  }, count);
  return (await text.jsonValue()).text;
}

/** What is on the clipboard, pasted into a page of its own: ours may not read it. */
export async function clipboard(context) {
  const page = await context.newPage();
  await page.setContent("<textarea></textarea>");
  await page.locator("textarea").press("Control+v");
  const text = await page.locator("textarea").inputValue();
  await page.close();
  return text;
}

/** What Copy puts on the clipboard. */
export async function copied(page) {
  await page.getByRole("button", { name: "Copy", exact: true }).click();
  await page.getByRole("button", { name: "Copied" }).waitFor();
  return clipboard(page.context());
}

/** Presses a button that downloads; the name and the bytes of the file. */
export async function download(page, button) {
  const [file] = await Promise.all([page.waitForEvent("download"), button.click()]);
  const chunks = [];
  for await (const chunk of await file.createReadStream()) chunks.push(chunk);
  return { name: file.suggestedFilename(), bytes: Buffer.concat(chunks) };
}

/** The content of the longest fence of an answer, which is its code. */
export function fence(answer) {
  const found = [...answer.matchAll(/^```\w*\n([\s\S]*?)^```$/gm)].map(([, code]) => code);
  assert.ok(found.length, `no fence in ${answer}`);
  return found.reduce((longest, code) => (code.length > longest.length ? code : longest));
}

/** Name → text of a zip file, read from its central directory as archivers do. */
export function unzip(bytes) {
  const end = bytes.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
  assert.ok(end >= 0, "no end of the central directory");
  const files = {};
  let at = bytes.readUInt32LE(end + 16);
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left--) {
    assert.equal(bytes.readUInt32LE(at), 0x02014b50);
    const [method, size] = [bytes.readUInt16LE(at + 10), bytes.readUInt32LE(at + 20)];
    const [name, extra, comment] = [28, 30, 32].map((offset) => bytes.readUInt16LE(at + offset));
    const local = bytes.readUInt32LE(at + 42);
    const data = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const packed = bytes.subarray(data, data + size);
    files[bytes.toString("utf8", at + 46, at + 46 + name)] = (method ? inflateRawSync(packed) : packed).toString("utf8");
    at += 46 + name + extra + comment;
  }
  return files;
}

// Where people sign in, a client gets a session's token in place of its key, and works as ever.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after } from "node:test";
import { ApiError, GoogleGenAI } from "@google/genai";
import { Ollama } from "ollama";
import OpenAI from "openai";
import { program } from "../programs.mjs";
import { DUMMY, PROMPT, stage } from "./stage.mjs";

const PASSWORD = "a long enough sentence";
const folder = mkdtempSync(join(tmpdir(), "codecraft-"));
after(() => rmSync(folder, { recursive: true }));
const users = join(folder, "users");
execFileSync(program("SERVER_BIN", "codecraft"), ["user", "add", "ada", "--stdin", "--users", users], { input: PASSWORD });

const here = await stage({ CODECRAFT_AUTH: "users", CODECRAFT_USERS: users });

const messages = [{ role: "user", content: PROMPT }];
const openai = (key) => new OpenAI({ baseURL: `${here.base("openai")}/v1`, apiKey: key, maxRetries: 0 });
const google = (key) => new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: here.base("gemini") } });
const ollama = (key) => new Ollama({ host: here.base("ollama"), headers: { authorization: `Bearer ${key}` } });
/** Asks each client's `quick`. */
const asks = {
  openai: async (key) => (await openai(key).chat.completions.create({ model: "quick", messages })).choices[0].message.content,
  google: async (key) => (await google(key).models.generateContent({ model: "quick", contents: PROMPT })).text,
  ollama: async (key) => (await ollama(key).chat({ model: "quick", messages })).message.content,
};
const refusals = {
  openai: (error) => error instanceof OpenAI.AuthenticationError && error.code === "not_signed_in",
  google: (error) => error instanceof ApiError && error.status === 401 && /Sign in first/.test(error.message),
  ollama: (error) => error.status_code === 401 && /^Sign in first/.test(error.message),
};

const post = (path, body, headers = {}) =>
  fetch(`${here.server.url}${path}`, { method: "POST", headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) });

test("accounts: a token opens every client, and nothing else does", async () => {
  for (const [name, ask] of Object.entries(asks)) await assert.rejects(ask(DUMMY), refusals[name], name);
  await here.calls(0);

  const { token } = await (await post("/api/auth/login", { user: "ada", password: PASSWORD, token: true })).json();
  for (const ask of Object.values(asks)) assert.equal(await ask(token), await here.fake.answer("quick"));
  for (const call of await here.calls(3)) assert.ok(!JSON.stringify(call).includes(token), "the token stays with the server");

  assert.equal((await post("/api/auth/logout", {}, { authorization: `Bearer ${token}` })).status, 204);
  for (const [name, ask] of Object.entries(asks)) await assert.rejects(ask(token), refusals[name], name);
  await here.calls(0);
});

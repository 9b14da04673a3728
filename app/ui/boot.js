// The only start-up script: settles the theme, finds the app's hashed files in the document and starts them.
const root = document.documentElement;
const app = document.querySelector('meta[name="cc:app"]');
const { base, integrity, wasm } = app.dataset;

// The page is not painted before this file ran (`blocking="render"`), so neither line below is ever seen to change anything.
try {
  const theme = localStorage.getItem("cc.theme");
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
} catch {
  // Storage is forbidden here: the theme follows the system.
}
const shell = document.getElementById("shell");
if (location.pathname !== base) shell.querySelector(".brief").style.visibility = "hidden"; // it is the Generate page's

// How Rust reaches JavaScript that is loaded on demand.
globalThis.cc = { load: (url) => import(url) };

try {
  const [{ default: init }, response] = await Promise.all([import(app.content), fetch(wasm, { integrity })]);
  await init({ module_or_path: response });
} catch (error) {
  console.error(error);
  const note = document.getElementById("boot");
  if (note) note.textContent = "The app could not be loaded. What you wrote is still here: copy it, then reload the page.";
}

// Finds the app's hashed files in the document and starts them.
const app = document.querySelector('meta[name="cc:app"]');
const { base, integrity, wasm } = app.dataset;

// Who is there decides what the app shows first, so that is asked while the app is on its way.
const config = fetch(`${base}api/config`);
config.catch(() => {}); // the app looks at it, too

// How Rust reaches that answer, and JavaScript that is loaded on demand.
globalThis.cc = { early: () => config, load: (url) => import(url) };

try {
  const [{ default: init }, response] = await Promise.all([import(app.content), fetch(wasm, { integrity })]);
  await init({ module_or_path: response });
} catch (error) {
  console.error(error);
  // The note stands in the Generate page's place, which is hidden on other addresses.
  delete document.documentElement.dataset.elsewhere;
  const note = document.getElementById("boot");
  if (note) note.textContent = "The app could not be loaded. What you wrote is still here: copy it, then reload the page.";
}

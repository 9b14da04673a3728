// Finds the app's hashed files in the document and starts them.
const app = document.querySelector('meta[name="cc:app"]');
const { integrity, wasm } = app.dataset;

// How Rust reaches JavaScript that is loaded on demand.
globalThis.cc = { load: (url) => import(url) };

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

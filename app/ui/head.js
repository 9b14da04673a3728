// Before the first paint: the remembered theme, and whether the static page is the right one to show. It stands in the document
// itself, because a file would cost the first paint a round trip.
try {
  const theme = localStorage.getItem("cc.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  // Nobody is signed in here: the app will ask for that first.
  if (localStorage.getItem("cc.user") === "") document.documentElement.dataset.elsewhere = "";
} catch {
  // Storage is forbidden here: the theme follows the system.
}
// The static page is the Generate page's; on another address its place stays empty until the app draws the right one.
if (location.pathname !== document.querySelector('meta[name="cc:app"]').dataset.base) document.documentElement.dataset.elsewhere = "";

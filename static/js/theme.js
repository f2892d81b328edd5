// Runs before the page is drawn, so that a remembered choice does not flash.
(() => {
  "use strict";
  const root = document.documentElement;
  const read = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
  const kept = read();
  if (kept === "dark" || kept === "light") root.dataset.theme = kept;

  const order = ["system", "light", "dark"];
  const words = { system: "Colours: system", light: "Colours: light", dark: "Colours: dark" };
  const show = () => {
    for (const place of document.querySelectorAll("[data-theme-words]")) place.textContent = words[root.dataset.theme || "system"];
  };
  document.addEventListener("DOMContentLoaded", show);
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-switch]")) return;
    const next = order[(order.indexOf(root.dataset.theme || "system") + 1) % order.length];
    if (next === "system") delete root.dataset.theme; else root.dataset.theme = next;
    try { if (next === "system") localStorage.removeItem("theme"); else localStorage.setItem("theme", next); } catch { /* not remembered */ }
    show();
  });
})();

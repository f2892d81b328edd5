// The form of a draft: saves while one types, removes and restores parts, warns before leaving.
(() => {
  "use strict";
  const form = () => document.querySelector("[data-editor]");
  const state = (text) => { const place = document.querySelector("#save-state"); if (place) place.textContent = text; };
  let dirty = false;
  let timer = 0;

  const changed = () => {
    dirty = true;
    state("Not yet saved");
    clearTimeout(timer);
    timer = setTimeout(save, 3000);
  };
  const save = () => {
    if (dirty && form() && !document.querySelector("dialog[open]")) { htmx.trigger(form(), "autosave"); }
  };

  document.addEventListener("input", (event) => { if (event.target.closest("[data-editor]")) changed(); });
  document.addEventListener("visibilitychange", () => { if (document.hidden) save(); });
  addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.requestConfig.verb !== "post" || !event.detail.elt.closest("[data-editor]")) return;
    clearTimeout(timer);
    dirty = false;
    state("Saving …");
  });
  const unsaved = (event) => {
    if (event.detail.requestConfig && event.detail.requestConfig.verb === "post") { dirty = true; state("Not saved"); }
  };
  document.addEventListener("htmx:sendError", unsaved);
  document.addEventListener("htmx:responseError", unsaved);
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.xhr && event.detail.xhr.responseURL.includes("/accounts/login")) { dirty = true; state("Not saved: signed out"); }
    if (event.detail.xhr && event.detail.xhr.status === 409) { dirty = true; state("Not saved: changed by somebody else"); }
  });

  document.addEventListener("click", (event) => {
    const remove = event.target.closest("[data-remove]");
    if (remove) return take(remove.closest("[data-item]"), true);
    const undo = event.target.closest("[data-undo]");
    if (undo) return take(undo.closest("[data-item]"), false);
    if (event.target.closest("[data-leave]")) dirty = false;
    const goto = event.target.closest("a[data-goto]");
    if (goto && goto.getAttribute("href").startsWith("#")) { event.preventDefault(); show(goto.getAttribute("href").slice(1)); }
    return undefined;
  });

  // A disabled input is not posted, so the server sees that the part is gone; Undo brings it back as it was.
  const take = (item, away) => {
    item.classList.toggle("removed", away);
    for (const each of item.querySelectorAll("input, select, textarea")) each.disabled = away;
    item.querySelector(away ? "[data-undo]" : "[data-remove]").focus();
    changed();
  };

  const show = (id) => {
    const target = document.getElementById(id);
    if (!target) return;
    for (let above = target; above; above = above.parentElement) if (above.tagName === "DETAILS") above.open = true;
    const smooth = !matchMedia("(prefers-reduced-motion: reduce)").matches;
    target.scrollIntoView({ behavior: smooth ? "smooth" : "auto", block: "center" });
    const input = target.matches("input, select, textarea") ? target : target.querySelector("input:not([type=hidden]), select, textarea, button");
    if (input) input.focus({ preventScroll: true });
  };
  const arrive = () => { if (location.hash.startsWith("#f-")) show(decodeURIComponent(location.hash.slice(1))); };
  document.addEventListener("DOMContentLoaded", arrive);
  if (document.readyState !== "loading") arrive();

  document.addEventListener("htmx:afterSettle", (event) => {
    const added = document.querySelector("[data-added]");
    if (!added) return;
    added.removeAttribute("data-added");
    const input = added.querySelector("input:not([type=hidden]), select, textarea");
    if (input) input.focus();
    void event;
  });
})();

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
    const use = event.target.closest("[data-repair]");
    if (use) return repair(use, event);
    const back = event.target.closest("[data-take-back]");
    if (back) return takeBack(back, event);
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

  // A repair is put in at once and saved with the rest; where the input cannot take the value, the server does it.
  const announce = (text) => { const place = document.querySelector("#announce"); if (place) place.textContent = text; };
  const put = (button, value) => {
    const input = document.getElementById(button.dataset.for);
    const before = input.value;
    input.value = value;
    if (input.value === value) return { input, before };
    input.value = before;
    return null;
  };
  const repair = (button, event) => {
    const done = put(button, button.dataset.repair);
    if (!done) return;
    event.preventDefault();
    const field = button.closest(".field");
    field.querySelector("[data-was]").textContent = done.before;
    mark(field, done.input, true);
    field.querySelector("[data-take-back]").focus();
    announce(`${button.dataset.label} is now ${button.dataset.repair}. Undo is at hand.`);
  };
  const takeBack = (button, event) => {
    const field = button.closest(".field");
    const done = put(button, field.querySelector("[data-was]").textContent);
    if (!done) return;
    event.preventDefault();
    mark(field, done.input, false);
    (field.querySelector("[data-repair]") || done.input).focus();
    announce(`${button.dataset.label} is again ${done.input.value}.`);
  };
  const mark = (field, input, repaired) => {
    const proposal = field.querySelector("[data-proposal]");
    if (proposal) proposal.hidden = repaired;
    field.querySelector("[data-repaired]").hidden = !repaired;
    for (const each of field.querySelectorAll("[data-repairable]")) each.hidden = repaired;
    if (input.hasAttribute("aria-invalid")) input.setAttribute("aria-invalid", String(!!field.querySelector(".wrong:not(.doubt, [hidden])")));
    for (const each of document.querySelectorAll("[data-finding]")) if (each.dataset.finding === input.id) each.classList.toggle("done", repaired);
    const all = document.querySelector("[data-all-repairs]");
    if (all && proposal) {
      const count = all.querySelector("[data-count]");
      count.textContent = Number(count.textContent) + (repaired ? -1 : 1);
      all.hidden = Number(count.textContent) < 2;
    }
    input.dispatchEvent(new Event("input", { bubbles: true }));
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

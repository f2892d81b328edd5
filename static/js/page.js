// What htmx does not do: keys, dialogs, copying, announcements. Everything works through data attributes.
(() => {
  "use strict";
  const find = (selector) => document.querySelector(selector);
  const announce = (text) => { const place = find("#announce"); if (place) { place.textContent = ""; setTimeout(() => { place.textContent = text; }, 50); } };

  // --- Clicks ---------------------------------------------------------------------------------------------------------
  const clicks = {
    "[data-close]": (button) => button.closest(".notice").remove(),
    "[data-help]": () => find("#help").showModal(),
    "[data-print]": () => window.print(),
    "[data-menu]": (button) => button.setAttribute("aria-expanded", String(find("#side").classList.toggle("open"))),
    "[data-copy]": async (button) => {
      const text = button.dataset.copy;
      try { await navigator.clipboard.writeText(text); } catch { return select(button); }
      const before = button.innerHTML;
      button.textContent = "Copied";
      announce("Copied");
      setTimeout(() => { button.innerHTML = before; }, 1500);
    },
  };
  const select = (button) => {
    const target = find(button.dataset.copyFrom || "#copy-me");
    if (target) getSelection().selectAllChildren(target);
    announce("Selected; press Ctrl and C to copy");
  };
  document.addEventListener("click", (event) => {
    for (const [selector, deed] of Object.entries(clicks)) {
      const hit = event.target.closest(selector);
      if (hit) { deed(hit); return; }
    }
  });

  // --- Questions before a deed: <button data-confirm="…"> in a plain form, hx-confirm with htmx --------------------------
  const ask = (question, yes, bad, then) => {
    const dialog = find("#confirm");
    find("#confirm-question").textContent = question;
    const button = dialog.querySelector("[data-yes]");
    button.textContent = yes || "Yes";
    button.classList.toggle("bad", bad);
    dialog.returnValue = "no";
    dialog.onclose = () => { if (dialog.returnValue === "yes") then(); };
    dialog.showModal();
  };
  document.addEventListener("htmx:confirm", (event) => {
    if (!event.detail.question) return;
    event.preventDefault();
    const from = event.detail.elt;
    ask(event.detail.question, from.dataset.yes, "bad" in from.dataset, () => event.detail.issueRequest(true));
  });
  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    const question = button && button.dataset.confirm;
    if (!question || button.dataset.asked) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    ask(question, button.dataset.yes, "bad" in button.dataset, () => {
      button.dataset.asked = "yes";
      event.target.requestSubmit(button);
      delete button.dataset.asked;
    });
  }, true);

  // --- Keys -------------------------------------------------------------------------------------------------------------
  let before = "";
  const go = (selector) => { const link = find(selector); if (link) location.href = link.href; };
  const step = (by) => {
    const links = [...document.querySelectorAll("[data-row-link]")];
    if (!links.length) return;
    const at = links.indexOf(document.activeElement);
    links[Math.min(links.length - 1, Math.max(0, at + by))].focus();
  };
  const nextFinding = () => {
    const wrong = [...document.querySelectorAll("[aria-invalid='true'], .group-findings")].filter((each) => each.offsetParent);
    if (!wrong.length) return;
    const at = wrong.findIndex((each) => each === document.activeElement);
    wrong[(at + 1) % wrong.length].focus();
  };
  const keys = {
    "/": () => { const box = find("[data-search]"); if (box) { box.focus(); box.select(); } else go("a[href$='/filings/']"); },
    "?": () => find("#help").showModal(),
    n: () => go("[data-new]"),
    j: () => step(1),
    k: () => step(-1),
    e: nextFinding,
    f: () => { if (before === "g") go("a[href$='/filings/']"); },
  };
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "s" && find("[data-save]")) {
      event.preventDefault();
      find("[data-save]").click();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || find("dialog[open]")) return;
    if (event.target.closest("input, select, textarea, [contenteditable]")) return;
    const deed = keys[event.key];
    if (deed) { event.preventDefault(); deed(); }
    before = event.key;
  });

  // --- What htmx brought ------------------------------------------------------------------------------------------------
  // What was there from the start has had its chance: a save in the background must not take the focus from a field.
  document.querySelectorAll("[data-focus]").forEach((each) => each.removeAttribute("data-focus"));
  document.addEventListener("htmx:afterSettle", (event) => {
    const fresh = event.target;
    const said = fresh.querySelector && (fresh.matches("[data-announce]") ? fresh : fresh.querySelector("[data-announce]"));
    if (said && said.dataset.announce) announce(said.dataset.announce);
    const wanted = document.querySelector("[data-focus]");
    if (wanted) { wanted.removeAttribute("data-focus"); wanted.focus(); }
  });
  // After signing in anew in another tab the page still holds the old token; the cookie has the one in force.
  document.addEventListener("htmx:configRequest", (event) => {
    const found = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
    if (!found) return;
    event.detail.headers["X-CSRFToken"] = found[1];
    if (event.detail.formData.has("csrfmiddlewaretoken")) event.detail.formData.set("csrfmiddlewaretoken", found[1]);
  });
  const signedOut = (xhr) => new URL(xhr.responseURL || location.href).pathname.startsWith("/accounts/login");
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!signedOut(event.detail.xhr)) return;
    event.detail.shouldSwap = false;
    if (find("[data-editor], [data-upload]")) failed("You were signed out. Sign in again in another tab, then go on here: what you typed is still here.");
    else location.reload();
  });
  const failed = (text) => {
    const toasts = find("#toasts");
    if (!toasts) return;
    toasts.querySelectorAll("[data-connection]").forEach((each) => each.remove());
    const box = document.createElement("div");
    box.className = "notice bad";
    box.dataset.connection = "";
    box.textContent = text;
    toasts.append(box);
  };
  document.addEventListener("htmx:sendError", () => failed("The server cannot be reached at the moment. What you typed is still here."));
  document.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    failed(status === 403 ? "You are not signed in any more, or may not do this. What you typed is still here."
      : `That did not work (error ${status}). What you typed is still here; try again.`);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const { successful, xhr } = event.detail;
    if (!successful || signedOut(xhr)) return;
    document.querySelectorAll("[data-connection]").forEach((each) => each.remove());
  });
})();

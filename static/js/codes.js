// Finding a code while one types: an input with data-codes becomes a combobox over the list at that address.
// data-quiet names a list that is offered, not asked for: it opens from two characters on and is silent without a hit.
// Up, Down, Home and End move, Enter takes, Escape closes; without this script the input is a plain one.
(() => {
  "use strict";
  const list = document.createElement("ul");
  list.id = "codes-list";
  list.className = "codes";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Codes");
  const told = document.createElement("div");
  told.className = "visually-hidden";
  told.setAttribute("role", "status");
  let owner = null;
  let timer = 0;
  let asking = null;

  const area = (input) => input.tagName === "TEXTAREA";
  const expanded = (input, open) => { if (!area(input)) input.setAttribute("aria-expanded", String(open)); };
  const options = () => [...list.querySelectorAll("[role=option]")];
  const marked = () => list.querySelector("[aria-selected=true]");

  const close = () => {
    clearTimeout(timer);
    if (asking) asking.abort();
    asking = null;
    list.hidden = true;
    list.replaceChildren();
    told.textContent = "";
    if (owner) { expanded(owner, false); owner.removeAttribute("aria-activedescendant"); }
  };

  const own = (input) => {
    if (owner !== input) close();
    owner = input;
    // A text area stays a text box, which may not say that it is expanded.
    if (!area(input)) { input.setAttribute("role", "combobox"); if (!input.hasAttribute("aria-expanded")) expanded(input, false); }
    for (const [name, value] of [["aria-autocomplete", "list"], ["aria-controls", list.id]]) input.setAttribute(name, value);
    list.setAttribute("aria-label", input.dataset.quiet || "Codes");
    // Inside an open dialog or a form alike the list has to lie in the same layer as its input.
    if (list.parentElement !== input.parentElement) input.parentElement.append(list);
    if (!told.isConnected) document.body.append(told);
  };

  const ask = async (input) => {
    if (asking) asking.abort();
    const question = asking = new AbortController();
    try {
      const answer = await fetch(`${input.dataset.codes}?q=${encodeURIComponent(input.value)}`, { signal: question.signal, headers: { "X-Requested-With": "fetch" } });
      if (!answer.ok || answer.redirected || owner !== input || document.activeElement !== input) return;
      show(input, await answer.text());
    } catch (error) {
      if (error.name !== "AbortError") close();
    }
  };

  const show = (input, html) => {
    if (owner !== input || document.activeElement !== input) return;
    // Who has gone to an option keeps it when the answer to the last key comes later.
    const chosen = marked()?.dataset.code;
    list.innerHTML = html;
    const count = options().length;
    list.hidden = count === 0;
    list.style.setProperty("top", `${input.offsetTop + input.offsetHeight}px`);
    expanded(input, count > 0);
    input.removeAttribute("aria-activedescendant");
    const again = chosen && options().find((option) => option.dataset.code === chosen);
    if (again) mark(again);
    const [one, many] = input.dataset.quiet ? ["product", "products"] : ["code", "codes"];
    told.textContent = count === 0 ? (input.dataset.quiet ? "" : "No code found") : count === 1 ? `One ${one}` : `${count} ${many}`;
  };

  const mark = (option) => {
    const before = marked();
    if (before) before.setAttribute("aria-selected", "false");
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    owner.setAttribute("aria-activedescendant", option.id);
  };

  const take = (option) => {
    const input = owner;
    input.value = option.dataset.code;
    const meaning = input.parentElement.querySelector("[data-meaning]");
    if (meaning) meaning.textContent = option.dataset.name;
    const taken = { ...option.dataset };
    close();
    input.dispatchEvent(new CustomEvent("taken", { bubbles: true, detail: taken }));
    for (const name of ["input", "change"]) input.dispatchEvent(new CustomEvent(name, { bubbles: true, detail: "taken" }));
  };

  document.addEventListener("input", (event) => {
    const input = event.target.closest("[data-codes]");
    if (!input || event.detail === "taken") return undefined;
    own(input);
    const meaning = input.parentElement.querySelector("[data-meaning]");
    if (meaning) meaning.textContent = "";
    clearTimeout(timer);
    if (input.dataset.quiet && input.value.trim().length < 2) return close();
    timer = setTimeout(ask, 120, input);
    return undefined;
  });

  document.addEventListener("focusin", (event) => {
    const input = event.target.closest("[data-codes]");
    if (input) own(input);
  });
  document.addEventListener("focusout", (event) => { if (event.target === owner) close(); });

  document.addEventListener("keydown", (event) => {
    if (event.target !== owner || event.isComposing) return;
    if (list.hidden) {
      const last = !area(owner) || owner.selectionEnd === owner.value.length;
      if (event.key === "ArrowDown" && last) { event.preventDefault(); ask(owner); }
      return;
    }
    const all = options();
    const at = all.indexOf(marked());
    const places = { ArrowDown: at + 1, ArrowUp: at < 0 ? all.length - 1 : at - 1 };
    if (event.key in places) {
      event.preventDefault();
      mark(all[(places[event.key] + all.length) % all.length]);
    } else if (event.key === "Enter" && at >= 0) {
      event.preventDefault();
      take(all[at]);
    } else if (event.key === "Escape") {
      event.preventDefault();
      close();
    }
  });

  // Before the input loses the focus, which would close the list.
  list.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    const option = event.target.closest("[role=option]");
    if (option) take(option);
  });
  document.addEventListener("htmx:beforeSwap", close);
})();

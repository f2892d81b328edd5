// A product picked at a description of goods fills the goods code of the same item, too; where the code has no field on
// the page yet, its group is added first. data-goods names the fields: Harmonized System, then what is beyond it.
(() => {
  "use strict";
  const PARTS = [[0, 6], [6, 8]];
  let waiting = [];
  let from = null;

  const put = (name, value) => {
    const input = document.getElementById(`f-${name}`);
    if (!input || !("value" in input)) return false;
    for (let above = input; above; above = above.parentElement) if (above.tagName === "DETAILS") above.open = true;
    input.value = value;
    const meaning = input.parentElement.querySelector("[data-meaning]");
    if (meaning) meaning.textContent = "";
    input.dispatchEvent(new CustomEvent("input", { bubbles: true, detail: "taken" }));
    return true;
  };

  const add = (name) => {
    const adder = document.getElementById(`f-${name.replace(/\.[^.]*$/, "")}`);
    const button = adder && adder.matches(".adder") && adder.querySelector("button");
    if (button) button.click();
  };

  document.addEventListener("taken", (event) => {
    const input = event.target.closest("[data-goods]");
    const code = event.detail.goods;
    if (!input || !code) return;
    const wanted = input.dataset.goods.split(" ").map((name, at) => [name, code.slice(...PARTS[at])]);
    waiting = wanted.filter(([name, value]) => !put(name, value) && value);
    from = input;
    if (waiting.length) add(waiting[0][0]);
    const place = document.querySelector("#announce");
    if (place) place.textContent = `Description filled in, and goods code ${code}.`;
  });

  document.addEventListener("htmx:afterSettle", () => {
    if (!waiting.length) return;
    waiting = waiting.filter(([name, value]) => !put(name, value));
    if (!waiting.length && from && from.isConnected) from.focus();
  });
})();

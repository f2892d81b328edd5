// The table of houses: arrow keys and Enter move between rows, a pasted block spreads over the cells.
"use strict";

(() => {
  const form = document.getElementById("houses");
  if (!form) return;

  const grid = () => [...form.querySelectorAll("tbody tr")].map((row) => [...row.querySelectorAll("[data-cell]")]);

  const placeOf = (cell) => {
    const rows = grid();
    const row = rows.findIndex((cells) => cells.includes(cell));
    return { rows, row, column: rows[row].indexOf(cell) };
  };

  form.addEventListener("keydown", (event) => {
    const cell = event.target.closest("[data-cell]");
    const step = { ArrowUp: -1, ArrowDown: 1, Enter: 1 }[event.key];
    if (!cell || !step || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const { rows, row, column } = placeOf(cell);
    const next = rows[row + step]?.[column];
    if (next) {
      next.focus();
      next.select();
    }
  });

  form.addEventListener("paste", (event) => {
    const cell = event.target.closest("[data-cell]");
    const text = event.clipboardData?.getData("text/plain") ?? "";
    const lines = text.replace(/\r\n?/g, "\n").replace(/\n$/, "").split("\n").map((line) => line.split("\t"));
    if (!cell || (lines.length < 2 && lines[0].length < 2)) return;
    event.preventDefault();
    const { rows, row, column } = placeOf(cell);
    const left = [];
    lines.forEach((values, down) => {
      const cells = rows[row + down];
      if (!cells) {
        left.push(values.join("\t"));
        return;
      }
      values.forEach((value, right) => {
        const target = cells[column + right];
        if (target && !target.readOnly) target.value = value.trim();
      });
    });
    changed = true;
    // What has no row here goes where it becomes new houses, instead of being lost.
    if (left.length) {
      const box = form.querySelector("[name=paste]");
      box.value = [box.value, ...left].filter(Boolean).join("\n");
      box.focus();
    }
  });

  let changed = false;
  form.addEventListener("input", () => {
    changed = true;
  });
  form.addEventListener("submit", () => {
    changed = false;
  });
  window.addEventListener("beforeunload", (event) => {
    if (changed) event.preventDefault();
  });
})();

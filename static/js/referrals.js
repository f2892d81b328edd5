// Shows how much room the files of an answer take, while they are chosen.
(() => {
  "use strict";
  const form = document.querySelector("form[data-room]");
  if (!form) return;
  const room = Number(form.dataset.room);
  const bar = document.querySelector("#fill");
  const words = document.querySelector("#fill-words");
  const megabytes = (size) => (size >= 100000 ? `${(size / 1e6).toFixed(1)} MB` : `${Math.ceil(size / 1000)} kB`);
  const count = () => {
    const kept = [...form.querySelectorAll("[data-kept]")].filter((box) => !box.checked).map((box) => Number(box.dataset.kept));
    const chosen = [...form.querySelectorAll("[data-files]")].flatMap((input) => [...input.files].map((file) => file.size));
    const used = [...kept, ...chosen].reduce((sum, size) => sum + size, 0);
    bar.value = Math.min(used, room);
    const over = used > room;
    words.classList.toggle("over", over);
    words.textContent = over
      ? `${megabytes(used)} chosen, ${megabytes(used - room)} too much. Leave files out or scan them smaller.`
      : `${megabytes(used)} of ${megabytes(room)} used. A message may have 20 MB, in which files take a third more than on your disk.`;
  };
  form.addEventListener("change", count);
  count();
})();

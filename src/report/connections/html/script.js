"use strict";
let chosen = null;
const lines = document.querySelectorAll("path[data-from], tr[data-from]");
function show() {
  for (const line of lines) {
    const own = chosen === null || line.dataset[chosen.dataset.role] === chosen.dataset.end;
    line.classList.toggle(line.tagName === "TR" ? "gone" : "faint", !own);
  }
  for (const end of document.querySelectorAll(".end")) {
    end.classList.toggle("chosen", end === chosen);
  }
}
for (const end of document.querySelectorAll(".end")) {
  const choose = () => { chosen = chosen === end ? null : end; show(); };
  end.addEventListener("click", choose);
  end.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(); } });
}

// Lists that are put in order by dragging. <ol data-order="URL"> posts the ids in their new order; <ol data-order="">
// belongs to a form and only renumbers its fields [data-place]. The buttons up and down do the same without a mouse.

let lifted = null;
let before = "";

function ids(list) {
  return [...list.children].map((row) => row.dataset.id);
}

function renumber(list) {
  const rows = [...list.children];
  rows.forEach((row, index) => {
    row.querySelectorAll("[data-place]").forEach((field) => { field.value = index + 1; });
    row.querySelectorAll("[data-move]").forEach((button) => {
      button.value = index;
      button.disabled = button.dataset.move === "-1" ? index === 0 : index === rows.length - 1;
    });
  });
}

function send(list) {
  const token = document.querySelector("input[name=csrf_token]").value;
  window.htmx.ajax("POST", list.dataset.order, {
    source: list, target: "#main", select: "#main", swap: "outerHTML",
    values: { order: ids(list), csrf_token: token },
  });
}

function finish(list) {
  renumber(list);
  if (list.dataset.order && ids(list).join() !== before) send(list);
}

document.addEventListener("pointerdown", ({ target, pointerType }) => {
  const row = target.closest?.("[data-order] > li");
  if (row) row.draggable = pointerType === "mouse" && !target.closest("a, button, input, textarea, select, label, summary");
});

document.addEventListener("dragstart", (event) => {
  const row = event.target.closest?.("[data-order] > li");
  if (!row || event.target !== row) return;
  lifted = row;
  before = ids(row.parentElement).join();
  event.dataTransfer.effectAllowed = "move";
  requestAnimationFrame(() => row.classList.add("lifted"));
});

document.addEventListener("dragover", (event) => {
  if (!lifted) return;
  event.preventDefault();
  const over = event.target.closest?.("[data-order] > li");
  if (!over || over === lifted || over.parentElement !== lifted.parentElement) return;
  const { top, height } = over.getBoundingClientRect();
  over[event.clientY > top + height / 2 ? "after" : "before"](lifted);
});

document.addEventListener("dragend", () => {
  if (!lifted) return;
  lifted.classList.remove("lifted");
  lifted.draggable = false;
  finish(lifted.parentElement);
  lifted = null;
});

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-order] [data-move]");
  if (!button) return;
  event.preventDefault();
  const row = button.closest("[data-order] > li");
  if (button.dataset.move === "-1") row.previousElementSibling?.before(row);
  else row.nextElementSibling?.after(row);
  renumber(row.parentElement);
  (button.disabled ? row.querySelector("[data-move]:not(:disabled)") : button)?.focus();
});

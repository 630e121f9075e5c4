// Menus and questions are <details>: here they close by Escape, by a click elsewhere, and when another one opens.

const OPEN = "details:is(.menu, .ask)[open]";

function closeAll(except) {
  document.querySelectorAll(OPEN).forEach((open) => {
    if (!open.contains(except)) open.open = false;
  });
}

function closeNearest() {
  const open = document.activeElement?.closest(OPEN) ?? document.querySelector(OPEN);
  if (open) {
    open.open = false;
    open.querySelector("summary").focus();
  }
  return Boolean(open);
}

document.addEventListener("click", (event) => closeAll(event.target));

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.defaultPrevented && closeNearest()) event.preventDefault();
});

document.addEventListener("toggle", (event) => {
  const { target } = event;
  if (!target.matches?.("details:is(.menu, .ask)") || !target.open) return;
  closeAll(target);
  const pop = target.querySelector(".pop");
  const over = pop.getBoundingClientRect();
  if (over.left < 8) pop.classList.add("from-left");
  if (over.bottom > window.innerHeight - 8) pop.scrollIntoView({ block: "nearest" });
}, true);

// <button command="show-modal" commandfor="..."> for browsers that do not know it yet.
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[commandfor]");
  if (!button || "commandForElement" in HTMLButtonElement.prototype) return;
  document.getElementById(button.getAttribute("commandfor"))?.showModal();
});

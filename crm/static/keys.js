// Single keys: / finds, j and k walk the rows, Enter opens, a letter does a row's act, ? shows them.
// They can be switched off in the list of keys; nothing else is remembered in the browser.

const OFF = "keys-off";

function isTyping(element) {
  return element.isContentEditable || element.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=submit])");
}

function rows() {
  return [...document.querySelectorAll("#main [data-row]")].filter((row) => row.checkVisibility());
}

function rowAtHand() {
  return document.activeElement?.closest("[data-row]") ?? document.querySelector("[data-row].at-hand");
}

function takeUp(row) {
  document.querySelectorAll(".at-hand").forEach((other) => other.classList.remove("at-hand"));
  row.classList.add("at-hand");
  (row.querySelector("a, button, summary, input") ?? row).focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

function walk(step) {
  const all = rows();
  if (!all.length) return;
  const now = all.indexOf(rowAtHand());
  takeUp(all[Math.max(0, Math.min(all.length - 1, now < 0 ? 0 : now + step))]);
}

function act(letter) {
  const place = rowAtHand() ?? document.getElementById("main");
  const button = place.querySelector(`[data-key="${CSS.escape(letter)}"]`)
    ?? document.querySelector(`#main .head [data-key="${CSS.escape(letter)}"], [data-notice] [data-key="${CSS.escape(letter)}"]`);
  button?.click();
  return Boolean(button);
}

function showKeys() {
  document.getElementById("keys")?.showModal();
}

function find() {
  const field = document.getElementById("find");
  field?.focus();
  field?.select();
}

const MEANING = { "/": find, "?": showKeys, j: () => walk(1), k: () => walk(-1) };

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && event.target.id === "find") event.target.blur();
  if (localStorage.getItem(OFF) || isTyping(event.target) || document.querySelector("dialog[open]")) return;
  if (event.key in MEANING) {
    event.preventDefault();
    MEANING[event.key]();
  } else if (/^[a-z]$/.test(event.key) && act(event.key)) {
    event.preventDefault();
  }
});

document.addEventListener("focusin", (event) => {
  if (!event.target.closest("[data-row]")) document.querySelector(".at-hand")?.classList.remove("at-hand");
});

const off = document.querySelector("[data-keys-off]");
if (off) {
  off.checked = Boolean(localStorage.getItem(OFF));
  off.addEventListener("change", () => (off.checked ? localStorage.setItem(OFF, "1") : localStorage.removeItem(OFF)));
}

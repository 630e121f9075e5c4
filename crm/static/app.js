// What makes the pages quicker; each of them works without any of this. Here: sending forms, and answers that take the place
// of the page. Menus are in pops.js, the keyboard in keys.js; the others are named after what they do.

// A form that is being sent is not sent a second time, and says so.

const PATIENCE = 15000; // after that one may try again; an answer that is a file never ends the page

function setBusy(form, busy) {
  form.toggleAttribute("data-sending", busy);
  form.setAttribute("aria-busy", String(busy));
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.hasAttribute("data-upload")) return;
  if (form.hasAttribute("data-sending")) {
    event.preventDefault();
    event.stopImmediatePropagation();
  } else {
    setTimeout(() => setBusy(form, !event.defaultPrevented || form.hasAttribute("hx-post")));
    setTimeout(() => setBusy(form, false), PATIENCE);
  }
}, true);

// What is saved while somebody types takes the place of one line, and is no act of the page.
function isOfPage(event) {
  return event.detail.target?.id === "main";
}

document.addEventListener("htmx:afterRequest", (event) => {
  const form = isOfPage(event) ? event.target.closest("form") : null;
  if (form) setBusy(form, false);
});

// The browser's back button brings the page as it was left: in the middle of sending.
window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sending]").forEach((form) => setBusy(form, false));
});

// An act answers with a whole page, whose #main takes the place of ours. The reader keeps the place they were at:
// the same button, else the same row's place, else the heading. What was done is read out.

let left = null;

function rowsOf(main) {
  return [...main.querySelectorAll("[data-row]")];
}

function remember(element) {
  const form = element.closest("form");
  const button = form?.querySelector("button:not([type=button])") ?? element;
  const row = element.closest("[data-row]");
  return {
    path: location.pathname,
    action: form?.getAttribute("action"),
    words: button.textContent,
    row: row ? rowsOf(document).indexOf(row) : -1,
  };
}

function placeToReturn(main) {
  const wrong = main.querySelector("[data-errors]");
  if (wrong) return wrong;
  if (left.path === location.pathname) {
    const same = [...main.querySelectorAll("form")].find((form) =>
      form.getAttribute("action") === left.action && form.querySelector("button")?.textContent === left.words);
    const again = same?.querySelector("input:not([type=hidden]), button:not(:disabled)");
    if (again) return again.closest("details:not([open])")?.querySelector("summary") ?? again;
    const rows = rowsOf(main);
    const row = left.row < 0 ? null : rows[Math.min(left.row, rows.length - 1)];
    if (row) return row.querySelector("a, button, summary");
  }
  return headingOf(main);
}

function headingOf(main) {
  const heading = main.querySelector("h1");
  heading?.setAttribute("tabindex", "-1");
  return heading ?? main;
}

function readOut(main) {
  document.getElementById("said").textContent =
    [...main.querySelectorAll("[data-notice] p, p[data-notice]")].map((notice) => notice.textContent).join(" ");
}

function addShut(notice) {
  if (!notice.classList.contains("undo") || notice.querySelector(".shut")) return;
  const shut = document.createElement("button");
  shut.type = "button";
  shut.className = "btn shut";
  shut.textContent = "×";
  shut.setAttribute("aria-label", "Close this notice");
  shut.addEventListener("click", () => notice.remove());
  notice.append(shut);
}

function settle(main) {
  main.querySelectorAll("[data-notice]").forEach(addShut);
  readOut(main);
}

document.addEventListener("htmx:beforeRequest", (event) => { if (isOfPage(event)) left = remember(event.target); });

// Signed out meanwhile, or sent to a page of another frame: go there as a page.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  const here = document.body.dataset.layout;
  const there = /<body data-layout="(\w+)"/.exec(xhr.responseText)?.[1];
  if (!isOfPage(event)) {
    event.detail.shouldSwap = xhr.status < 400 && (!there || there === here); // a part of a page of the same frame may come with the whole
    if (!event.detail.shouldSwap) tell("What you typed is not saved. Look in another window whether you are signed in.");
    return;
  }
  if (xhr.status < 400 && there && there !== here) {
    event.detail.shouldSwap = false;
    location.assign(xhr.responseURL);
  } else if (!there) {
    event.detail.shouldSwap = false;
    tell("The server answered with something that is not a page. Please try again in a moment.");
  }
});

document.addEventListener("htmx:afterSwap", (event) => {
  const main = event.target;
  if (main.id !== "main") return;
  const { xhr } = event.detail;
  const arrived = new URL(xhr.responseURL || location.href);
  if (xhr.status < 400 && arrived.pathname + arrived.search !== location.pathname + location.search) {
    history.pushState(null, "", arrived);
    window.scrollTo(0, 0);
  }
  settle(main);
  if (left) placeToReturn(main)?.focus({ preventScroll: left.path === location.pathname && xhr.status < 400 });
  left = null;
});

// We push addresses without keeping pages, so going back fetches the page again.
window.addEventListener("popstate", () => location.reload());

function tell(sentence) {
  const main = document.getElementById("main");
  main.querySelector("[data-trouble]")?.remove();
  const note = document.createElement("p");
  note.className = "note no";
  note.dataset.trouble = "";
  note.setAttribute("role", "alert");
  note.textContent = sentence;
  main.prepend(note);
  note.scrollIntoView({ block: "nearest" });
}

document.addEventListener("htmx:sendError", () => {
  tell("The server did not answer. Please look whether it was done before you try again.");
});

settle(document.getElementById("main"));
document.querySelector("[data-errors]")?.focus();

// Files that are dropped or chosen. In <form data-upload> each is sent by itself, with its progress, and the page is refreshed
// when all are there, or the page that data-upload names is opened; in any other form they travel with the form, and their names are shown.

const BIGGEST = 20 * 1024 * 1024;

function zoneOf(element) {
  return element.closest?.("[data-dropzone]");
}

function size(bytes) {
  return bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} kB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

function line(zone, file) {
  const item = document.createElement("li");
  const name = document.createElement("span");
  const state = document.createElement("span");
  name.textContent = file.name;
  state.className = "state";
  state.textContent = size(file.size);
  item.append(name, state);
  zone.querySelector("[data-files]").append(item);
  return { item, say: (words) => { state.textContent = words; } };
}

function refuse({ item, say }, words) {
  item.querySelector("progress")?.remove();
  item.classList.add("failed");
  say(words);
}

function reason(xhr) {
  const page = new DOMParser().parseFromString(xhr.responseText, "text/html");
  const said = (page.querySelector(".error, .form-errors li, .note.no") ?? page.querySelector("main h1"))?.textContent.trim();
  return said || "The server did not take this file. Please try again.";
}

function send(form, name, file) {
  const shown = line(form, file);
  if (file.size > BIGGEST) {
    refuse(shown, "This file is larger than 20 MB. Please send a smaller one.");
    return Promise.resolve(false);
  }
  const progress = document.createElement("progress");
  progress.max = 1;
  progress.value = 0;
  progress.setAttribute("aria-label", `Sending ${file.name}`);
  shown.item.append(progress);
  const body = new FormData(form);
  body.set(name, file);
  return new Promise((done) => {
    const xhr = new XMLHttpRequest();
    xhr.upload.addEventListener("progress", ({ loaded, total }) => {
      progress.value = loaded / total;
      shown.say(loaded < total ? `${Math.floor((loaded / total) * 100)} %` : "reading it");
    });
    xhr.addEventListener("load", () => {
      const taken = xhr.status < 400;
      if (taken) shown.say("kept");
      else refuse(shown, reason(xhr));
      done(taken);
    });
    xhr.addEventListener("error", () => {
      refuse(shown, "The connection broke off. Please send it again.");
      done(false);
    });
    xhr.open("POST", form.action);
    xhr.send(body);
  });
}

async function sendAll(form, input, files) {
  form.querySelector("[data-files]").replaceChildren();
  form.setAttribute("aria-busy", "true");
  let taken = true;
  for (const file of files) taken = (await send(form, input.name, file)) && taken; // one after another: the order is kept
  form.setAttribute("aria-busy", "false");
  input.value = "";
  const then = form.dataset.upload; // many files lead to a page of their own, where it is told which were refused
  if (then) location.assign(then);
  else if (taken) window.htmx.ajax("GET", location.href, { target: "#main", select: "#main", swap: "outerHTML" });
}

function take(zone, input, files) {
  const form = input.form;
  if (form.hasAttribute("data-upload")) {
    sendAll(form, input, input.multiple ? files : files.slice(0, 1));
  } else {
    zone.querySelector("[data-files]").replaceChildren();
    if (input.multiple) files.forEach((file) => line(zone, file));
  }
}

document.addEventListener("change", ({ target }) => {
  if (target.matches?.("input[data-drop]") && target.files.length) take(zoneOf(target), target, [...target.files]);
});

document.addEventListener("dragover", (event) => {
  if (!event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault(); // a file that misses the field must not replace the page
  document.querySelectorAll(".drop.over").forEach((zone) => zone.classList.remove("over"));
  zoneOf(event.target)?.classList.add("over");
});

document.addEventListener("drop", (event) => {
  if (!event.dataTransfer?.files.length) return;
  event.preventDefault();
  document.querySelector(".drop.over")?.classList.remove("over");
  const zones = document.querySelectorAll("[data-dropzone]");
  const zone = zoneOf(event.target) ?? (zones.length === 1 ? zones[0] : null);
  const input = zone?.querySelector("input[data-drop]");
  if (!input) return;
  const held = new DataTransfer();
  const files = [...event.dataTransfer.files].slice(0, input.multiple ? undefined : 1);
  files.forEach((file) => held.items.add(file));
  input.files = held.files;
  take(zone, input, files);
  input.dispatchEvent(new CustomEvent("dropped", { bubbles: true }));
});

// Close the search, quicker: more rows, files that become rows, and a button that says how many it banks.

const form = document.getElementById("closing");
const list = form?.querySelector("[data-finalists]");
const NAMING = new Set(["id", "name", "for", "data-into", "aria-describedby"]);

if (list) begin();

function begin() {
  form.querySelectorAll("[data-scripted]").forEach((element) => { element.hidden = false; });
  form.addEventListener("input", count);
  form.addEventListener("picked", count);
  form.addEventListener("click", (event) => {
    if (!event.target.closest("[data-add]")) return;
    event.preventDefault();
    addRow()?.querySelector("[data-suggest]").focus();
  });
  list.addEventListener("change", ({ target }) => {
    if (target.type === "file" && target.files.length) sendFor(target.closest("li"), target);
  });
  document.addEventListener("drop", dropped, true);
  count();
}

// --- rows

function rows() {
  return [...list.children];
}

function isEmpty(row) {
  return !row.querySelector("[data-suggest]").value.trim() && !row.querySelector("[data-upload-id]").value && !row.dataset.busy;
}

// A copy of the last row under the next number, with nothing in it.
function addRow() {
  const next = Math.max(...rows().map((row) => Number(/-(\d+)-/.exec(row.querySelector("[data-place]").name)[1]))) + 1;
  if (next >= 30 || !form.querySelector("[data-add]")) return null;
  const fresh = rows().at(-1).cloneNode(true);
  for (const element of fresh.querySelectorAll("*")) {
    for (const { name, value } of element.attributes) {
      if (NAMING.has(name)) element.setAttribute(name, value.replace(/finalists-\d+-/g, `finalists-${next}-`));
    }
  }
  clear(fresh);
  list.append(fresh);
  renumber();
  return fresh;
}

function clear(row) {
  row.querySelectorAll(".suggestions, .error, .note").forEach((element) => element.remove());
  row.querySelectorAll(".wrong").forEach((element) => element.classList.remove("wrong"));
  row.querySelectorAll("[aria-invalid]").forEach((element) => element.removeAttribute("aria-invalid"));
  row.querySelectorAll("input, textarea").forEach((field) => {
    if (field.type === "radio") field.checked = field.defaultChecked = false;
    else field.value = "";
  });
  row.querySelectorAll("option").forEach((option) => { option.selected = option.defaultSelected = option.value === "rejected"; });
  row.querySelectorAll(".picked").forEach((field) => field.classList.remove("picked"));
  row.querySelectorAll("details").forEach((more) => { more.open = false; });
  row.querySelector("[data-kept]").hidden = true;
  row.querySelector("[data-attach]").textContent = "Attach a resume";
  row.querySelector("[data-state]").textContent = "";
}

function renumber() {
  const all = rows();
  all.forEach((row, index) => {
    row.querySelector("[data-place]").value = index + 1;
    row.querySelectorAll("[data-move]").forEach((button) => {
      button.value = index;
      button.disabled = button.dataset.move === "-1" ? index === 0 : index === all.length - 1;
      button.setAttribute("aria-label", `Move row ${index + 1} ${button.dataset.move === "-1" ? "up" : "down"}`);
    });
  });
}

function count() {
  if (!form.querySelector("[data-add]")) return;
  const numbers = list.dataset.numbers.split(",");
  const full = rows().filter((row) => !isEmpty(row)).length;
  const number = numbers[full] ?? String(full);
  const hired = form.querySelector("[name=hired_name]").value.trim();
  form.querySelector(".bar .go").textContent = full ? `Bank ${number}` : "Close the search";
  form.querySelector(".bar > p").textContent = full
    ? `Banks ${number} ${full === 1 ? "person" : "people"} and their bench, in this order. ${form.querySelector("[name=letters][value=none]").checked ? "Nobody is written to." : "Letters wait for their hour."}`
    : hired ? "Records the hire and banks nobody." : "Name the hire, or at least one person who nearly made it.";
}

// --- files

function dropped(event) {
  const files = [...(event.dataTransfer?.files ?? [])];
  if (!files.length) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const over = event.target.closest?.("[data-finalist]");
  files.forEach((file, index) => {
    const row = (index === 0 && over) || rows().find(isEmpty) || addRow();
    if (row) send(row, file); // where there is one row only, further files have no place
  });
}

async function sendFor(row, input) {
  const [file] = input.files;
  if (await send(row, file)) input.value = "";
}

// Sends the file, then asks until it was read, and writes name and address where nothing was typed.
async function send(row, file) {
  row.dataset.busy = "1";
  const say = (words) => { row.querySelector("[data-state]").textContent = words; };
  try {
    const kept = await post(file, (share) => say(`${file.name}: ${Math.floor(share * 100)} %`));
    row.querySelector("[data-upload-id]").value = kept.id;
    row.querySelector("[data-filename]").textContent = kept.name;
    row.querySelector("[data-kept]").hidden = false;
    row.querySelector("[data-attach]").textContent = "Another one instead";
    say("Reading it …");
    count();
    say(fill(row, await reading(kept.id)));
    return true;
  } catch (error) {
    say(error.message);
    return false;
  } finally {
    delete row.dataset.busy;
    count();
  }
}

function post(file, progress) {
  const body = new FormData();
  body.set("csrf_token", form.querySelector("input[name=csrf_token]").value);
  body.set("file", file);
  return new Promise((done, failed) => {
    const xhr = new XMLHttpRequest();
    xhr.responseType = "json";
    xhr.upload.addEventListener("progress", ({ loaded, total }) => progress(loaded / total));
    xhr.addEventListener("load", () => {
      if (xhr.status < 400) done(xhr.response);
      else failed(new Error(xhr.response?.message ?? "The server did not take this file. Please try again."));
    });
    xhr.addEventListener("error", () => failed(new Error("The connection broke off. Please choose the file again.")));
    xhr.open("POST", list.dataset.uploads);
    xhr.setRequestHeader("Accept", "application/json");
    xhr.send(body);
  });
}

async function reading(id) {
  for (let tries = 0; tries < 40; tries += 1) {
    const answer = await fetch(`${list.dataset.uploads}/${id}`, { headers: { Accept: "application/json" } });
    const found = answer.ok ? await answer.json() : { state: "gone" };
    if (found.state !== "waiting") return found;
    await new Promise((wait) => { setTimeout(wait, 300); });
  }
  return { state: "waiting" };
}

function fill(row, { state, proposed = {} }) {
  if (state !== "read") return "Kept. It could not be read yet, so type the name.";
  const name = row.querySelector("[data-suggest]");
  const email = row.querySelector("input[type=email]");
  if (!name.value.trim()) name.value = proposed.full_name ?? "";
  if (!email.value.trim()) email.value = proposed.email ?? "";
  return proposed.full_name ? "Read: look at the name." : "Read, but no name was found in it.";
}

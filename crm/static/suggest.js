// Suggestions under a field, as the ARIA pattern "editable combobox with a list" asks.
//   data-suggest=URL    asked with ?q=, answers {"items": [{"id", "title", "snippet", "url"}]}
//   data-into=ID        the hidden field that takes the id of the one picked
//   data-submit         picking sends the form;   data-go  picking opens the item's url

const WAIT = 160;
let count = 0;

class Suggestions {
  constructor(input) {
    this.input = input;
    this.into = document.getElementById(input.dataset.into ?? "");
    this.items = [];
    this.at = -1;
    this.list = this.makeList();
    for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": this.list.id })) {
      input.setAttribute(name, value);
    }
    input.addEventListener("input", () => this.typed());
    input.addEventListener("keydown", (event) => this.pressed(event));
    input.addEventListener("blur", () => this.close());
  }

  makeList() {
    const list = document.createElement("ul");
    list.id = `suggestions-${count += 1}`;
    list.className = "suggestions";
    list.hidden = true;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "Suggestions");
    list.addEventListener("mousedown", (event) => {
      event.preventDefault();
      const chosen = event.target.closest("li");
      if (chosen) this.pick([...list.children].indexOf(chosen));
    });
    this.input.after(list);
    return list;
  }

  typed() {
    this.unpick();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), WAIT);
  }

  async ask() {
    const q = this.input.value.trim();
    this.asking?.abort();
    if (!q) return this.close();
    this.asking = new AbortController();
    const url = new URL(this.input.dataset.suggest, location.href);
    url.searchParams.set("q", q);
    try {
      const answer = await fetch(url, { headers: { Accept: "application/json" }, signal: this.asking.signal });
      this.show(answer.ok ? (await answer.json()).items : []);
    } catch {
      this.close(); // without suggestions the field is still a field
    }
    return undefined;
  }

  show(items) {
    if (document.activeElement !== this.input) return;
    this.items = items.slice(0, 8);
    this.at = -1;
    this.list.replaceChildren(...this.items.map((item, index) => this.line(item, index)));
    this.setOpen(this.items.length > 0);
  }

  line(item, index) {
    const line = document.createElement("li");
    line.id = `${this.list.id}-${index}`;
    line.setAttribute("role", "option");
    line.append(item.title);
    if (item.snippet) {
      const more = document.createElement("small");
      more.textContent = item.snippet;
      line.append(more);
    }
    return line;
  }

  pressed(event) {
    const open = !this.list.hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!open) return;
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.moveTo((this.at + step + this.items.length + (this.at < 0 && step < 0 ? 1 : 0)) % this.items.length);
    } else if (event.key === "Enter" && open && this.at >= 0) {
      event.preventDefault();
      this.pick(this.at);
    } else if (event.key === "Escape" && open) {
      event.preventDefault();
      this.close();
    }
  }

  moveTo(index) {
    this.at = index;
    [...this.list.children].forEach((line, place) => line.setAttribute("aria-selected", String(place === index)));
    this.input.setAttribute("aria-activedescendant", `${this.list.id}-${index}`);
    this.list.children[index].scrollIntoView({ block: "nearest" });
  }

  pick(index) {
    const item = this.items[index];
    if ("go" in this.input.dataset && item.url) return location.assign(item.url);
    this.input.value = item.title;
    if (this.into) {
      this.into.value = item.id;
      this.input.classList.add("picked");
    }
    this.close();
    if ("submit" in this.input.dataset) this.input.form.requestSubmit();
    this.input.dispatchEvent(new CustomEvent("picked", { bubbles: true, detail: item }));
    return undefined;
  }

  unpick() {
    if (this.into) this.into.value = "";
    this.input.classList.remove("picked");
  }

  close() {
    clearTimeout(this.timer);
    this.setOpen(false);
  }

  setOpen(open) {
    this.list.hidden = !open;
    this.input.setAttribute("aria-expanded", String(open));
    if (!open) this.input.removeAttribute("aria-activedescendant");
  }
}

const known = new WeakMap();

document.addEventListener("focusin", ({ target }) => {
  if (target.matches?.("input[data-suggest]") && !known.has(target)) known.set(target, new Suggestions(target));
});

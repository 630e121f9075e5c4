// Offers the time zone that the browser goes by, where the page has another. Nothing is chosen by itself.

function offer() {
  const select = document.querySelector("select[data-zone]");
  const line = document.querySelector("[data-zone-offer]");
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!select || !line || !zone || select.value === zone) return;
  const option = [...select.options].find((one) => one.value === zone);
  if (!option) return;
  line.querySelector("[data-zone-name]").textContent = option.textContent;
  line.querySelector("[data-zone-take]").addEventListener("click", () => {
    option.selected = true;
    line.hidden = true;
    select.focus();
  });
  line.hidden = false;
}

offer();

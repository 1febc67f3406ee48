"use strict";
// The grid works without this; it adds: the field for another code only when asked for, suggestions by a click, and
// how many rows are changed.
document.addEventListener("DOMContentLoaded", () => {
  const map = document.querySelector(".map");
  const form = map && map.querySelector("form");
  if (!form) return;
  map.classList.add("map-js");
  const tab = map.querySelector(".map-tabs [aria-current]");
  if (tab) tab.parentElement.scrollLeft = tab.offsetLeft - tab.parentElement.offsetLeft - 40;

  const initialOf = (field) => form.querySelector(`[name="initial-${field.name}"]`);
  const rows = [...form.querySelectorAll("[data-row]")];
  const targetOf = (row) => row.querySelector('select[name$="-target"]');

  const refresh = (row) => {
    const other = row.querySelector("[data-other]");
    const target = targetOf(row);
    if (other) other.classList.toggle("map-open", target.value === "other");
    const changed = [...row.querySelectorAll("select")].some((field) => {
      const initial = initialOf(field);
      return initial && initial.value !== field.value;
    });
    row.classList.toggle("map-changed", changed);
  };

  const counter = form.querySelector("[data-changed-count]");
  const count = () => {
    const changed = form.querySelectorAll(".map-changed").length;
    if (!counter) return;
    counter.textContent = changed === 0 ? ""
      : changed === 1 ? counter.dataset.one : counter.dataset.many.replace("{count}", changed);
  };

  const choose = (row, value) => {
    const target = targetOf(row);
    target.value = value;
    refresh(row);
    count();
  };

  rows.forEach(refresh);
  count();
  form.addEventListener("change", (event) => {
    const row = event.target.closest("[data-row]");
    if (row) refresh(row);
    if (row && event.target.value === "other") row.querySelector("[data-other] input").focus();
    count();
  });
  form.addEventListener("click", (event) => {
    const chip = event.target.closest("[data-suggest]");
    if (chip) choose(chip.closest("[data-row]"), chip.dataset.suggest);
  });

  const fillAll = map.querySelector("[data-fill-all]");
  if (fillAll) {
    fillAll.hidden = false;
    fillAll.addEventListener("click", () => {
      form.querySelectorAll('[aria-labelledby="map-out"] .map-todo').forEach((row) => {
        const chip = row.querySelector("[data-suggest]");
        if (chip && targetOf(row).value === "") choose(row, chip.dataset.suggest);
      });
    });
  }
});

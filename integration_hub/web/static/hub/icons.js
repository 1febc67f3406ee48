// Icons are words in a font of symbols. Who hears the page would be read "arrow_back" in place of the link's own name.
const hideIcons = (part) =>
  part.querySelectorAll(".material-symbols-outlined").forEach((icon) => icon.setAttribute("aria-hidden", "true"));

// Those beside the boxes of a date and a time hold their words where the link does not look for its name.
const nameShortcuts = () =>
  document.querySelectorAll(".date-icon, .clock-icon").forEach((icon) => {
    icon.parentElement.setAttribute("aria-label", icon.title);
  });

document.addEventListener("DOMContentLoaded", () => hideIcons(document));
document.addEventListener("htmx:afterSwap", (event) => hideIcons(event.target));
window.addEventListener("load", () => setTimeout(nameShortcuts)); // they are made while the page loads

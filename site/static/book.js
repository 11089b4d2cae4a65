// What a page does beyond being read. Without this script it lacks only these.
"use strict";

const root = document.documentElement;

// At the reader's first sign the sections below are laid out one by one, when there is time; all at once
// for a reader who comes back to the middle.
const sections = [...document.querySelectorAll(".bd-article > section > section")];
const idle = window.requestIdleCallback ?? setTimeout;
const ready = () => {
  sections.shift()?.classList.add("ready");
  if (sections.length) requestAnimationFrame(() => idle(ready));
};
if (performance.getEntriesByType("navigation")[0]?.type === "navigate") {
  const waiting = new AbortController();
  const begin = () => {
    waiting.abort();
    idle(ready);
  };
  for (const sign of ["pointermove", "pointerdown", "keydown", "wheel", "scroll"])
    addEventListener(sign, begin, { passive: true, signal: waiting.signal });
} else sections.forEach((section) => section.classList.add("ready"));

// Light or dark: as the system has it, until the reader chooses.
const themeButton = document.querySelector(".theme");
const dark = () =>
  root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
themeButton.hidden = false;
themeButton.addEventListener("click", () => {
  root.dataset.theme = dark() ? "light" : "dark";
  try {
    localStorage.setItem("theme", root.dataset.theme);
  } catch {} // not allowed: the choice holds for this page
});

// "/" goes to the search field, as in many a reader's other tools.
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  const field = document.querySelector(".search-page input, .site-search input");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  field.focus();
});

// The section in view is marked in the page's contents.
const entries = new Map();
for (const link of document.querySelectorAll("#contents a")) {
  const section = document.getElementById(decodeURIComponent(link.hash.slice(1)));
  if (section) entries.set(section, link);
}
const seen = new Set();
const watcher = new IntersectionObserver(
  (changes) => {
    for (const { target, isIntersecting } of changes) isIntersecting ? seen.add(target) : seen.delete(target);
    const last = [...entries.keys()].filter((section) => seen.has(section)).pop();
    for (const [section, link] of entries)
      section === last ? link.setAttribute("aria-current", "location") : link.removeAttribute("aria-current");
  },
  { rootMargin: "-15% 0px -70% 0px" },
);
for (const section of entries.keys()) watcher.observe(section);

// A choice in a menu closes it.
for (const menu of document.querySelectorAll("[popover]"))
  menu.addEventListener("click", (event) => {
    if (event.target.closest("a") && menu.matches(":popover-open")) menu.hidePopover();
  });

// A box that scrolls sideways can be reached, and so scrolled, by keyboard.
const BOXES = "pre, .math-scroll, .pst-scrollable-table-container";
const reach = (box) =>
  box.scrollWidth > box.clientWidth + 1 ? (box.tabIndex = 0) : box.removeAttribute("tabindex");
const sizes = new ResizeObserver((changes) => changes.forEach(({ target }) => reach(target)));
for (const box of document.querySelectorAll(BOXES)) sizes.observe(box);
// Unfolded far from the window, it changes its size unobserved.
document.addEventListener("toggle", ({ target }) => target.querySelectorAll(BOXES).forEach(reach), true);

// Code can be copied; without a clipboard, as over plain HTTP, the reader copies what is selected.
for (const code of document.querySelectorAll(".cell_input pre, .literal-block-wrapper pre, [class*=highlight-]:not(.cell *) pre")) {
  const button = document.createElement("button");
  button.className = "copy";
  button.type = "button";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(code.textContent.trimEnd() + "\n");
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(code);
      button.textContent = "Selected, not yet copied";
    }
    setTimeout(() => (button.textContent = "Copy"), 3000);
  });
  code.parentElement.append(button);
}

// The search comes when a reader goes to a field of it, or with words to search for.
const scripts = document.currentScript.src;
const search = () => {
  for (const name of ["search-index.js", "search.js"]) {
    const script = document.createElement("script");
    script.src = new URL(name, scripts);
    script.async = false; // one after the other
    document.head.append(script);
  }
  for (const field of fields) field.removeEventListener("focus", search);
};
const fields = document.querySelectorAll("input[name=q]");
for (const field of fields) field.addEventListener("focus", search);
if (document.querySelector(".search-page") && new URLSearchParams(location.search).get("q")) search();

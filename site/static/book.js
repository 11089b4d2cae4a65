// What a page does beyond being read. Without this script it lacks only these.
"use strict";

const root = document.documentElement;

// At the reader's first sign the sections below are laid out one by one, when there is time; all at once
// for a reader who comes back to the middle.
const sections = [...document.querySelectorAll(".bd-article > section > section")];
const idle = window.requestIdleCallback ?? setTimeout;
let settled = false;
const ready = () => {
  sections.shift()?.classList.add("ready");
  if (sections.length) requestAnimationFrame(() => idle(ready));
  else setTimeout(() => (settled = true), 500);
};
if (performance.getEntriesByType("navigation")[0]?.type === "navigate") {
  const waiting = new AbortController();
  const begin = () => {
    waiting.abort();
    idle(ready);
  };
  for (const sign of ["pointermove", "pointerdown", "keydown", "wheel", "scroll"])
    addEventListener(sign, begin, { passive: true, signal: waiting.signal });
} else {
  sections.splice(1).forEach((section) => section.classList.add("ready"));
  ready();
}

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
    const lines = code.textContent.trimEnd().split("\n");
    const typed = lines.filter((line) => /^(>>>|\.\.\.) /.test(line)).map((line) => line.slice(4)); // at a prompt
    try {
      await navigator.clipboard.writeText((typed.length ? typed : lines).join("\n") + "\n");
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(code);
      button.textContent = "Selected, not yet copied";
    }
    setTimeout(() => (button.textContent = "Copy"), 3000);
  });
  code.parentElement.append(button);
}

// What a reference leads to is shown beside it: to the mouse, and to the focus of a keyboard. A finger
// follows the link. Pages are fetched, and kept, when they are first asked for.
const REFERENCES = "a:is(.internal, .footnote-reference):not(.actions a, .algorithm a)";
const SHOWN_WHOLE = ".math-display, .proof, .exercise, figure, .citation, aside, dl, p";
const article = document.querySelector(".bd-article");
const card = document.createElement("div");
Object.assign(card, { id: "preview", popover: "manual" });
card.setAttribute("role", "tooltip");
const pages = new Map([[location.pathname, { page: document, rules: [] }]]);
const fetchPage = async (path) => {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(answer.status);
  const sheet = new CSSStyleSheet();  // of the page's own styles, which the policy refuses as text
  const text = (await answer.text()).replace(/<style>(.*?)<\/style>/s, (_, css) => (sheet.replaceSync(css), ""));
  return { page: new DOMParser().parseFromString(text, "text/html"), rules: [...sheet.cssRules] };
};
const pick = (page, id) => {
  const target = id ? page.getElementById(id) : page.querySelector(".bd-article > section");
  const whole = target?.closest(SHOWN_WHOLE);
  const section = target?.closest("section");
  return whole ? [whole] : ["h1, h2, h3", "p", "svg.figure"].map((part) => section?.querySelector(part)).filter(Boolean);
};
const copy = (part, rules, url) => {
  const box = document.createElement("div");
  // The parts of a picture name each other; every other id is the page's.
  box.innerHTML = part.outerHTML.replace(/( id="|="#|url\(#|aria-labelledby=")(?=figure-)/g, "$1preview-");
  box.querySelectorAll(".headerlink, .cited").forEach((each) => each.remove());
  box.querySelectorAll('[id]:not([id^="preview-"])').forEach((each) => each.removeAttribute("id"));
  box.querySelectorAll("[tabindex]").forEach((each) => each.removeAttribute("tabindex"));
  for (const link of box.querySelectorAll("a[href]"))  // for the mouse; Tab goes on in the text
    Object.assign(link, { href: new URL(link.getAttribute("href"), url), tabIndex: -1 });
  for (const { selectorText, style } of rules)
    for (const each of box.querySelectorAll(selectorText)) {
      each.classList.remove(selectorText.slice(1));  // which here is another's
      each.style.cssText = style.cssText;
    }
  return box.firstElementChild;
};
let shown, timer;
const soon = (act) => {
  clearTimeout(timer);
  timer = setTimeout(act, 250);
};
const hide = () => {
  clearTimeout(timer);
  shown?.removeAttribute("aria-describedby");
  shown = undefined;
  if (card.isConnected) card.hidePopover();
};
const show = async (link) => {
  if (link === shown) return;
  hide();
  shown = link;
  const url = new URL(link.href);
  try {
    if (!pages.has(url.pathname)) pages.set(url.pathname, await fetchPage(url.pathname));
  } catch {
    return;  // the link leads there all the same
  }
  const { page, rules } = pages.get(url.pathname);
  const parts = pick(page, decodeURIComponent(url.hash.slice(1)));
  if (link !== shown || !parts.length) return;
  card.replaceChildren(...parts.map((part) => copy(part, rules, url)));
  if (!card.isConnected) article.parentElement.append(card);
  card.showPopover();
  put();
  link.setAttribute("aria-describedby", card.id);
};
// Beside its link, also when the page is laid out anew.
const put = () => {
  if (!shown || !card.isConnected || !card.matches(":popover-open")) return;
  const { left, top, bottom } = shown.getBoundingClientRect();
  const below = bottom + card.offsetHeight + 6 < innerHeight || top < card.offsetHeight;
  card.style.left = `${Math.max(8, Math.min(left, root.clientWidth - card.offsetWidth - 8))}px`;
  card.style.top = `${scrollY + (below ? bottom + 6 : top - card.offsetHeight - 6)}px`;
  card.classList.toggle("cut", card.scrollHeight > card.clientHeight);
};
new ResizeObserver(put).observe(article);
const reference = ({ target, pointerType }) => pointerType !== "touch" && target.closest(REFERENCES);
// While the page is laid out a link may move away from under a pointer that rests: that is no leaving.
let place, lost;
const where = ({ clientX, clientY }) => `${clientX} ${clientY}`;
const rests = (event) => !settled && where(event) === place;
document.addEventListener("pointermove", (event) => {
  place = where(event);
  if (lost && reference(event) !== lost && !event.target.closest("#preview")) soon(hide);
  lost = undefined;
}, { passive: true });
article.addEventListener("pointerover", (event) => {
  const link = reference(event);
  if (link && !(lost && rests(event))) soon(() => show(link));
});
article.addEventListener("pointerout", (event) => {
  const link = reference(event);
  if (link && rests(event)) lost = link;
  else if (link) soon(hide);
});
article.addEventListener("focusin", (event) => {
  const link = reference(event);
  if (link && link.matches(":focus-visible")) soon(() => show(link));
});
article.addEventListener("focusout", hide);
article.addEventListener("click", hide);
card.addEventListener("pointerover", () => clearTimeout(timer));
card.addEventListener("pointerleave", () => soon(hide));
card.addEventListener("click", ({ target }) => target.closest("a") && hide());
document.addEventListener("keydown", ({ key }) => key === "Escape" && hide());

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

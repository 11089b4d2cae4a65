
// The search. Loaded with its index and MiniSearch when a reader first goes to a search field.
{
  const home = new URL("..", document.currentScript.src);
  const GREEK = { α: "alpha", β: "beta", γ: "gamma", δ: "delta", ε: "epsilon", η: "eta", θ: "theta", κ: "kappa", λ: "lambda", μ: "mu", ν: "nu", ξ: "xi", π: "pi", ρ: "rho", σ: "sigma", φ: "phi", ω: "omega" };
  const names = Object.values(GREEK).join("|");
  const SMALL = new Set("a an and are as at be by do for from how i in is it of on or that the to versus vs with".split(" "));

  // The words of a text, in one spelling: β₂, beta_2 and "beta 2" are beta2, m̂ is mhat, warm-up also warmup.
  const wordsOf = (text) =>
    (text.normalize("NFKD").toLowerCase()
      .replace(/([a-z])\u0302/g, "$1hat ")
      .replace(/\p{M}/gu, "")
      .replace(/ϵ/g, "ε").replace(/[α-ω]/g, (letter) => GREEK[letter] ?? letter)
      .replace(/\beps(?![a-z])/g, "epsilon").replace(/\bcheck-?point/g, "save").replace(/\blr\b/g, "learning rate")
      .replace(new RegExp(`\\b(${names})[ _-]+(?=\\d)`, "g"), "$1")
      .replace(/\b([a-z])[ _-]+hat(?![a-z])/g, "$1hat ")
      .replace(/\b([a-z]+)-([a-z]+)\b/g, "$1$2 $1 $2")
      .match(/[\p{L}\p{N}]+/gu) ?? [])
      .filter((word) => !SMALL.has(word))
      .map((word) => word.replace(/(..[^s])s$/, "$1"));

  const places = searchIndex.map(([place, title, page, text, code], id) =>
    ({ id, place, title, page, text, code, name: page ? "" : place.match(/(\w+)\.html/)[1] }));
  // Whoever asks for a letter looks for its meaning, and hardly for an exercise or a source.
  const importance = ({ place, title, page }) =>
    /notation/.test(place) ? 2 : /bibliography/.test(place) || title.startsWith("Exercise") ? 0.4 : page ? 1 : 1.5;
  const index = new MiniSearch({
    fields: ["title", "name", "page", "text", "code"],
    tokenize: wordsOf,
    processTerm: (word) => word,
    searchOptions: {
      boost: { title: 6, name: 6, page: 2, code: 0.2 },
      prefix: (word) => word.length > 2,
      fuzzy: (word) => (word.length > 4 && !/\d/.test(word) ? 0.2 : false),
      weights: { fuzzy: 0.1, prefix: 0.5 },
      boostDocument: (id) => importance(places[id]),
      combineWith: "AND",
    },
  });
  index.addAll(places);

  // All words, two of them perhaps written as one; if no place has them all, any. Titles come first, those of pages before all.
  const find = (query) => {
    const words = wordsOf(query);
    const joined = words.slice(1).map((word, i) => ({
      combineWith: "AND",
      queries: [...words.slice(0, i), words[i] + word, ...words.slice(i + 2)],
      fuzzy: false,
      prefix: false,
    }));
    let found = index.search({ combineWith: "OR", queries: [{ combineWith: "AND", queries: words }, ...joined] });
    if (!found.length) found = index.search(query, { combineWith: "OR" });
    const titled = ({ id }) => {
      const title = wordsOf(`${places[id].title} ${places[id].name}`);
      return importance(places[id]) > 0.4 && words.every((word) => title.some((other) => other.startsWith(word)));
    };
    const rank = (each) => (titled(each) ? (places[each.id].page ? 1 : 0) : 2);
    return found.sort((a, b) => rank(a) - rank(b)).map(({ id, terms }) => ({ ...places[id], terms: new Set(terms) }));
  };

  // Some words of the place around the most that were found, those marked.
  const excerpt = ({ text, code, terms }) => {
    const marked = (source) => source.split(/\s+/).map((word) => [word, wordsOf(word).some((each) => terms.has(each))]);
    let words = marked(text);
    if (!words.some(([, hit]) => hit) && code) {
      const inCode = marked(code);
      if (inCode.some(([, hit]) => hit)) words = inCode;
    }
    const hits = words.map(([, hit], i) => (hit ? words.slice(i, i + 20).filter(([, other]) => other).length : 0));
    const start = Math.max(0, hits.indexOf(Math.max(...hits)) - 5);
    const shown = words.slice(start, start + 26).flatMap(([word, hit]) => [hit ? element("mark", {}, word) : word, " "]);
    return element("span", { class: "excerpt" }, start ? "… " : "", ...shown, start + 26 < words.length ? "…" : "");
  };

  const element = (name, attributes, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };
  const link = (place, attributes) =>
    element("a", { href: new URL(place.place, home), ...attributes },
      element("span", { class: "where" }, place.page && `${place.page} › `, element("b", {}, place.title)), excerpt(place));
  const count = (found) => (found.length ? `${found.length} ${found.length === 1 ? "place" : "places"}` : "Nothing has these words.");

  // In the header: a list below the field.
  const form = document.querySelector(".site-search");
  const field = form.querySelector("input");
  const status = element("p", { role: "status" });
  const list = element("div", { id: "found", role: "listbox", "aria-label": "Results" });
  const panel = element("div", { class: "found" }, status, list);
  panel.hidden = true;
  form.append(panel);
  for (const [key, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-controls": "found", "aria-expanded": "false" }))
    field.setAttribute(key, value);

  const choose = (option) => {
    for (const each of list.children) each.setAttribute("aria-selected", each === option);
    option ? field.setAttribute("aria-activedescendant", option.id) : field.removeAttribute("aria-activedescendant");
    option?.scrollIntoView({ block: "nearest" });
  };
  const open = (shown) => {
    panel.hidden = !shown;
    field.setAttribute("aria-expanded", String(shown && list.children.length > 0));
    choose(null);
  };
  const suggest = () => {
    const found = find(field.value);
    list.replaceChildren(...found.slice(0, 8).map((place, i) => link(place, { id: `found-${i}`, role: "option", tabindex: "-1", "aria-selected": "false" })));
    list.hidden = !found.length;
    status.textContent = count(found) + (found.length > 8 ? ", Enter shows all" : "");
    open(field.value.trim() !== "");
  };
  field.addEventListener("input", suggest);
  field.addEventListener("focus", () => field.value && panel.hidden && suggest());
  field.addEventListener("keydown", (event) => {
    const options = [...list.children];
    const chosen = options.findIndex((each) => each.id === field.getAttribute("aria-activedescendant"));
    const turn = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (turn && options.length && !panel.hidden) {
      const next = chosen < 0 && turn < 0 ? options.length - 1 : chosen + turn;
      choose(options[next] ?? null); // beyond the ends is the field itself
    } else if (event.key === "Enter" && chosen >= 0) options[chosen].click();
    else if (event.key === "Escape" && !panel.hidden) open(false);
    else return;
    event.preventDefault();
  });
  list.addEventListener("click", () => open(false));
  form.addEventListener("focusout", (event) => form.contains(event.relatedTarget) || open(false));
  if (document.activeElement === field) suggest();

  // On its own page: all results below the field, and the words in the address.
  const page = document.querySelector(".search-page");
  if (page) {
    const words = page.querySelector("input");
    const results = document.querySelector("#search-results");
    const show = () => {
      const found = find(words.value);
      document.querySelector("#search-count").textContent = words.value.trim() && count(found);
      results.replaceChildren(...found.slice(0, 50).map((place) => element("li", {}, link(place, {}))));
    };
    const told = () => history.replaceState(null, "", words.value ? `?q=${encodeURIComponent(words.value)}` : location.pathname);
    words.addEventListener("input", () => (show(), told()));
    page.addEventListener("submit", (event) => event.preventDefault());
    words.value ||= new URLSearchParams(location.search).get("q") ?? "";
    // With the font of their Greek letters, or its coming would break their lines anew; but not for long.
    const fonts = [400, 600].map((weight) => document.fonts.load(`${weight} 1em "Source Sans 3"`, "aβ"));
    Promise.race([Promise.allSettled(fonts), new Promise((late) => setTimeout(late, 2000))]).then(show);
  }
}

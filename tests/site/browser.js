// What tests/site/browser.py asks of a page, from inside it: functions that return faults, in words.
"use strict";

globalThis.ask = (() => {
  // How an element is named in a fault.
  const name = (element) => {
    const { id, tagName, classList, textContent } = element;
    const words = textContent.trim().replace(/\s+/g, " ").slice(0, 40);
    const place = element.closest("[id]")?.id;
    return `${tagName.toLowerCase()}${[...classList].map((c) => `.${c}`).join("")}${id || !place ? "" : ` in #${place}`}${id && `#${id}`} "${words}"`;
  };
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const area = (element) => {
    const { width, height } = element.getBoundingClientRect();
    return width * height;
  };
  // The next frame; or a second, for a headless browser may stop to draw what nobody sees.
  const frame = () => Promise.race([new Promise(requestAnimationFrame), new Promise((next) => setTimeout(next, 1000))]);
  const openAll = () => all("details").forEach((details) => (details.open = true));
  // All of the page laid out, the folded and the far away, to be measured.
  function layOut() {
    openAll();
    bringNear();
  }
  function bringNear() {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync("* { content-visibility: visible !important; }");
    document.adoptedStyleSheets = [sheet];
  }

  // Layout shifts since the page began, but for those that a click or a key explains.
  let shift = 0;
  const shifts = (entries) => entries.forEach((entry) => (shift += entry.hadRecentInput ? 0 : entry.value));
  const observer = new PerformanceObserver((list) => shifts(list.getEntries()));
  observer.observe({ type: "layout-shift", buffered: true });

  async function layout() {
    const faults = [];
    await document.fonts.ready;
    const { documentElement: root, body } = document;
    sign("pointermove");
    // A reader looks before scrolling; meanwhile the page may lay out what does not show yet.
    for (let height = 0, still = 0, frames = 0; still < 12 && frames < 300; frames++) {
      still = root.scrollHeight === height ? still + 1 : 0;
      height = root.scrollHeight;
      await frame();
    }
    for (let y = 0; y < root.scrollHeight; y += innerHeight) {
      scrollTo({ top: y, behavior: "instant" });
      await frame();
    }
    await new Promise((resolve) => setTimeout(resolve, 200)); // for what comes late
    shifts(observer.takeRecords());
    scrollTo({ top: 0, behavior: "instant" });
    if (shift >= 0.02) faults.push(`the layout shifts by ${shift.toFixed(3)}`);
    for (const box of [root, body])
      if (box.scrollWidth > root.clientWidth) {
        const wide = all("body *").filter((e) => area(e) && e.getBoundingClientRect().right > root.clientWidth + 1);
        faults.push(`it scrolls sideways, to ${box.scrollWidth}: ${wide.slice(0, 3).map(name).join(", ")}`);
        break;
      }
    return faults;
  }

  // A sign that a reader is there, for which the page waits.
  const sign = (kind) => dispatchEvent(new Event(kind));
  // Whether all is laid out within some seconds, with no scrolling.
  async function whole() {
    const shows = (head) => head.checkVisibility({ contentVisibilityAuto: true });
    for (let frames = 0; frames < 300; frames++) {
      if (all("article h2").every(shows)) return true;
      await frame();
    }
    return false;
  }

  // Where a place of the page comes to rest, against where the stylesheet has it: below the header,
  // or as near to that as the page scrolls.
  async function rests(fragment) {
    const { documentElement: root } = document;
    const target = document.getElementById(fragment);
    const top = () => target.getBoundingClientRect().top;
    const length = (element, key) => parseFloat(getComputedStyle(element)[key]) || 0;
    for (let last, still = 0, frames = 0; still < 5; frames++) {
      if (frames === 120) return [`#${fragment} does not come to rest`];
      last = top();
      await frame();
      still = top() === last ? still + 1 : 0;
    }
    const { scrollTop, scrollHeight, clientHeight } = root;
    const wanted = scrollTop + top() - length(root, "scrollPaddingTop") - length(target, "scrollMarginTop");
    const off = scrollTop - Math.min(Math.max(wanted, 0), scrollHeight - clientHeight);
    return Math.abs(off) > 3 ? [`#${fragment} is missed by ${Math.round(off)} pixels`] : [];
  }
  // Where the heading halfway is in the window, when all is laid out; if asked, after scrolling to it.
  async function halfway(scroll) {
    await document.fonts.ready;
    await whole();
    const heads = all("main :is(h1, h2)");
    const head = heads[Math.floor(heads.length / 2)];
    if (scroll) head.scrollIntoView({ behavior: "instant" });
    for (let frames = 0; frames < 5; frames++) await frame();
    return head.getBoundingClientRect().top;
  }
  // Each link to a place in the page, those of its contents among them, leads there.
  async function follow() {
    const here = all("a[href]").filter((link) => link.hash && link.pathname === location.pathname);
    const faults = [];
    for (const [hash, link] of new Map(here.map((link) => [link.hash, link]))) {
      link.click();
      faults.push(...(await rests(decodeURIComponent(hash.slice(1)))));
    }
    return faults;
  }

  // The rules of WCAG 2.2 AA and of good practice, by axe-core. What formulas are drawn of is hidden
  // from all who listen, and of its contrast axe decides nothing; it would only be the longest part.
  async function rules() {
    layOut();
    for (const drawn of all(".katex-html[aria-hidden=true]")) drawn.replaceChildren();
    await frame();
    await frame(); // scripts that watch for sizes have seen them
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    const { violations } = await axe.run({ runOnly: tags, resultTypes: ["violations"] });
    return violations.flatMap(({ id, help, nodes }) =>
      nodes.slice(0, 5).map((node) => `axe ${id}: ${help}: ${node.target.join(" ")} ${node.html.slice(0, 100)}`),
    );
  }

  // Contrast, of all that is drawn; axe leaves undecided what overlaps, and that is every formula.
  const pixel = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const parsed = new Map();
  function rgba(color) {
    if (!parsed.has(color)) {
      pixel.clearRect(0, 0, 1, 1);
      pixel.fillStyle = color;
      pixel.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = pixel.getImageData(0, 0, 1, 1).data;
      parsed.set(color, [r, g, b, a / 255]);
    }
    return parsed.get(color);
  }
  const over = ([r, g, b, a], under) => [r, g, b].map((c, i) => a * c + (1 - a) * under[i]);
  // What lies under an element, and how much of it shows: each from its parent's, each once.
  const grounds = new Map();
  function ground(element) {
    if (!element) return { under: rgba("canvas"), opacity: 1 };
    if (!grounds.has(element)) {
      const { under, opacity } = ground(element.parentElement);
      const style = getComputedStyle(element);
      grounds.set(element, {
        under: [...over(rgba(style.backgroundColor), under), 1],
        opacity: opacity * style.opacity,
      });
    }
    return grounds.get(element);
  }
  function luminance(color) {
    const [r, g, b] = color.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }
  function ratio(color, under) {
    const [low, high] = [luminance(over(color, under)), luminance(under)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  }
  const tooFaint = (what, element, found, least) =>
    `${what} of contrast ${found.toFixed(2)}, at least ${least}: ${name(element)}`;

  // Text that shows, 4.5 to 1, or 3 to 1 where it is large.
  function text() {
    layOut();
    for (const seen of [grounds, parsed]) seen.clear(); // the scheme may have changed
    const faults = new Set();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const checked = new Set();
    while (walker.nextNode()) {
      const element = walker.currentNode.parentElement;
      if (checked.has(element) || !walker.currentNode.data.trim()) continue;
      checked.add(element);
      if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) || !area(element)) continue;
      if (element.closest("title, script, style, noscript, .katex-mathml, :disabled")) continue;
      const style = getComputedStyle(element);
      const drawn = element.closest("svg");
      const { under, opacity } = ground(element);
      const paint = drawn ? style.fill : style.color;
      const [r, g, b, alpha] = rgba(paint);
      const size = parseFloat(style.fontSize);
      const least = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5;
      const found = ratio([r, g, b, alpha * opacity * (drawn ? style.fillOpacity : 1)], under);
      if (found < least) faults.add(tooFaint(`text in ${paint}`, element.closest("text") ?? element, found, least));
    }
    return [...faults];
  }

  // Shapes of the figures, 3 to 1. What is drawn translucent is meant to be faint: level lines,
  // grids, shaded bands. A filled shape needs only one of the two, its fill or its outline.
  function shapes() {
    layOut();
    const faults = new Map();
    for (const svg of all("svg.figure")) {
      const { under } = ground(svg);
      for (const shape of all("path, use, line, rect, circle, ellipse, polyline, polygon", svg)) {
        if (shape.closest("defs, clipPath, marker, pattern")) continue;
        const style = getComputedStyle(shape);
        const { opacity } = ground(shape);
        const paints = ["stroke", "fill"]
          .filter((kind) => style[kind] !== "none")
          .map((kind) => [style[kind], opacity * style[`${kind}Opacity`] * rgba(style[kind])[3]]);
        if (paints.some(([, alpha]) => alpha < 1) || !paints.length) continue;
        const found = Math.max(...paints.map(([color]) => ratio(rgba(color), under)));
        const what = `a shape in ${paints.map(([color]) => color).join(" and ")}`;
        if (found < 3) faults.set(`${what} in ${svg.querySelector("title")?.id}`, tooFaint(what, shape, found, 3));
      }
    }
    return [...faults.values()];
  }

  // Words of a figure stay inside it, where nothing cuts them off: the ink of each letter, which is
  // its cell without the room that the font leaves above and below.
  function* ink(words) {
    const own = (e) => [...e.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
    for (const run of [words, ...all("tspan", words)].filter(own)) {
      const { fontStyle, fontWeight, fontSize, fontFamily } = getComputedStyle(run);
      pixel.font = `${fontStyle} ${fontWeight} ${fontSize} ${fontFamily}`;
      for (let i = 0; i < run.getNumberOfChars(); i++) {
        const { x: left, y: top, width, height } = run.getExtentOfChar(i);
        const letter = pixel.measureText(run.textContent[i]);
        const above = letter.fontBoundingBoxAscent - letter.actualBoundingBoxAscent;
        const below = letter.fontBoundingBoxDescent - letter.actualBoundingBoxDescent;
        for (const x of [left, left + width])
          for (const y of [top + above, top + height - below]) yield new DOMPoint(x, y).matrixTransform(run.getScreenCTM());
      }
    }
  }
  function inside() {
    layOut();
    return all("svg.figure").flatMap((svg) => {
      const { left, right, top, bottom } = svg.getBoundingClientRect();
      return all("text", svg).flatMap((words) => {
        const beyond = Math.max(...[...ink(words)].flatMap(({ x, y }) => [left - x, x - right, top - y, y - bottom]));
        return !(beyond <= 1) ? [`${beyond.toFixed(1)} pixels outside its figure: ${name(words)}`] : [];
      });
    });
  }

  // How much of a page is code that shows, and where its first picture begins. Where a change is what
  // the page is about, as on that of the mistakes, a diff is read as its text is.
  function code() {
    bringNear();
    const height = (element) => element.getBoundingClientRect().height;
    const shows = (e) => !e.closest("details:not([open])") && !e.querySelector(".highlight-diff");
    const shown = all(".cell_input, .listing").filter(shows);
    const sum = shown.reduce((total, element) => total + height(element), 0);
    const picture = document.querySelector("main svg.figure");
    return [sum / height(document.querySelector("main")), picture && picture.getBoundingClientRect().top + scrollY];
  }

  // No line begins with punctuation, and no formula is broken inside parentheses. The browser sees to
  // that within a text; a formula is a row of boxes to it, so what touches one is looked at.
  function breaks() {
    layOut();
    const faults = [];
    const box = (node, from, to) => {
      const range = document.createRange();
      range.setStart(node, from);
      range.setEnd(node, to);
      return range.getBoundingClientRect();
    };
    for (const formula of all("main .katex:not(.katex-display *) .katex-html")) {
      const parts = all(":scope > .katex-base", formula);
      const boxes = parts.map((part) => part.getBoundingClientRect());
      let depth = 0;
      parts.forEach((part, i) => {
        if (depth > 0 && boxes[i].left < boxes[i - 1].right - 1) faults.push(`broken inside parentheses: ${name(formula)}`);
        depth += (part.textContent.match(/[([{]/g) ?? []).length - (part.textContent.match(/[)\]}]/g) ?? []).length;
      });
      let last = formula;
      while (!last.nextSibling) last = last.parentElement;
      const text = last.nextSibling;
      if (text?.nodeType === Node.TEXT_NODE && /^[,.;:!?)\]”’]/.test(text.data) && boxes.length)
        if (box(text, 0, 1).left < boxes.at(-1).right - 1.5) faults.push(`a line begins with ${text.data[0]} after ${name(formula)}`);
    }
    return faults;
  }

  // Nothing moves by itself, where the reader has asked for that.
  function motion() {
    const faults = new Set();
    const lasting = (times) => times.split(",").some((time) => parseFloat(time) > 0);
    for (const element of all("*"))
      for (const part of [null, "::before", "::after"]) {
        const style = getComputedStyle(element, part);
        const moves = ["transitionDuration", "animationDuration"].filter((key) => lasting(style[key]));
        if (style.scrollBehavior !== "auto") moves.push("scrollBehavior");
        for (const key of moves) faults.add(`${key} ${style[key]}: ${name(element)}${part ?? ""}`);
      }
    for (const animation of document.getAnimations()) faults.add(`an animation runs: ${name(animation.effect.target)}`);
    return [...faults];
  }

  // What a reader without scripts cannot get at. Folded text is opened by its summary, a menu by its button.
  function hidden(chapters) {
    layOut();
    const faults = [];
    const shows = (e) => e.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && area(e) > 0;
    for (const details of all("details"))
      if (!shows(details.querySelector("summary") ?? details)) faults.push(`cannot be unfolded: ${name(details)}`);
    const reached = new Set();
    const collect = (within) =>
      all("a[href]", within).filter(shows).forEach((link) => reached.add(link.href.split("#")[0]));
    collect(document);
    for (const menu of all("[popover]")) {
      if (shows(menu) || !all(`button[popovertarget="${menu.id}"]`).some(shows)) continue;
      menu.showPopover();
      collect(menu);
      menu.hidePopover();
    }
    for (const link of chapters) if (!reached.has(link)) faults.push(`no link to ${link}`);
    const content = "h1, h2, h3, p, li, dt, dd, pre, td, th, figcaption, img, svg.figure, .katex-html";
    for (const element of all(content, document.querySelector("main")))
      if ((element.textContent.trim() || element.matches("img, svg")) && !element.closest("summary, .headerlink") && !shows(element))
        faults.push(`does not show: ${name(element)}`);
    for (const formula of all(".katex"))
      if (!formula.querySelector(".katex-mathml math")?.checkVisibility() || !formula.querySelector(".katex-html"))
        faults.push(`a formula without MathML or boxes: ${name(formula)}`);
    return faults;
  }

  // The keyboard: what should be reached, and what is now.
  const scrolls = (e) => e.scrollWidth > e.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(e).overflowX);
  const reachable = () =>
    all("a[href], button, summary, input, select, textarea, body *").filter(
      (e) => e.checkVisibility() && !e.disabled && (e.matches("a[href], button, summary, input, select, textarea, [tabindex='0']") || scrolls(e)),
    );
  let expected, reached, last;
  const look = (element) => {
    const looks = [];
    for (let e = element, level = 0; e && level < 3; e = e.parentElement, level++) {
      const { outlineStyle, outlineWidth, outlineColor, boxShadow, backgroundColor, borderColor } = getComputedStyle(e);
      const outline = outlineStyle === "none" || parseFloat(outlineWidth) === 0 ? "none" : outlineStyle + outlineColor;
      looks.push([outline, boxShadow, backgroundColor, borderColor].join());
    }
    return looks.join(" | ");
  };
  function begin() {
    openAll();
    expected = new Set(reachable());
    reached = new Set();
    last = null;
    return expected.size;
  }
  // One stop. Null at the end: when the focus has left the page, or is where it began.
  function stop() {
    const element = document.activeElement;
    const faults = [];
    if (last && look(last.element) === last.look) faults.push(`looks the same with the focus: ${name(last.element)}`);
    last = null;
    if (element === document.body || element === document.documentElement || reached.has(element)) {
      if (reached.has(element) && element !== [...reached][0]) faults.push(`the focus turns back to ${name(element)}`);
      return [true, faults];
    }
    reached.add(element);
    last = { element, look: look(element) };
    const boxes = [...element.getClientRects()].filter((box) => box.width * box.height > 0);
    if (!boxes.length || !element.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
      faults.push(`has the focus and does not show: ${name(element)}`);
    else if (!boxes.some((box) => box.right > 0 && box.bottom > 0 && box.left < innerWidth && box.top < innerHeight))
      faults.push(`has the focus outside the window: ${name(element)}`);
    else if (!boxes.some((box) => uncovered(element, box))) faults.push(`has the focus under something else: ${name(element)}`);
    return [false, faults];
  }
  function uncovered(element, { left, right, top, bottom }) {
    const middle = (low, high, most) => (Math.max(low, 0) + Math.min(high, most)) / 2;
    const topmost = document.elementFromPoint(middle(left, right, innerWidth), middle(top, bottom, innerHeight));
    return element.contains(topmost) || topmost?.contains(element);
  }
  const unreached = () => [...expected].filter((e) => !reached.has(e)).map((e) => `not reached by Tab: ${name(e)}`);

  return { layout, sign, whole, rests, halfway, follow, rules, text, shapes, inside, code, breaks, motion, hidden, begin, stop, unreached };
})();

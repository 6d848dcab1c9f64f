// What a careful eye would see on a page: each function gives a list of complaints, empty when all is well.
const seen = (e) => e.checkVisibility({ checkVisibilityCSS: true, contentVisibilityAuto: true }) && !e.closest(".hide, .skip, iframe, [inert]");
const name = (e) => `${e.tagName.toLowerCase()}.${e.className.baseVal ?? e.className} "${(e.textContent || e.name || "").trim().slice(0, 40)}"`;
const all = (wanted) => [...document.querySelectorAll(wanted)].filter(seen);
const CONTROLS = "a[href], button, summary, select, textarea, input:not([type=hidden])";

window.looking = {
  /* Text that is cut off, or that sticks out of the page. An ellipsis is a decision; what it hides is one click away. */
  lost() {
    const wide = document.documentElement.clientWidth;
    return all("a, button, h1, h2, h3, summary, label, th, td, dt, dd, p, li, legend, .chip, .count, kbd").filter((e) => {
      const style = getComputedStyle(e);
      if (style.textOverflow === "ellipsis" || e.closest(".scroll, .queue .subject, .queue .from")) return false;
      const cut = style.overflowX !== "visible" && style.overflowX !== "auto" && e.scrollWidth > e.clientWidth + 1;
      const spills = style.display !== "inline" && e.clientWidth > 0 && e.scrollWidth > e.clientWidth + 1 && !e.querySelector(".hide");
      return cut || spills || e.getBoundingClientRect().right > wide + 1;
    }).map(name);
  },

  /* Two controls on top of each other. What floats above the page (a sheet, a lid) is held against its own kind only, and
     what has scrolled out of its own frame is not there. */
  overlaps() {
    const floor = (e) => e.closest(".foot, .choose, .trouble, .lid, .menu nav, .find ul");
    const frames = (e) => e && e !== document.body ? [...(getComputedStyle(e).overflowY === "visible" ? [] : [e.getBoundingClientRect()]), ...frames(e.parentElement)] : [];
    const inFrame = (e) => {
      const boxes = [e.getBoundingClientRect(), ...frames(e.parentElement)];
      const of = (side, pick) => pick(...boxes.map((box) => box[side]));
      return { left: of("left", Math.max), right: of("right", Math.min), top: of("top", Math.max), bottom: of("bottom", Math.min) };
    };
    const boxes = all(CONTROLS).filter((e) => getComputedStyle(e).display !== "inline").map((e) => [e, floor(e), inFrame(e)]);
    const found = [];
    boxes.forEach(([a, on, p], n) => {
      for (const [b, over, q] of boxes.slice(n + 1)) {
        if (on !== over || a.contains(b) || b.contains(a)) continue;
        const across = Math.min(p.right, q.right) - Math.max(p.left, q.left);
        const down = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
        if (across > 2 && down > 2) found.push(`${name(a)} over ${name(b)}`);
      }
    });
    return found;
  },

  /* WCAG 2.2: 24 px for whatever stands in a line; ours: 44 px for a button or a field. Links in running text are free. */
  untouchable() {
    const inLine = (e) => e.matches("a, button.link") && getComputedStyle(e).display === "inline";
    return all(CONTROLS).filter((e) => {
      if (inLine(e)) return false;
      const box = (e.matches("[type=checkbox], [type=radio]") && e.closest("label") || e).getBoundingClientRect();
      const least = e.matches("button:not(.link), .quiet, .primary, .danger, select, input:not([type=checkbox], [type=radio]), .bar *") ? 44 : 24;
      return box.height < least - 0.5 || box.width < 24;
    }).map((e) => `${name(e)} ${Math.round(e.getBoundingClientRect().height)} px`);
  },

  /* Headings that skip a level downwards, a page without its first heading, regions without one main. */
  headings() {
    const levels = all("h1, h2, h3, h4").map((e) => Number(e.tagName[1]));
    const skips = levels.some((level, n) => level > (n ? levels[n - 1] : 0) + 1);
    return [!levels.includes(1) && "no h1", skips && `levels ${levels}`, all("main").length !== 1 && "no one main"].filter(Boolean);
  },

  /* Whatever changes by itself says so, or is named as something that need not be spoken. */
  silent() {
    const spoken = "[role=status], [aria-live], [data-said]";
    return all("[hx-trigger]").filter((e) => e.getAttribute("hx-trigger").includes("every") && !e.matches(`${spoken}, [data-quiet]`) && !e.querySelector(spoken)).map(name);
  },

  /* Records each thing that gets the focus, and what shows that it has it. */
  watch() {
    window.focused = [];
    document.addEventListener("focusin", (event) => window.focused.push(event.target));
  },

  unfocused() {
    const found = [];
    window.focused.forEach((e, n) => {
      const before = window.focused[n - 1];
      if (e.tabIndex > 0) found.push(`${name(e)} has a place of its own in the order`);
      if (!before || before === e || !document.contains(e) || e.matches(".skip")) return;
      const near = (x) => x.closest("form, nav, li, section, header, aside, article, main, body");
      if (!(before.compareDocumentPosition(e) & 4)) found.push(`${name(e)} comes after ${name(before)}`);
      else if (near(e) === near(before) && e.getBoundingClientRect().bottom <= before.getBoundingClientRect().top) found.push(`${name(e)} stands above ${name(before)}`);
    });
    return found;
  },

  ring() {
    const e = document.activeElement;
    if (!e || e === document.body) return null;
    const style = getComputedStyle(e);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 || e.matches("#mail, iframe") ? "" : name(e);
  },

  /* The texts of the interface a person reads or hears; what citizens and colleagues wrote is left out. */
  texts() {
    const theirs = ".mail .text, .mail h1, .mail h2, .queue li, .guides, .unit, textarea, .letter, datalist, option, iframe, body [lang], .list td:first-child, .rules h2 a, .rules .words, .rules .order .hide, fieldset label.check, .rows li > .small";
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [document.title];
    while (walk.nextNode()) {
      const text = walk.currentNode.nodeValue.replace(/\s+/g, " ").trim();
      if (text && !walk.currentNode.parentElement.closest(`script, style, ${theirs}`)) found.push(text);
    }
    for (const e of document.querySelectorAll("[aria-label], [title], [placeholder], [data-name]")) {
      if (e.closest(theirs)) continue;
      for (const key of ["aria-label", "title", "placeholder", "data-name"]) if (e.getAttribute(key)) found.push(e.getAttribute(key));
    }
    return found;
  },
};

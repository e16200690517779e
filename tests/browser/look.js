// What is wrong with how a page lies on the screen, one line each; called with {width, strict}.
({width, strict}) => {
  const found = [];
  const controls = "a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button]";
  const told = (element) => {
    const text = (element.innerText || element.value || element.getAttribute("aria-label") || "").trim();
    const id = element.id ? `#${element.id}` : "";
    return `<${element.localName}${id}> “${text.replace(/\s+/g, " ").slice(0, 60)}”`;
  };
  const seen = (element) =>
    element.checkVisibility({visibilityProperty: true, opacityProperty: true, contentVisibilityAuto: true});
  const clips = (style, axis) => style[`overflow${axis}`] !== "visible";
  const scrolls = (style, axis) => ["auto", "scroll"].includes(style[`overflow${axis}`]);
  // Text for screen readers alone is cut off on purpose.
  const hidden = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const box = one.getBoundingClientRect(), style = getComputedStyle(one);
      if (style.display !== "inline" && style.overflow !== "visible" && box.width <= 2 && box.height <= 2)
        return true;
      if (style.clipPath === "inset(50%)" || /^rect\((0px|1px)/.test(style.clip)) return true;
    }
    return false;
  };
  const outside = (box) => box.right <= 0 || box.bottom + scrollY <= 0;
  const meet = (one, two) => ({
    left: Math.max(one.left, two.left), right: Math.min(one.right, two.right),
    top: Math.max(one.top, two.top), bottom: Math.min(one.bottom, two.bottom),
  });
  const large = (box) => box.right - box.left > 1 && box.bottom - box.top > 1;

  // The page is no wider than the screen.
  const root = document.documentElement;
  if (root.scrollWidth > width) {
    const wide = [...document.body.querySelectorAll("*")].filter((element) => {
      if (element.getBoundingClientRect().right + scrollX <= width + 1) return false;
      for (let one = element.parentElement; one && one !== document.body; one = one.parentElement)
        if (clips(getComputedStyle(one), "X")) return false;
      return seen(element);
    });
    const inner = wide.filter((element) => !wide.some((one) => one !== element && element.contains(one)));
    found.push(`the page is ${root.scrollWidth} px wide, the screen ${width}: ${inner.slice(0, 3).map(told)}`);
  }

  // No text is cut off, but where it can be scrolled to.
  const cut = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, element = node.parentElement;
    if (!node.data.trim() || ["SCRIPT", "STYLE", "NOSCRIPT", "TITLE", "OPTION"].includes(element.tagName)) continue;
    if (!seen(element) || hidden(element)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    let free = {X: false, Y: false};
    for (let one = element; one && one !== document.body; one = one.parentElement) {
      const style = getComputedStyle(one), box = one.getBoundingClientRect();
      if (style.position === "fixed") break;
      for (const axis of ["X", "Y"]) {
        if (scrolls(style, axis)) free[axis] = true;
        if (free[axis] || !clips(style, axis) || style.display === "inline") continue;
        for (const rect of range.getClientRects()) {
          const over = axis === "X"
            ? Math.max(rect.right - box.right, box.left - rect.left)
            : Math.max(rect.bottom - box.bottom, box.top - rect.top) - (rect.height - parseFloat(style.fontSize)) / 2;
          if (over > 1 && !outside(rect)) cut.add(element);
        }
      }
    }
  }
  for (const element of cut) found.push(`text is cut off: ${told(element)}`);

  // Headings and controls do not lie on each other.
  const boxes = (element) => [...element.getClientRects()].map((rect) => {
    let box = meet(rect, rect);
    for (let one = element.parentElement; one && one !== document.body; one = one.parentElement)
      if (getComputedStyle(one).overflow !== "visible") box = meet(box, one.getBoundingClientRect());
    return box;
  }).filter((box) => large(box) && !outside(box));
  const things = [...document.querySelectorAll(`h1, h2, h3, h4, h5, h6, ${controls}`)]
    .filter((element) => seen(element) && !hidden(element))
    .map((element) => [element, boxes(element)]);
  things.forEach(([one, ours], place) => {
    for (const [two, theirs] of things.slice(place + 1)) {
      if (one.contains(two) || two.contains(one)) continue;
      if (ours.some((our) => theirs.some((their) => large(meet(our, their)))))
        found.push(`${told(one)} and ${told(two)} lie on each other`);
    }
  });

  // A finger finds each control; how far links in lines of text must be apart, axe knows.
  if (strict)
    for (const element of document.querySelectorAll(controls)) {
      if (!seen(element) || hidden(element) || outside(element.getBoundingClientRect())) continue;
      if (element.localName === "a" && getComputedStyle(element).display === "inline") continue;
      const targets = [element, ...(element.labels || [])].map((one) => one.getBoundingClientRect());
      if (!targets.some((box) => box.width >= 24 && box.height >= 24))
        found.push(`${told(element)} is ${targets[0].width.toFixed(0)} × ${targets[0].height.toFixed(0)} px, a finger needs 24 × 24`);
    }
  return found;
}

// What scrolls can be reached by the keyboard and has a name. Screen readers
// read all of it anyway: what is out of sight is not out of the page.
"use strict";

(() => {
  const NAMES = {
    "div.math": "Formula",
    pre: "Code",
    ".pst-scrollable-table-container, .text_html": "Table",
    ".cell_output > .output": "Output",
    "figure.diagram": "", // its caption names it
  };

  function mark(box, name) {
    const scrolls =
      box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight;
    const attributes = { tabindex: 0, ...(name && { role: "group", "aria-label": name }) };
    for (const [key, value] of Object.entries(attributes)) {
      if (scrolls) box.setAttribute(key, value);
      else box.removeAttribute(key);
    }
  }

  for (const [selector, name] of Object.entries(NAMES)) {
    const sizes = new ResizeObserver((seen) =>
      seen.forEach(({ target }) => mark(target, name)),
    );
    for (const box of document.querySelectorAll(
      `.bd-article :is(${selector})`,
    )) {
      sizes.observe(box); // also when it is unfolded
      document.fonts.ready.then(() => mark(box, name));
    }
  }
})();

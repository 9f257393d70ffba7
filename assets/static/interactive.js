// What the interactive figures share: controls, panels, grids of numbers.
//
// A script of interactive/ calls `interactive(name, start)`. `start` gets
// makers of controls, makes its controls and returns a function that tells
// what to show for their present values:
//   { panels: [...], says: "What is seen, in whole sentences." }
// Nothing moves unless the reader moves it. All that is shown is computed.
"use strict";

const interactive = (() => {
  const SVG = "http://www.w3.org/2000/svg";
  const RAISED = { "-": "⁻", ...[..."⁰¹²³⁴⁵⁶⁷⁸⁹"] };

  function fill(node, attributes, children) {
    for (const [key, value] of Object.entries(attributes)) {
      node.setAttribute(key, value);
    }
    node.append(...children);
    return node;
  }

  const html = (tag, attributes = {}, ...children) =>
    fill(document.createElement(tag), attributes, children);

  const svg = (tag, attributes = {}, ...children) =>
    fill(document.createElementNS(SVG, tag), attributes, children);

  // A number as it is read, with a real minus sign.
  const number = (value, digits = 0) =>
    value.toFixed(digits).replace("-", "−");

  const power = (exponent) =>
    `10${[...String(exponent)].map((c) => RAISED[c]).join("")}`;

  // The same, as a power of ten where plain digits would not fit.
  function short(value, digits) {
    if (value === 0 || (value < 1000 && value >= 0.5 * 10 ** -digits)) {
      return number(value, digits);
    }
    const [head, exponent] = value.toExponential(1).split("e");
    return `${head}·${power(Number(exponent))}`;
  }

  // A drawing under its title, with a line of code below it.
  function panel(title, width, height, children, below = "") {
    const size = { width, height, viewBox: `0 0 ${width} ${height}` };
    const parts = [html("b", {}, title), svg("svg", size, ...children)];
    if (below) parts.push(html("code", {}, below));
    return html("div", { class: "panel" }, ...parts);
  }

  // The cells of a matrix; `look(i, j)` returns the class of a cell.
  function grid(x, y, cell, values, look) {
    return values.flatMap((row, i) =>
      row.flatMap((value, j) => {
        const [left, top] = [x + j * cell, y + i * cell];
        const box = { x: left, y: top, width: cell, height: cell };
        const middle = { x: left + cell / 2, y: top + cell / 2 };
        return [
          svg("rect", { ...box, class: look(i, j) }),
          svg("text", { ...middle, class: look(i, j) }, number(value)),
        ];
      }),
    );
  }

  // Puts the live figure in the place of one still.
  function replace(place, start) {
    const controls = html("div", { class: "controls" });
    const panels = html("div", { class: "panels", role: "img" });
    const says = html("p", { class: "says", "aria-live": "polite" });
    const shown = []; // functions that write a slider's value beside it

    function control(label, input, ...more) {
      input.id = `${place.id}-${controls.querySelectorAll("label").length}`;
      const name = html("label", { for: input.id }, label);
      controls.append(name, input, ...more);
      input.addEventListener("input", draw);
    }

    function slider(label, [min, max, step], value, show = String) {
      const range = { type: "range", min, max, step, value };
      const input = html("input", range);
      const text = html("span", { "aria-hidden": "true" });
      control(label, input, text);
      shown.push(() => {
        text.textContent = show(input.valueAsNumber);
        input.setAttribute("aria-valuetext", text.textContent);
      });
      return input; // its valueAsNumber is the value
    }

    function choice(label, words, index) {
      const input = html("select", {});
      words.forEach((word) => input.append(html("option", {}, word)));
      input.selectedIndex = index;
      control(label, input, html("span"));
      return input; // its selectedIndex is the choice
    }

    const tell = start({ slider, choice });
    function draw() {
      const state = tell();
      panels.replaceChildren(...state.panels);
      panels.setAttribute("aria-label", state.says);
      says.textContent = state.says;
      shown.forEach((write) => write());
    }
    draw(); // if this fails, the still stays
    place.classList.remove("diagram");
    place.querySelector("img").replaceWith(controls, panels, says);
  }

  return Object.assign(
    (name, start) =>
      document
        .querySelectorAll(`figure.interactive.${name}`)
        .forEach((place) => replace(place, start)),
    { grid, number, panel, power, short, svg },
  );
})();

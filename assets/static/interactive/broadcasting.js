// The sum of two tensors whose shapes the reader chooses.
"use strict";

interactive("broadcasting", ({ choice }) => {
  const { grid, panel, svg } = interactive;
  const SHAPES = [
    [4],
    [5],
    [1, 4],
    [5, 1],
    [5, 4],
    [2, 1, 4],
    [2, 5, 1],
    [2, 5, 4],
  ];
  const AXES = 3;
  const [CELL, GAP] = [28, 12];

  const write = (shape) =>
    `(${shape.join(", ")}${shape.length === 1 ? "," : ""})`;
  const words = SHAPES.map(write);
  const first = choice("Shape of A", words, 3);
  const second = choice("Shape of B", words, 0);

  // Ones in front, as many as are missing of three axes.
  const padded = (shape) =>
    [...Array(AXES - shape.length).fill(1), ...shape];

  // Where an element of the result comes from, in reading order.
  const source = (shape, index) =>
    shape.reduce((at, n, k) => at * n + (n === 1 ? 0 : index[k]), 0);

  // Sheets side by side, each of rows and columns; all values computed.
  function sheets(title, shape, value, original, below) {
    const [depth, rows, columns] = padded(shape);
    const wide = columns * CELL + GAP;
    const drawn = Array.from({ length: depth }, (_, d) => {
      const values = Array.from({ length: rows }, (_, i) =>
        Array.from({ length: columns }, (_, j) => value([d, i, j])),
      );
      const look = (i, j) => original([d, i, j]);
      return grid(2 + d * wide, 2, CELL, values, look);
    });
    const width = depth * wide - GAP + 4;
    return panel(title, width, rows * CELL + 4, drawn.flat(), below);
  }

  // The sizes, lined up from the right, and what becomes of each axis.
  function lined(shapes, result) {
    const clash = (k) => result[k] === undefined;
    const axes = Math.max(...shapes.map((shape) => shape.length));
    const name = (word, i) =>
      svg("text", { x: 16, y: 2 + (i + 0.5) * CELL }, word);
    const boxes = [...shapes.map(padded), result].flatMap((sizes, i) =>
      sizes.slice(AXES - axes).flatMap((n, k) => {
        const axis = k + AXES - axes;
        const missing = i < 2 && axis < AXES - shapes[i].length;
        const stretched = i < 2 && n === 1 && result[axis] > 1;
        const look = clash(axis) ? "red" : stretched ? "orange" : "plain";
        const box = { x: 34 + k * 36, y: 2 + i * CELL, width: 36, height: CELL };
        const middle = { x: box.x + 18, y: box.y + CELL / 2 };
        const word = n === undefined ? "?" : missing ? `(${n})` : String(n);
        return [
          svg("rect", { ...box, class: look }),
          svg("text", { ...middle, class: look }, word),
        ];
      }),
    );
    const labels = ["A", "B", "sum"].map(name);
    const parts = [...labels, ...boxes];
    return panel("axes, from the right", 36 + axes * 36, 3 * CELL + 4, parts);
  }

  return () => {
    const shapes = [SHAPES[first.selectedIndex], SHAPES[second.selectedIndex]];
    const [a, b] = shapes.map(padded);
    const result = a.map((n, k) =>
      n === b[k] || b[k] === 1 ? n : n === 1 ? b[k] : undefined,
    );
    const values = [a, b].map(
      (shape, i) => (index) => source(shape, index) * [1, 10][i],
    );
    const axes = Math.max(...shapes.map((shape) => shape.length));
    const fits = !result.includes(undefined);
    const total = result.slice(AXES - axes);
    const operands = shapes.map((shape, i) => {
      const own = padded(shape);
      const original = (index) =>
        index.every((at, k) => at < own[k]) ? "blue" : "copy";
      const same = write(shape) === write(total);
      const below = fits && !same ? ` → ${write(total)}` : "";
      const drawn = fits ? total : shape;
      return sheets("AB"[i], drawn, values[i], original, write(shape) + below);
    });
    const drawn = [lined(shapes, result), ...operands];
    let says = `${write(shapes[0])} and ${write(shapes[1])} `;
    if (fits) {
      const sum = (index) => values[0](index) + values[1](index);
      drawn.push(sheets("A + B", total, sum, () => "plain", write(total)));
      const count = total.reduce((product, n) => product * n, 1);
      says += `give ${write(total)}, which is ${count} numbers.`;
    } else {
      const axis = result.lastIndexOf(undefined);
      says +=
        `do not fit: on axis ${axis - AXES}, ${a[axis]} meets ` +
        `${b[axis]}, and neither is 1.`;
    }
    return { panels: drawn, says: says.replaceAll("-", "−") };
  };
});

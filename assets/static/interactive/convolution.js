// A 3 x 3 kernel on a 4 x 4 image, with padding and stride.
"use strict";

interactive("convolution", ({ slider }) => {
  const { grid, number, panel, svg } = interactive;
  const IMAGE = [
    [1, 2, 1, 6],
    [2, 1, 2, 7],
    [1, 1, 1, 6],
    [2, 2, 1, 7],
  ];
  const KERNEL = [
    [-1, 0, 1],
    [-1, 0, 1],
    [-1, 0, 1],
  ];
  const UNSEEN = [
    "",
    "The window never reaches the last row and the last column.",
    "The window never reaches the last two rows and columns.",
  ];
  const CELL = 30;
  const [H, K] = [IMAGE.length, KERNEL.length];

  const square = (size, value) =>
    Array.from({ length: size }, (_, i) =>
      Array.from({ length: size }, (_, j) => value(i, j)),
    );
  const frame = (x, y, size) =>
    svg("rect", { x, y, width: size, height: size, class: "frame" });
  const factor = (value) => (value < 0 ? `(${number(value)})` : value);

  const place = slider(
    "Window",
    [0, 3, 1],
    1,
    (at) => `row ${Math.floor(at / size())}, column ${at % size()}`,
  );
  const stride = slider("Stride", [1, 3, 1], 1);
  const padding = slider("Padding", [0, 2, 1], 0);

  // Rows, and columns, of the output.
  const size = () =>
    Math.floor(
      (H + 2 * padding.valueAsNumber - K) / stride.valueAsNumber,
    ) + 1;

  return () => {
    const [s, p, m] = [stride.valueAsNumber, padding.valueAsNumber, size()];
    place.max = m * m - 1; // a window beyond it moves to the last place
    const [row, column] = [
      Math.floor(place.valueAsNumber / m),
      place.valueAsNumber % m,
    ];
    const n = H + 2 * p;
    const image = square(n, (i, j) => IMAGE[i - p]?.[j - p] ?? 0);
    const products = (i, j) =>
      square(K, (a, b) => [image[i * s + a][j * s + b], KERNEL[a][b]]).flat();
    const sum = (pairs) => pairs.reduce((sum, [x, k]) => sum + x * k, 0);
    const output = square(m, (i, j) => sum(products(i, j)));

    const inside = (i, j) =>
      i >= row * s && i < row * s + K && j >= column * s && j < column * s + K;
    const added = (i, j) =>
      Math.min(i, j) < p || Math.max(i, j) >= n - p ? " faint" : "";
    const look = (i, j) => (inside(i, j) ? "blue" : "plain") + added(i, j);
    const made = (i, j) => (i === row && j === column ? "blue" : "plain");
    const drawing = (title, values, cells, ...frames) => {
      const length = values.length * CELL + 4;
      const drawn = [...grid(2, 2, CELL, values, cells), ...frames];
      const shape = `(${values.length}, ${values.length})`;
      return panel(title, length, length, drawn, shape);
    };
    const at = (index, step) => 2 + index * step * CELL;
    const rest = n - ((m - 1) * s + K);
    const terms = products(row, column);
    const count = `⌊(${H} + 2·${p} − ${K}) / ${s}⌋ + 1 = ${m}`;
    return {
      panels: [
        drawing(
          p ? "image, padded" : "image",
          image,
          look,
          frame(at(column, s), at(row, s), K * CELL),
        ),
        drawing("kernel", KERNEL, () => "orange"),
        drawing("output", output, made, frame(at(column, 1), at(row, 1), CELL)),
      ],
      says:
        `Output at row ${row}, column ${column}: ` +
        `${terms.map(([x, k]) => `${x}·${factor(k)}`).join(" + ")} = ` +
        `${number(sum(terms))}. The number of its rows, and of its columns, ` +
        `is ${count.replaceAll(" ", "\u00a0")}. ${UNSEEN[rest]}`,
    };
  };
});

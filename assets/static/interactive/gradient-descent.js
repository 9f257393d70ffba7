// Gradient descent on a bowl, L(x, y) = (x² + 4 y²) / 2, from (4, 2).
"use strict";

interactive("gradient-descent", ({ slider }) => {
  const { number, panel, power, short, svg } = interactive;
  const [ALONG, ACROSS] = [1, 4]; // curvatures of the valley
  const START = [4, 2];
  const [WIDE, HIGH, UNIT] = [330, 210, 33]; // pixels
  const loss = ([x, y]) => (ALONG * x * x + ACROSS * y * y) / 2;

  const rate = slider("Learning rate", [0.01, 0.6, 0.01], 0.45, (value) =>
    value.toFixed(2),
  );
  const steps = slider("Steps", [0, 40, 1], 20);

  function descend(eta, count) {
    const path = [START];
    for (let k = 0; k < count; k++) {
      const [x, y] = path[k];
      path.push([x - eta * ALONG * x, y - eta * ACROSS * y]);
    }
    return path;
  }

  const track = (points) => {
    const text = points.map((spot) => spot.map((v) => v.toFixed(1)).join());
    const line = svg("polyline", { points: text.join(" "), class: "track" });
    const dots = points.map(([cx, cy]) =>
      svg("circle", { cx: cx.toFixed(1), cy: cy.toFixed(1), r: 3 }),
    );
    return [line, ...dots];
  };

  // Contours of equal loss, the path, and a cross at the minimum.
  function bowl(path) {
    const centre = { cx: WIDE / 2, cy: HIGH / 2 };
    const contours = [0.5, 2, 4.5, 8, 12.5, 18].map((level) => {
      const [rx, ry] = [ALONG, ACROSS].map(
        (curvature) => UNIT * Math.sqrt((2 * level) / curvature),
      );
      return svg("ellipse", { ...centre, rx, ry, class: "contour" });
    });
    const at = ([x, y]) => [WIDE / 2 + UNIT * x, HIGH / 2 - UNIT * y];
    const d = `M${WIDE / 2 - 5},${HIGH / 2 - 5}l10,10m0,-10l-10,10`;
    const minimum = svg("path", { d, class: "cross" });
    // Whoever has left this far does not come back.
    const near = path.filter(([x, y]) => Math.abs(x) + Math.abs(y) < 1000);
    return panel("path", WIDE, HIGH, [
      ...contours,
      ...track(near.map(at)),
      minimum,
    ]);
  }

  // The loss after each step, between a millionth and a million.
  function curve(path) {
    const [left, bottom, top] = [44, HIGH - 24, 8];
    const up = (value) =>
      bottom - ((bottom - top) * (Math.log10(value) + 6)) / 12;
    const across = (k) => left + 6 + ((WIDE - left - 14) * k) / 40;
    const lines = [-6, -3, 0, 3, 6].flatMap((exponent) => {
      const y = up(10 ** exponent);
      const ends = { x1: left, x2: WIDE, y1: y, y2: y, class: "contour" };
      const place = { x: left - 6, y, class: "end" };
      return [svg("line", ends), svg("text", place, power(exponent))];
    });
    const names = [0, 10, 20, 30, 40].map((k) =>
      svg("text", { x: across(k), y: HIGH - 8 }, String(k)),
    );
    const points = path.map((spot, k) => [across(k), up(loss(spot))]);
    const seen = points.filter(([, y]) => y >= top && y <= bottom);
    return panel("loss after each step", WIDE, HIGH, [
      ...lines,
      ...names,
      ...track(seen),
    ]);
  }

  return () => {
    const [eta, count] = [rate.valueAsNumber, steps.valueAsNumber];
    const path = descend(eta, count);
    const factors = [ALONG, ACROSS].map((curvature) => 1 - eta * curvature);
    const largest = Math.max(...factors.map(Math.abs));
    const [along, across] = factors.map((factor) => number(factor, 2));
    const verdict =
      largest < 1
        ? "Both are smaller than 1 in size: it converges."
        : largest > 1
          ? "One is larger than 1 in size: it diverges."
          : "One has the size 1: it swings for ever.";
    return {
      panels: [bowl(path), curve(path)],
      says:
        `After ${count} steps the loss is ` +
        `${short(loss(path[count]), 3)}. ` +
        `Each step multiplies the distance along the valley by ${along} ` +
        `and across it by ${across}. ${verdict}`,
    };
  };
});

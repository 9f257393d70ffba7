// Softmax of three logits, divided by a temperature first.
"use strict";

interactive("softmax", ({ slider }) => {
  const { number, panel, short, svg } = interactive;
  const TEMPERATURES = [0.1, 0.2, 0.5, 1, 2, 5, 10];
  const COLOURS = ["blue", "orange", "green"];
  const [WIDE, HIGH, PITCH, BAR, EDGE] = [156, 180, 52, 34, 18]; // pixels

  const temperature = slider("Temperature", [0, 6, 1], 3, (index) =>
    String(TEMPERATURES[index]),
  );
  const logits = [2, 0.5, -1].map((value, c) =>
    slider(`Logit ${c}`, [-3, 3, 0.5], value, (z) => number(z, 1)),
  );

  const sum = (values) => values.reduce((total, value) => total + value, 0);

  // Bars from a common ground, each under its value.
  function bars(title, values, unit, ground, write) {
    const parts = values.flatMap((value, c) => {
      const [x, height] = [(c + 0.5) * PITCH, Math.abs(value) * unit];
      const y = value > 0 ? ground - height : ground;
      const look = COLOURS[c];
      const label = value < 0 ? y + height + 11 : y - 10;
      return [
        svg("rect", { x: x - BAR / 2, y, width: BAR, height, class: look }),
        svg("text", { x, y: label }, write(value)),
      ];
    });
    const ends = { x1: 2, x2: WIDE - 2, y1: ground, y2: ground };
    return panel(title, WIDE, HIGH, [...parts, svg("line", ends)]);
  }

  return () => {
    const T = TEMPERATURES[temperature.valueAsNumber];
    const scores = logits.map((input) => input.valueAsNumber / T);
    const powers = scores.map(Math.exp);
    const shares = powers.map((power) => power / sum(powers));
    const entropy = -sum(shares.map((p) => (p > 0 ? p * Math.log(p) : 0)));
    const middle = HIGH / 2;
    const unit = (middle - EDGE) / Math.max(2, ...scores.map(Math.abs));
    const ground = HIGH - EDGE;
    const room = ground - EDGE;
    return {
      panels: [
        bars("logits / T", scores, unit, middle, (z) =>
          number(z, T > 1 ? 2 : 1),
        ),
        bars("exponentials", powers, room / sum(powers), ground, (e) =>
          short(e, 2),
        ),
        bars("probabilities", shares, room, ground, (p) => short(p, 3)),
      ],
      says:
        `At temperature ${T} the probabilities are ` +
        `${shares.map((p) => short(p, 3)).join(", ")}. Their entropy is ` +
        `${number(Math.abs(entropy), 3)} nats, of at most ` +
        `log 3 = ${number(Math.log(3), 3)}.`,
    };
  };
});

"""The cells of a GRU and of an LSTM, with the line of what is remembered."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from assets.diagrams.style import (
    BLUE,
    BOLD,
    GREEN,
    GREY,
    INK,
    ORANGE,
    RED,
    SMALL,
    TITLE,
    Colour,
    arrow,
    box,
    canvas,
    dark,
    line,
    text,
)

MEMORY, PRODUCT, GATES, BUS, INPUT = 40, 105, 180, 235, 285
LEFT, RIGHT = 78, 622
SIZE, WIDE, TALL = 24, 84, 32
TIMES, PLUS = "\N{MULTIPLICATION SIGN}", "+"
AROUND = SIZE / 2 + 2  # from the middle of an operation to an arrow's end


def operation(ax: Axes, x: float, y: float, sign: str) -> None:
    """Draw a product or a sum, element by element."""
    box(ax, x, y, SIZE, SIZE, sign, ORANGE, size=TITLE)


def gate(ax: Axes, x: float, words: str, colour: Colour = BLUE) -> None:
    """Draw a gate, or a candidate, that sees the input and the old state."""
    arrow(ax, (x, BUS), (x, GATES + TALL / 2 + 2))
    box(ax, x, GATES, WIDE, TALL, words, colour, size=SMALL)


def rise(ax: Axes, x: float, start: float, end: float, colour: Colour) -> None:
    """Draw an arrow from above a gate or operation up to below another."""
    arrow(ax, (x, start), (x, end + AROUND), colour)


def memory(ax: Axes, factor: float, term: float, name: str) -> None:
    """Draw the upper line: the old memory, multiplied, and added to."""
    for start, end in (
        (LEFT, factor - AROUND),
        (factor + AROUND, term - AROUND),
        (term + AROUND, RIGHT),
    ):
        arrow(ax, (start, MEMORY), (end, MEMORY), dark(RED), BOLD)
    operation(ax, factor, MEMORY, TIMES)
    operation(ax, term, MEMORY, PLUS)
    text(ax, LEFT - 30, MEMORY, f"$\\mathbf{{{name}}}_{{t-1}}$", TITLE)
    text(ax, RIGHT + 24, MEMORY, f"$\\mathbf{{{name}}}_t$", TITLE)


def bus(ax: Axes, end: float) -> None:
    """Draw the line that brings the input and the old state to all gates."""
    line(ax, (LEFT, end), (BUS, BUS), INK)
    text(ax, LEFT - 30, BUS, "$\\mathbf{h}_{t-1}$", TITLE)
    arrow(ax, (120, INPUT - 14), (120, BUS + 2))
    text(ax, 120, INPUT, "$\\mathbf{x}_t$", TITLE)


def draw_gru() -> Figure:
    """Draw a gated recurrent unit."""
    figure, ax = canvas(INPUT + 18)
    update, reset, new = 210, 370, 520
    top = GATES - TALL / 2 - 2
    memory(ax, update, new, "h")
    bus(ax, new)
    gate(ax, update, "update $\\mathbf{z}_t$")
    gate(ax, reset, "reset $\\mathbf{r}_t$")
    gate(ax, new, "new $\\mathbf{n}_t$", GREEN)
    rise(ax, update, top, MEMORY, dark(BLUE))
    side = (update, PRODUCT), (new - AROUND, PRODUCT)
    arrow(ax, *side, dark(BLUE))
    text(ax, 365, PRODUCT - 13, "$1 - \\mathbf{z}_t$", SMALL, dark(BLUE))
    across = (reset + WIDE / 2 + 2, GATES), (new - WIDE / 2 - 2, GATES)
    arrow(ax, *across, dark(BLUE))
    rise(ax, new, top, PRODUCT, dark(GREEN))
    operation(ax, new, PRODUCT, TIMES)
    rise(ax, new, PRODUCT - AROUND, MEMORY, dark(GREEN))
    return figure


def draw_lstm() -> Figure:
    """Draw a long short-term memory."""
    figure, ax = canvas(INPUT + 18)
    forget, enter, new, leave, seen = 165, 275, 380, 485, 580
    top = GATES - TALL / 2 - 2
    memory(ax, forget, new, "c")
    bus(ax, leave)
    gate(ax, forget, "forget $\\mathbf{f}_t$")
    gate(ax, enter, "input $\\mathbf{i}_t$")
    gate(ax, new, "new $\\mathbf{g}_t$", GREEN)
    gate(ax, leave, "output $\\mathbf{o}_t$")
    rise(ax, forget, top, MEMORY, dark(BLUE))
    line(ax, (enter, enter), (top, PRODUCT), dark(BLUE))
    arrow(ax, (enter, PRODUCT), (new - AROUND, PRODUCT), dark(BLUE))
    rise(ax, new, top, PRODUCT, dark(GREEN))
    operation(ax, new, PRODUCT, TIMES)
    rise(ax, new, PRODUCT - AROUND, MEMORY, dark(GREEN))
    arrow(ax, (seen, MEMORY), (seen, PRODUCT - 14), dark(RED))
    box(ax, seen, PRODUCT, 54, 24, "tanh", GREY, size=SMALL)
    arrow(ax, (seen, PRODUCT + 14), (seen, GATES - AROUND), dark(RED))
    operation(ax, seen, GATES, TIMES)
    beside = (leave + WIDE / 2 + 2, GATES), (seen - AROUND, GATES)
    arrow(ax, *beside, dark(BLUE))
    arrow(ax, (seen + AROUND, GATES), (RIGHT, GATES), dark(RED))
    text(ax, RIGHT + 24, GATES, "$\\mathbf{h}_t$", TITLE)
    return figure


DRAWINGS = {"gru": draw_gru, "lstm": draw_lstm}

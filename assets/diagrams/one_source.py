"""How one package feeds the tests and every form of the book."""

from matplotlib.figure import Figure

from assets.diagrams.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    TITLE,
    arrow,
    box,
    canvas,
    code,
    dark,
    text,
)

LEFT, CENTRE, RIGHT = 85, 350, 612
HIGH, LOW = 52, 190


def draw() -> Figure:
    """Draw the package on the left, what comes of it on the right."""
    figure, ax = canvas(275)
    middle = (HIGH + LOW) / 2
    box(ax, LEFT, middle, 130, 66, colour=BLUE)
    code(ax, LEFT, middle - 11, "d2l", size=14, weight="bold")
    text(ax, LEFT, middle + 14, "one package")

    box(ax, RIGHT, HIGH, 150, 62, "reference\nimplementations", GREY)
    checked = (
        (HIGH, "tests", "same numbers", ORANGE),
        (LOW, "pages", "claims hold", GREEN),
    )
    for y, name, check, colour in checked:
        box(ax, CENTRE, y, 150, 62, colour=colour)
        text(ax, CENTRE, y - 11, name, TITLE, weight="bold")
        text(ax, CENTRE, y + 12, f"\N{CHECK MARK} {check}", colour=dark(GREEN))
        start = middle + (y - middle) / 4
        arrow(ax, (LEFT + 69, start), (CENTRE - 79, y), dark(BLUE))
    text(ax, 205, HIGH + 4, "imported", colour=dark(BLUE), align="right")
    text(ax, 205, LOW - 4, "listed and run", colour=dark(BLUE), align="right")

    arrow(ax, (RIGHT - 79, HIGH), (CENTRE + 79, HIGH), GREY)
    text(ax, (CENTRE + RIGHT) / 2, HIGH - 13, "compared", colour=GREY)
    for y, name in ((-54, "website"), (0, "PDF"), (54, "notebooks")):
        box(ax, RIGHT, LOW + y, 150, 40, name, GREEN)
        ends = (CENTRE + 79, LOW + y / 4), (RIGHT - 79, LOW + y)
        arrow(ax, *ends, dark(GREEN))
    return figure

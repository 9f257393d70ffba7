"""A model as a tree of modules, drawn from a model, with what they hold."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import nn

from assets.diagrams.style import (
    BLUE,
    GREY,
    ORANGE,
    SMALL,
    arrow,
    box,
    canvas,
    code,
    dark,
    text,
)

HIGH, MIDDLE, LOW, LEAF = 40, 130, 220, 306
WIDE, TALL = 128, 42


def model() -> nn.Module:
    """Return the model of the page: a scale and three layers."""
    tree = nn.Module()
    tree.register_buffer("mean", nn.Linear(2, 1).weight[0].detach())
    tree.layers = nn.ModuleList(
        [nn.Linear(2, 32), nn.Linear(32, 32), nn.Linear(32, 1)]
    )
    return tree


def node(ax: Axes, x: float, y: float, name: str, kind: str) -> None:
    """Draw a module: the name that it has in its parent, and its class."""
    box(ax, x, y, WIDE, TALL, colour=BLUE)
    code(ax, x, y - 9, name, weight="bold")
    text(ax, x, y + 10, kind, SMALL, GREY)


def draw() -> Figure:
    """Draw the tree from the root down to parameters and buffers."""
    figure, ax = canvas(364)
    tree = model()
    layers = dict(tree.named_children())["layers"]
    children = list(layers.named_children())
    xs = [200 + 180 * i for i in range(len(children))]
    node(ax, xs[1], HIGH, "model", "Network")
    node(ax, xs[1], MIDDLE, "layers", type(layers).__name__)
    down = TALL / 2 + 4
    arrow(ax, (xs[1], HIGH + down), (xs[1], MIDDLE - down), GREY)
    for name, _ in tree.named_buffers():
        box(ax, 92, HIGH, 96, 30, name, GREY, family="DejaVu Sans Mono")
        arrow(ax, (xs[1] - WIDE / 2 - 4, HIGH), (144, HIGH), GREY)
        text(ax, 92, HIGH + 28, "a buffer", SMALL, GREY)
    for x, (name, layer) in zip(xs, children, strict=True):
        node(ax, x, LOW, name, type(layer).__name__)
        bend = (xs[1] + (x - xs[1]) / 4, MIDDLE + down)
        arrow(ax, bend, (x, LOW - down), GREY)
        for i, (kind, _) in enumerate(layer.named_parameters()):
            at = x - 37 + 74 * i
            look = {"family": "DejaVu Sans Mono", "size": SMALL}
            box(ax, at, LEAF, 68, 30, kind, ORANGE, **look)
            arrow(ax, (x - 14 + 28 * i, LOW + down), (at, LEAF - 19), GREY)
    whole = ".".join(("layers", children[1][0], "weight"))
    code(ax, xs[1] - 37, LEAF + 36, whole, colour=dark(ORANGE))
    return figure

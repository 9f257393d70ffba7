"""LeNet, drawn from the output of each of its layers."""

from typing import NamedTuple

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor, nn

from assets.diagrams.style import (
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    SMALL,
    canvas,
    dark,
    line,
    rectangle,
    text,
    tint,
)
from d2l.models.lenet import LeNet

CENTRES = (44, 145, 238, 322, 408, 482, 546, 609, 668)
MIDDLE = 150
PIXEL, OFFSET = 2.5, 3.0  # size of a map's pixel, step between two maps
UNIT = 0.46  # height of one number of a vector
EYES = ((0.4, 0.65), (0.7, 0.35))  # where on a map windows are shown


class Stage(NamedTuple):
    """What the figure shows of one layer."""

    name: str
    shape: tuple[int, ...]
    parameters: int
    window: int  # side of what one number of the output sees, 0 for all


def stages(model: nn.Module, x: Tensor) -> list[Stage]:
    """Run the model and note each layer; ReLU joins the layer before it."""
    found = [Stage("image", tuple(x.shape[1:]), 0, 0)]

    def note(layer: nn.Module, _: tuple[Tensor], output: Tensor) -> None:
        name = type(layer).__name__
        if name == "ReLU":
            found[-1] = found[-1]._replace(name=f"{found[-1].name}\n{name}")
            return
        side = getattr(layer, "kernel_size", 0)
        side = side[0] if isinstance(side, tuple) else side
        if isinstance(layer, nn.Conv2d):
            name += f" {side}\N{MULTIPLICATION SIGN}{side}"
        count = sum(p.numel() for p in layer.parameters())
        found.append(Stage(name, tuple(output.shape[1:]), count, side))

    layers = [m for m in model.modules() if not list(m.children())]
    handles = [layer.register_forward_hook(note) for layer in layers]
    with torch.no_grad():
        model(x)
    for handle in handles:
        handle.remove()
    return found


def colour(stage: Stage) -> str:
    """Colour a stage by the kind of its layer."""
    kinds = {"Conv2d": BLUE, "MaxPool2d": GREEN, "Linear": ORANGE}
    return kinds.get(stage.name.split()[0], GREY)


def front(x: float, stage: Stage) -> tuple[float, float]:
    """Return the upper left corner of the front map of a stack around x."""
    count, rows, columns = stage.shape
    spread = (count - 1) * OFFSET
    left = x - (columns * PIXEL + spread) / 2
    return left, MIDDLE - (rows * PIXEL - spread) / 2


def body(ax: Axes, x: float, stage: Stage) -> None:
    """Draw an output around x: a stack of maps, or a bar."""
    colours = (tint(colour(stage), 0.3), dark(colour(stage)))
    if len(stage.shape) == 1:
        height = stage.shape[0] * UNIT
        rectangle(ax, x - 5, MIDDLE - height / 2, 10, height, *colours)
        return
    count, rows, columns = stage.shape
    left, top = front(x, stage)
    for shift in (k * OFFSET for k in reversed(range(count))):
        corner = (left + shift, top - shift)
        rectangle(ax, *corner, columns * PIXEL, rows * PIXEL, *colours)


def look(ax: Axes, found: list[Stage], i: int) -> None:
    """Draw the window that one number of stage i looks through."""
    spots = []
    for centre, stage in ((CENTRES[k], found[k]) for k in (i - 1, i)):
        corner, (_, rows, columns) = front(centre, stage), stage.shape
        right, down = EYES[i % 2]
        right, down = right * columns * PIXEL, down * rows * PIXEL
        spots.append((corner[0] + right, corner[1] + down))
    (x, y), spot = spots
    side = found[i].window * PIXEL
    fill = tint(colour(found[i]), 0.6)
    rectangle(ax, x - side / 2, y - side / 2, side, side, fill, INK)
    for end in (y - side / 2, y + side / 2):
        line(ax, (x + side / 2, spot[0]), (end, spot[1]))


def draw() -> Figure:
    """Draw the stages from left to right."""
    figure, ax = canvas(345)
    model = LeNet()
    found = stages(model, torch.zeros(1, model.in_channels, 28, 28))
    for x, stage in zip(CENTRES, found, strict=True):
        body(ax, x, stage)
        text(ax, x, 25, stage.name, SMALL)
        sizes = ", ".join(map(str, stage.shape))
        comma = "," * (len(stage.shape) == 1)
        text(ax, x, 275, f"({sizes}{comma})", SMALL)
        if stage.parameters:
            text(ax, x, 299, f"{stage.parameters:,}", SMALL)
    for i, stage in enumerate(found):
        if stage.window:
            look(ax, found, i)
    total = sum(p.numel() for p in model.parameters())
    text(ax, CENTRES[0], 299, "parameters", SMALL, GREY)
    text(ax, CENTRES[0], 323, "in all", SMALL, GREY)
    text(ax, CENTRES[1], 323, f"{total:,}", SMALL, weight="bold")
    return figure

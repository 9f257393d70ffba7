"""Pencil and paper for the twins that are drawn.

A drawing is a batch of pictures (n, 28, 28), made from measures that differ
from picture to picture, (n, 1, 1), by broadcasting. Lengths are in pixels:
`X` counts from the middle to the right, `A` from the middle to both sides,
and `Y` from the top.
"""

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor

SIDE = 28
X = torch.arange(SIDE).add(0.5 - SIDE / 2).view(1, 1, SIDE)
Y = torch.arange(SIDE).add(0.5).view(1, SIDE, 1)
A = X.abs()


class Dice:
    """A source of random numbers for n pictures, one each.

    Args:
        n: number of pictures.
        generator: where the numbers come from.

    Shape:
        every method but `noise` returns (n, 1, 1).
    """

    def __init__(self, n: int, generator: torch.Generator) -> None:
        self.n, self.generator = n, generator

    def between(self, low: float, high: float) -> Tensor:
        """Draw numbers, all between `low` and `high` equally likely."""
        u = torch.rand(self.n, 1, 1, generator=self.generator)
        return low + (high - low) * u

    def chance(self, probability: float) -> Tensor:
        """Draw 1 with this probability, else 0."""
        return (self.between(0, 1) < probability).float()

    def tint(self, low: float, high: float) -> Tensor:
        """Draw changes of brightness, more often darker than lighter."""
        return self.between(low, high) * (1 - 2 * self.chance(0.7))

    def noise(self, side: int = SIDE) -> Tensor:
        """Draw pictures (n, 28, 28) of normal noise, smooth if `side` < 28."""
        z = torch.randn(self.n, side, side, generator=self.generator)
        if side == SIDE:
            return z
        at = torch.linspace(0, side - 1, SIDE)[:, None]
        weight = (1 - (at - torch.arange(side)).abs()).clamp(min=0)
        return weight @ z @ weight.T  # bilinear: (28, s) (n, s, s) (s, 28)


def profile(at: Tensor, *points: tuple[Tensor | float, Tensor]) -> Tensor:
    """Evaluate a piecewise linear function, constant beyond its ends.

    Args:
        at: positions, such as `X` or `Y`.
        points: positions and values of its corners, from left to right.

    Shape:
        all broadcast against each other; returns the common shape.

    >>> corners = (0, torch.tensor(1.0)), (2, torch.tensor(5.0))
    >>> profile(torch.tensor([-1.0, 0.5, 3.0]), *corners)
    tensor([1., 2., 5.])
    """
    result = points[0][1]
    for (t0, v0), (t1, v1) in pairwise(points):
        result = result + (v1 - v0) * ((at - t0) / (t1 - t0)).clamp(0, 1)
    return result


def cover(depth: Tensor) -> Tensor:
    """Tell what share of a pixel is covered, which smooths the outlines.

    Args:
        depth: distance from its middle to the outline, positive inside.

    Shape:
        any; returns the same, in [0, 1].
    """
    return (depth + 0.5).clamp_(0, 1)


def band(at: Tensor, low: Tensor | float, high: Tensor | float) -> Tensor:
    """Cover what lies between two lines.

    Args:
        at: positions, such as `X` or `Y`.
        low: where the band begins.
        high: where it ends.

    Shape:
        all broadcast against each other; returns the common shape.
    """
    return cover(torch.minimum(at - low, high - at))


def fabric(dice: Dice, plain: float) -> Tensor:
    """Weave folded cloth: plain, striped, checked or flowered.

    Args:
        dice: for n pictures.
        plain: chance of cloth without a pattern.

    Shape:
        returns brightness (n, 28, 28), mostly in [0, 1].
    """
    base = dice.between(0.15, 1).sqrt()
    folds = dice.noise(5) * dice.between(0.02, 0.12)
    fancy = 1 - dice.chance(plain)
    flowers = fancy * dice.chance(0.4)
    spots = dice.noise(14) * (flowers * dice.between(0.15, 0.45))
    across, both = dice.chance(0.6), dice.chance(0.5)
    pitch, phase = dice.between(0.7, 2.2), dice.between(0, 6.3)
    waves = across * (Y * pitch + phase).sin()  # (n, 28, 1)
    waves = waves + torch.maximum(both, 1 - across) * (X * pitch).sin()
    stripes = waves * ((fancy - flowers) * dice.between(0.1, 0.5))
    return base * (1 + folds + stripes + spots)


def photograph(picture: Tensor, dice: Dice) -> Tensor:
    """Shift, turn, shear and stretch pictures a little and add grain.

    Args:
        picture: brightness, 0 being the empty background.
        dice: for n pictures.

    Shape:
        picture: (n, 28, 28); returns the same, in [0, 1].
    """
    turn, shear = dice.between(-0.07, 0.07), dice.between(-0.06, 0.06)
    wide, tall = dice.between(0.9, 1.12), dice.between(0.95, 1.05)
    right, down = dice.between(-0.08, 0.08), dice.between(-0.06, 0.06)
    x, y = X * (2 / SIDE), Y * (2 / SIDE) - 1  # both in [-1, 1]
    grid = torch.stack(
        (wide * x + (turn + shear) * y + right, tall * y - turn * x + down),
        dim=-1,
    )  # (n, 28, 28, 2): where each pixel comes from
    posed = F.grid_sample(picture.unsqueeze(1), grid, align_corners=False)
    grain = dice.noise() * dice.between(0.01, 0.05)
    return (posed.squeeze(1) * (1 + grain)).clamp_(0, 1)

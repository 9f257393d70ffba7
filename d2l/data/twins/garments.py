"""Drawn garments, the offline twin of Fashion-MNIST.

Outlines are piecewise linear profiles, details are lines and dots, and all
their measures are random, one for each picture: tensors (n, 1, 1). Lengths
are in pixels.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, maximum, minimum

from d2l.data.twins.drawing import (
    SIDE,
    A,
    Dice,
    X,
    Y,
    band,
    cover,
    fabric,
    photograph,
    profile,
)

CHUNK = 125  # pictures drawn at a time, so that they stay in the CPU's cache
Range = tuple[float, float]


def draw(n: int, *, seed: int) -> tuple[Tensor, Tensor]:
    """Draw pictures of ten kinds of garments, in random order.

    All kinds are equally frequent; if 10 does not divide `n`, their counts
    differ by at most one.

    Args:
        n: number of pictures.
        seed: same seed, same pictures; another seed, others.

    Shape:
        returns images (n, 1, 28, 28), float32 in [0, 1], 0 being the empty
        background, and labels (n,), int64 in [0, 10), in the order of
        `d2l.data.fashion_mnist.LABELS`.

    Raises:
        ValueError: if `n` is negative.

    Source: the looks of Fashion-MNIST (Xiao et al., 2017), none of its data.
    Softmax regression and LeNet reach about the accuracies that they reach
    there, and shirts are the hardest kind (tests/package/test_garments.py).

    >>> images, labels = draw(20, seed=0)
    >>> images.shape, labels.bincount().tolist()
    (torch.Size([20, 1, 28, 28]), [2, 2, 2, 2, 2, 2, 2, 2, 2, 2])
    """
    if n < 0:
        raise ValueError(f"n (={n}) must not be negative")
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randperm(n, generator=generator) % len(KINDS)
    images = torch.empty(n, 1, SIDE, SIDE)
    for label, kind in enumerate(KINDS):
        rows = (labels == label).nonzero().flatten()
        for start in range(0, len(rows), CHUNK):
            chunk = rows[start : start + CHUNK]
            dice = Dice(len(chunk), generator)
            images[chunk, 0] = photograph(kind(dice), dice)
    return images, labels


@dataclass(frozen=True)
class _Top:
    """Measures of a kind of garment for the upper body, and chances."""

    length: Range = (25, 28)
    chest: Range = (6.5, 8.5)
    waist: Range = (0.85, 1.05)  # as a share of the chest, like the hem
    hem: Range = (0.9, 1.15)
    long: float = 0  # chance of long sleeves
    short: float = 0
    collar: float = 0
    front: float = 0  # chance of a line down the front
    contrast: Range = (0.1, 0.45)  # of that line
    buttons: float = 0
    hood: float = 0
    print: float = 0
    pockets: float = 0
    bare: float = 0  # chance to lack front, buttons and collar after all
    plain: float = 0.8

    def __call__(self, dice: Dice) -> Tensor:
        top, bottom = dice.between(0.3, 1.8), dice.between(*self.length)
        chest, neck = dice.between(*self.chest), dice.between(2, 4.5)
        width = profile(
            Y,
            (top, chest * 0.95),
            (top + 6, chest),
            ((top + bottom) / 2, chest * dice.between(*self.waist)),
            (bottom, chest * dice.between(*self.hem)),
        )  # (n, 28, 1)
        shoulder = top + dice.between(0.25, 0.6) * (A - neck).clamp(min=0)
        body = minimum(cover(width - A), band(Y, shoulder, bottom))
        sleeves = self.sleeves(dice, top, shoulder, chest)
        seam = sleeves * cover(0.7 - (A - width).abs())
        value = fabric(dice, self.plain) * (1 - dice.between(0, 0.5) * seam)
        value = value * self.details(dice, top, bottom, neck)
        depth = dice.between(0.5, 5) * (1 - 0.5 * dice.chance(self.collar))
        curve = (A / neck).pow(1 + 1.5 * dice.chance(0.6))  # V or round
        hole = cover(top + depth * (1 - curve) - Y) * dice.between(0.3, 1)
        hood = cover(1 - (X / (neck + 1)).square() - (Y / 3 - 1).square())
        hood = hood * dice.chance(self.hood)
        return maximum(maximum(body, sleeves) * (1 - hole), hood) * value

    def sleeves(
        self, dice: Dice, top: Tensor, shoulder: Tensor, chest: Tensor
    ) -> Tensor:
        kind = dice.between(0, 1)
        long = (kind < self.long).float()
        short = (kind < self.long + self.short).float() - long
        rolled_up = dice.chance(0.2) * dice.between(4, 9)
        cuff = top + 1 + long * (dice.between(20, 24) - rolled_up)
        cuff = cuff + short * dice.between(5, 9.5)
        reach = chest + dice.between(1.3, 3.5)
        middle = profile(Y, (top, chest - 2.2), (cuff, reach))
        thick = (top, dice.between(2, 3)), (cuff, dice.between(1.3, 2.2))
        inside = cover(profile(Y, *thick) - (A - middle).abs())
        return minimum(inside, band(Y, shoulder, cuff)) * (long + short)

    def details(
        self, dice: Dice, top: Tensor, bottom: Tensor, neck: Tensor
    ) -> Tensor:
        """Front, buttons, collar, print and pockets, as a factor."""
        place = X - dice.between(-0.8, 0.8)
        front = cover(dice.between(0.3, 1) - place.abs())
        front = front * dice.tint(*self.contrast) * dice.chance(self.front)
        pitch = dice.between(2.6, 4)
        rows = (Y - top).remainder(pitch) - pitch / 2
        buttons = cover(0.9 - (place.square() + rows.square()).sqrt())
        buttons = buttons * dice.tint(0.2, 0.6) * dice.chance(self.buttons)
        flaps = dice.between(2, 4.5) - (A - neck / 2).abs() - (Y - top).abs()
        collar = dice.tint(0.15, 0.45) * dice.chance(self.collar)
        collar = collar * cover(flaps)
        end = dice.between(11, 17)
        patch = band(Y, dice.between(6, 9), end)
        patch = patch * band(X, -dice.between(2, 5), end - 10)
        ink = dice.tint(0.3, 0.8) + dice.noise() * dice.between(0, 0.4)
        print_ = ink * patch * dice.chance(self.print)
        height = bottom - dice.between(5, 10)
        pockets = cover(0.5 - (Y - height).abs()) * band(A, 2.5, 6)
        pockets = pockets * dice.tint(0.2, 0.5) * dice.chance(self.pockets)
        tailored = (front + buttons + collar) * (1 - dice.chance(self.bare))
        return (1 + tailored + print_ + pockets).clamp(0.1)


@dataclass(frozen=True)
class _Shoe:
    """Measures of a kind of shoe, seen from the side, toe to the left."""

    shaft: Range  # height at the ankle
    instep: Range  # height in the middle
    sole: Range
    heel: Range
    high: float  # chance of a heel
    straps: float = 0  # chance to consist of straps

    def __call__(self, dice: Dice) -> Tensor:
        shaft, sole = dice.between(*self.shaft), dice.between(*self.sole)
        heel = dice.between(*self.heel) * dice.chance(self.high)
        ground = SIDE / 2 + (shaft + heel) / 2 + dice.between(-0.5, 1)
        toe, back = -dice.between(12, 13.5), dice.between(11.5, 13.5)
        middle = dice.between(-3, 1)
        ankle = middle + dice.between(1, 4)
        upper = profile(
            X,
            (toe - 0.5, sole),
            (toe + 1.5, dice.between(2.5, 4) + sole / 2),
            (middle, dice.between(*self.instep)),
            (ankle, shaft),
            ((ankle + back) / 2, shaft * dice.between(0.75, 1)),
            (back - 1, shaft * dice.between(0.9, 1.1)),
        )  # (n, 1, 28)
        rise = profile(X, (toe / 2, heel * 0), (back * 0.6, heel))
        level = ground - rise - Y  # height above the lower edge of the sole
        length, edge = band(X, toe, back), (upper - level).abs()
        straps = cover(dice.between(0, 1.4) - edge)
        for left, right in ((-10, -4), (-6, 3), (0, 9), (6, 12)):
            lean = dice.between(left, right) + dice.between(-1, 1) * level
            strap = cover(dice.between(-1, 2.2) - (X - lean).abs())
            straps = maximum(straps, strap)
        sparse = dice.chance(self.straps)
        laces = band(X, middle - 2, ankle) * cover(1.5 - edge)
        value = 1 + dice.between(-0.4, 0.4) * straps * (1 - sparse)
        value = value * (1 + dice.between(-0.6, 0.4) * laces)
        cloth = band(level, 0, upper) * length * (1 - sparse * (1 - straps))
        stilt = band(X, back - dice.between(1.2, 6), back) * (heel > 0.5)
        stilt = stilt * band(Y, ground - rise - 0.5, ground)
        under = maximum(band(level, 0, sole) * length, stilt)
        cloth = cloth * value * fabric(dice, plain=0.9)
        return cloth * (1 - under) + under * dice.between(0.1, 1)


def _trousers(dice: Dice) -> Tensor:
    top, bottom = dice.between(0.5, 1.5), dice.between(25.5, 27.5)
    crotch, hip = dice.between(7, 10), dice.between(4, 5.5)
    waist, ankle = hip * dice.between(0.75, 0.95), dice.between(3.6, 7)
    outer = profile(Y, (top, waist), (crotch, hip), (bottom, ankle))
    inner = profile(Y, (crotch, hip * 0 - 1), (bottom, dice.between(0.5, 2.8)))
    legs = cover(minimum(outer - A, A - inner)) * band(Y, top, bottom)
    fade = cover(1.2 - (A - (outer + inner) / 2).abs())
    belt = cover(0.8 - (Y - top - 1).abs())
    value = 1 + dice.between(-0.3, 0.2) * fade + dice.tint(0, 0.4) * belt
    return legs * value * fabric(dice, plain=0.8)


def _bag(dice: Dice) -> Tensor:
    top, bottom = dice.between(3, 13), dice.between(22, 27)
    half, corner = dice.between(9, 13.5), dice.between(0, 3)
    width = profile(
        Y,
        (top, half * dice.between(0.7, 1) - corner),
        (top + 2.5, half * dice.between(0.85, 1)),
        (bottom - 2.5, half),
        (bottom, half - corner),
    )
    body = cover(width - A) * band(Y, top, bottom)
    across, high = half * dice.between(0.25, 0.85), dice.between(4, 11)
    far = ((X / across).square() + ((Y - top) / high).square()).sqrt()
    handle = cover(dice.between(0.3, 0.9) - 5 * (far - 1).abs())
    handle = handle * cover(top - Y) * dice.chance(0.8)
    flap = top + (bottom - top) * dice.between(0.2, 0.7)
    below = (Y - flap - dice.between(0, 3) * (1 - (A / half).square())).abs()
    edge = dice.tint(0, 0.6) * dice.chance(0.6) * cover(0.7 - below)
    clasp = dice.tint(0, 0.7) * dice.chance(0.5) * cover(1.3 - A - below)
    value = (1 + edge + clasp) * fabric(dice, plain=0.75)
    return maximum(body, handle * dice.between(0.5, 1)) * value


# fmt: off
KINDS: tuple[Callable[[Dice], Tensor], ...] = (
    _Top(chest=(6.8, 8.7), long=0.04, short=0.9, print=0.4, collar=0.1,
         front=0.05, plain=0.85),  # T-shirt
    _trousers,
    _Top(long=0.98, short=0.02, print=0.3, collar=0.1, hood=0.1,
         chest=(6.6, 8.3), hem=(0.78, 0.95), front=0.05),  # pullover
    _Top(length=(26, 27.5), chest=(3.8, 6.2), waist=(0.7, 1), hem=(0.8, 1.7),
         long=0.2, short=0.25, front=0.1, plain=0.7),  # dress
    _Top(length=(26.5, 28), chest=(6.9, 8.6), hem=(0.95, 1.15), long=1,
         collar=0.6, front=0.9, contrast=(0.4, 0.9), buttons=0.3, hood=0.25,
         pockets=0.6),  # coat
    _Shoe(shaft=(3, 11), instep=(3, 7), sole=(0.8, 3), heel=(3, 10), high=0.4,
          straps=0.92),  # sandal
    _Top(chest=(5.7, 7.8), long=0.42, short=0.48, collar=0.8, front=0.9,
         contrast=(0.2, 0.6), buttons=0.6, print=0.1, bare=0.4,
         plain=0.6),  # shirt
    _Shoe(shaft=(7, 14), instep=(5.5, 8), sole=(1, 3), heel=(0, 1), high=0.1),
    _bag,
    _Shoe(shaft=(11.5, 23), instep=(7, 11), sole=(0.8, 2.5), heel=(1, 5),
          high=0.6),  # ankle boot
)
# fmt: on

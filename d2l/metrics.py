"""Metrics: values made from sums, exact over batches and processes.

A metric turns outputs and targets into a tensor of *statistics* that may be
added up over batches, however uneven, and over processes. Its value is
computed from the total: a ratio of sums, never a mean of ratios.
"""

import math
from abc import ABC, abstractmethod
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from d2l.losses import IGNORED, classes_last


class Metric(ABC):
    """A measure of how good outputs are, made from additive statistics.

    Called with outputs and targets it gives the value for them. The Trainer
    adds up the statistics of all batches first.

    Shape:
        output, target: as the metric says; statistics: always the same.

    Source: the `reduce` of MapReduce (Dean and Ghemawat, 2004).
    Same as: the value for all examples at once, however they are cut into
    batches (tests/package/test_metrics.py).

    >>> issubclass(Accuracy, Metric)
    True
    """

    @abstractmethod
    def statistics(self, output: Any, target: Any) -> Tensor:
        """Return what is to be added up over batches."""

    @abstractmethod
    def value(self, total: Tensor) -> Any:
        """Return the value, made from the sum of all statistics."""

    def __call__(self, output: Any, target: Any) -> Any:
        """Return the value for these outputs and targets alone."""
        return self.value(self.statistics(output, target))


class Mean(Metric):
    """A metric whose statistics are a sum and the count to divide it by.

    Shape:
        statistics: (2,).

    Raises:
        ValueError: from `value`, if nothing was counted.

    Source: the definition of a weighted mean.
    Same as: the sum of all, divided once (tests/package/test_metrics.py).

    >>> accuracy.value(torch.tensor([3.0, 4.0]))
    0.75
    """

    def value(self, total: Tensor) -> float:
        """Divide the sum by the count."""
        part, count = total.tolist()
        if not count:
            raise ValueError(
                f"{type(self).__name__} is the mean of nothing: no item counts"
            )
        return float(part / count)


class Accuracy(Mean):
    """The share of items whose largest logit is that of the right class.

    Targets that are `d2l.losses.IGNORED` don't count. Where classes were
    chosen already, their indices may be given in place of logits.

    Shape:
        output: (..., C), of images (B, C, H, W), or (...); target: (...),
        class indices; the value lies in [0, 1], larger is better.

    Raises:
        ValueError: if outputs and targets don't fit in shape, which would
            broadcast and compare everything with everything.

    Source: one minus the zero-one loss (Hastie et al., 2009, Section 2.4).
    Same as: counting by hand (tests/package/test_metrics.py).

    >>> logits = torch.tensor([[2.0, 1.0], [0.0, 3.0]])
    >>> accuracy(logits, torch.tensor([0, 0]))
    0.5
    """

    def statistics(self, output: Tensor, target: Tensor) -> Tensor:
        """Count the right items, and those that count."""
        right = _chosen(output, target) == target
        counts = target != IGNORED
        return torch.stack(((right & counts).sum(), counts.sum()))


class Perplexity(Mean):
    """How many classes, equally likely, would be as hard to guess.

    The exponential of the mean cross-entropy of all items, which
    `torch.exp` of a recorded loss gives too where nothing else is in it.

    Shape:
        output: logits (..., V), of images (B, C, H, W); target: (...), class
        indices or `IGNORED`; the value is at least 1, smaller is better.

    Raises:
        ValueError: if outputs and targets don't fit in shape.

    Source: Jelinek et al. (1977).
    Same as: `torch.exp` of `torch.nn.functional.cross_entropy`
    (tests/package/test_metrics.py).

    >>> round(perplexity(torch.zeros(5, 8), torch.arange(5)), 3)
    8.0
    """

    def statistics(self, output: Tensor, target: Tensor) -> Tensor:
        """Add up the nats, and count the items."""
        nats = F.cross_entropy(
            classes_last(output, target).flatten(0, -2).float(),
            target.flatten(),
            ignore_index=IGNORED,
            reduction="sum",
        )
        return torch.stack((nats, (target != IGNORED).sum()))

    def value(self, total: Tensor) -> float:
        """Make the perplexity from nats and count."""
        nats = torch.tensor(super().value(total), dtype=torch.float64)
        return float(nats.exp())  # infinite where it is too large


class Bits(Perplexity):
    """The mean cross-entropy in bits: bits a character, of characters.

    Shape:
        as of `Perplexity`; the value is at least 0, smaller is better.

    Source: Shannon (1951).
    Same as: the logarithm of `Perplexity` to the base of 2
    (tests/package/test_metrics.py).

    >>> round(bits(torch.zeros(5, 8), torch.arange(5)), 3)
    3.0
    """

    def value(self, total: Tensor) -> float:
        """Make the bits from nats and count."""
        return Mean.value(self, total) / math.log(2)


class BitsPerCharacter(Perplexity):
    """Bits a character of a text that was cut into tokens of any length.

    All bits, divided by the number of characters that they spell. So models
    with different tokens can be compared, as long as the tokens spell the
    whole text and none is unknown.

    Args:
        lengths: how many characters each token of the vocabulary spells; of
            bytes, a byte counts as one.

    Shape:
        lengths: (V,); the rest as of `Perplexity`; the value is at least 0,
        smaller is better.

    Raises:
        ValueError: if there is not one length for each class.

    Source: Shannon (1951); Mielke et al. (2019) on why not perplexity.
    Same as: `Bits`, where each token is a character
    (tests/package/test_metrics.py).

    >>> of_pairs = BitsPerCharacter(torch.full((16,), 2))
    >>> round(of_pairs(torch.zeros(5, 16), torch.arange(5)), 3)  # 4 / 2
    2.0
    """

    def __init__(self, lengths: Tensor) -> None:
        self.lengths = lengths

    def statistics(self, output: Tensor, target: Tensor) -> Tensor:
        """Add up the nats, and count the characters."""
        classes = classes_last(output, target).shape[-1]
        if self.lengths.shape != (classes,):
            raise ValueError(
                f"lengths {tuple(self.lengths.shape)} must hold one length "
                f"for each of {classes} classes"
            )
        nats, _ = super().statistics(output, target)
        spelt = self.lengths.to(target.device)[target.clamp(min=0)]
        spelt = spelt.masked_fill(target == IGNORED, 0)
        return torch.stack((nats, spelt.sum()))

    def value(self, total: Tensor) -> float:
        """Make the bits from nats and characters."""
        return Mean.value(self, total) / math.log(2)


class ConfusionMatrix(Metric):
    """How often class i (row) was taken for class j (column).

    Args:
        num_classes: number C of classes.

    Shape:
        output: logits (..., C), of images (B, C, H, W), or class indices
        (...); target: (...), class indices or `IGNORED`; the value is
        (C, C), integers that sum to the number of targets that count.

    Raises:
        ValueError: if outputs and targets don't fit in shape, or an index
            is out of range.

    Source: Hastie et al. (2009), Section 9.2.5.
    Same as: counting by hand (tests/package/test_metrics.py).

    >>> ConfusionMatrix(2)(torch.tensor([1, 1]), torch.tensor([0, 1]))
    tensor([[0, 1],
            [0, 1]])
    """

    def __init__(self, num_classes: int) -> None:
        self.num_classes = num_classes

    def statistics(self, output: Tensor, target: Tensor) -> Tensor:
        """Count the pairs of classes."""
        chosen = _chosen(output, target)
        counts = target != IGNORED
        pairs = torch.stack((target[counts], chosen[counts])).long()
        classes = self.num_classes
        if pairs.numel() and not 0 <= pairs.min() <= pairs.max() < classes:
            raise ValueError(
                f"class indices must lie in [0, {classes}), got "
                f"{int(pairs.min())} to {int(pairs.max())}"
            )
        numbers = torch.bincount(
            pairs[0] * classes + pairs[1], minlength=classes**2
        )
        return numbers.reshape(classes, classes)

    def value(self, total: Tensor) -> Tensor:
        """Return the counts as whole numbers."""
        return total.long()


def _chosen(output: Tensor, target: Tensor) -> Tensor:
    """Return the class that each output chooses."""
    if output.is_floating_point():
        return classes_last(output, target).argmax(-1)
    if output.shape != target.shape:
        raise ValueError(
            f"predicted classes {tuple(output.shape)} and targets "
            f"{tuple(target.shape)} must have the same shape"
        )
    return output


#: The share of right answers.
accuracy = Accuracy()
#: The perplexity of a language model.
perplexity = Perplexity()
#: Its cross-entropy in bits: where items are characters, bits a character.
bits = Bits()

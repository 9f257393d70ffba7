"""Inputs of mean 0 and standard deviation 1, and the way back."""

from typing import NamedTuple, Self

from torch import Tensor


class Standardization(NamedTuple):
    """Mean and standard deviation of each feature, measured once.

    Measure them on what the model learns from, and use them on everything:
    no other part may have a say in them.

    Args:
        mean: of each column of a table, or each channel of pictures.
        std: standard deviation of each.

    Shape:
        mean, std: (), (d,) or (C, 1, 1).

    Source: LeCun et al. (2012), Section 4.3.
    Same as: scikit-learn's `StandardScaler`, but for dividing by n - 1
    (tests/package/test_batches.py).

    >>> import torch
    >>> table = torch.tensor([[1.0, 5.0], [3.0, 5.0]])
    >>> standard = Standardization.of(table)
    >>> standard(table)
    tensor([[-0.7071,  0.0000],
            [ 0.7071,  0.0000]])
    >>> standard.undo(standard(table))
    tensor([[1., 5.],
            [3., 5.]])
    """

    mean: Tensor
    std: Tensor

    @classmethod
    def of(cls, examples: Tensor) -> Self:
        """Measure both over all examples (and all places of pictures).

        Args:
            examples: real numbers; what is the same everywhere stays apart
                from the shift, as there is nothing to divide by.

        Shape:
            examples: (n,), (n, d), or (n, C, ...).

        Raises:
            ValueError: if there are fewer than two examples, or the numbers
                are whole ones.
        """
        if not examples.is_floating_point() or len(examples) < 2:
            raise ValueError(
                "standardizing needs at least two examples of real numbers, "
                f"got {tuple(examples.shape)} of {examples.dtype}"
            )
        axes = [axis for axis in range(examples.ndim) if axis != 1]
        mean = examples.mean(axes, keepdim=True)[0]
        std = examples.std(axes, keepdim=True)[0]
        return cls(mean, std.where(std > 0, 1.0))

    def __call__(self, examples: Tensor) -> Tensor:
        """Return examples in standard deviations from the mean.

        Shape:
            examples: as measured, in and out.
        """
        return (examples - self.mean) / self.std

    def undo(self, standardized: Tensor) -> Tensor:
        """Return examples in their own units.

        Shape:
            standardized: as measured, in and out.
        """
        return standardized * self.std + self.mean

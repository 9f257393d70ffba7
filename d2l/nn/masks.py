"""Masks: True where something may be attended to, or counts."""

import torch
from torch import Tensor

_INTEGERS = (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8)


def length_mask(lengths: Tensor, size: int | None = None) -> Tensor:
    """Tell real positions from padding (Vaswani et al., 2017, Section 3.2.3).

    Args:
        lengths: number of real positions of each example, which come first;
            none, for an example that is all padding.
        size: positions S in all; as many as the longest has, if not given,
            which on a GPU waits for what was asked of it before.

    Shape:
        lengths: (B,), of integers; returns (B, S), True = may be attended
        to.

    Raises:
        ValueError: if lengths are no vector of integers, or if one is
            negative or larger than `size`, where that can be seen without
            waiting for a GPU.

    Source: as above, of the mask; True as in PyTorch's
    `scaled_dot_product_attention`.
    Same as: the mask of `d2l.data.batches.pad`, and a loop
    (tests/package/test_masks.py).

    >>> length_mask(torch.tensor([2, 1, 0]))
    tensor([[ True,  True],
            [ True, False],
            [False, False]])
    """
    if lengths.ndim != 1 or lengths.dtype not in _INTEGERS:
        raise ValueError(
            "lengths are a vector of integers, got "
            f"{tuple(lengths.shape)} of {lengths.dtype}"
        )
    if size is None:
        size = int(lengths.max()) if len(lengths) else 0
    if lengths.device.type == "cpu" and len(lengths):
        least, most = int(lengths.min()), int(lengths.max())
        if not 0 <= least <= most <= size:
            raise ValueError(
                f"lengths must lie in [0, {size}], got {least} to {most}"
            )
    positions = torch.arange(size, device=lengths.device)
    return positions < lengths[:, None]  # (B, S)


def causal_mask(
    T: int,
    S: int | None = None,
    *,
    window: int | None = None,
    device: torch.device | None = None,
) -> Tensor:
    """Tell past and present from the future (Vaswani et al., 2017).

    The last of the queries belongs to the last of the keys, so that queries
    that come after others, whose keys were kept, see these too.

    Args:
        T: number of queries.
        S: number of keys, at least T; as many as queries, if not given.
        window: how many keys a query sees at most, its own among them, the
            nearest; all, if not given.
        device: where the mask is made.

    Shape:
        returns (T, S), True = may be attended to.

    Raises:
        ValueError: if T is negative, S is less than T, or `window` is less
            than 1.

    Source: Section 3.2.3 of the paper; the window is that of Beltagy et al.
    (2020), Section 3.1.
    Differs from PyTorch: with `is_causal=True` the first query belongs to
    the first key, whatever S is.
    Same as: a loop (tests/package/test_masks.py).

    >>> causal_mask(2, 4)
    tensor([[ True,  True,  True, False],
            [ True,  True,  True,  True]])
    """
    S = T if S is None else S
    if not 0 <= T <= S:
        raise ValueError(
            f"a causal mask needs keys for all queries, got T={T} and S={S}"
        )
    if window is not None and window < 1:
        raise ValueError(f"window (={window}) must be at least 1")
    query = torch.arange(S - T, S, device=device)[:, None]  # (T, 1)
    key = torch.arange(S, device=device)  # (S,)
    mask = key <= query  # (T, S)
    return mask if window is None else mask & (key > query - window)

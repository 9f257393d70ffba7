"""Masks against a loop, and what they refuse."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from d2l.data.batches import pad
from d2l.nn.masks import causal_mask, length_mask


@given(lengths=st.lists(st.integers(0, 6), max_size=5), more=st.integers(0, 3))
def test_equals_a_loop(lengths: list[int], more: int) -> None:
    size = max(lengths, default=0) + more
    expected = [
        [place < length for place in range(size)] for length in lengths
    ]
    vector = torch.tensor(lengths, dtype=torch.long)
    mask = length_mask(vector, size)
    assert mask.dtype == torch.bool and mask.shape == (len(lengths), size)
    assert mask.tolist() == expected
    assert torch.equal(length_mask(vector), mask[:, : max(lengths, default=0)])


def test_equals_the_mask_of_padding() -> None:
    ragged = [torch.ones(3), torch.ones(1), torch.ones(2)]
    _, mask = pad(ragged)
    assert torch.equal(length_mask(torch.tensor([3, 1, 2])), mask)


@pytest.mark.parametrize(
    ("lengths", "size", "message"),
    [
        (torch.tensor(3), None, r"\(\) of torch.int64"),
        (torch.ones(2, 2, dtype=torch.long), None, r"\(2, 2\)"),
        (torch.ones(2), None, "float32"),
        (torch.tensor([True, False]), None, "bool"),
        (torch.tensor([1, 4]), 3, r"\[0, 3\], got 1 to 4"),
        (torch.tensor([2, -1]), None, r"\[0, 2\], got -1 to 2"),
    ],
)
def test_what_is_wrong_is_named(
    lengths: torch.Tensor, size: int | None, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        length_mask(lengths, size)


@given(
    T=st.integers(0, 5),
    more=st.integers(0, 3),
    window=st.none() | st.integers(1, 6),
)
def test_a_causal_mask_equals_a_loop(
    T: int, more: int, window: int | None
) -> None:
    expected = [
        [key <= query < key + (window or 100) for key in range(T + more)]
        for query in range(more, T + more)
    ]
    mask = causal_mask(T, T + more, window=window)
    assert mask.dtype == torch.bool and mask.shape == (T, T + more)
    assert mask.tolist() == expected
    assert torch.equal(causal_mask(T), causal_mask(T, T))


def test_wrong_sizes_of_a_causal_mask_are_named() -> None:
    for T, S in ((3, 2), (-1, 2)):
        with pytest.raises(ValueError, match=f"T={T} and S={S}"):
            causal_mask(T, S)
    with pytest.raises(ValueError, match=r"window \(=0\)"):
        causal_mask(3, window=0)

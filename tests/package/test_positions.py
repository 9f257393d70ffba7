"""Positions against formulas, and what each kind of them keeps."""

import math
from functools import partial

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from d2l.nn.positions import (
    LearntPositions,
    alibi,
    alibi_slopes,
    rotary,
    sinusoids,
)

close = partial(torch.testing.assert_close, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("offset", [0, 3])
@pytest.mark.parametrize("D", [2, 6, 512])
def test_sinusoids_are_those_of_the_paper(D, offset):
    table = sinusoids(5, D, offset=offset)
    assert table.shape == (5, D)
    for t in range(5):
        for i in range(D // 2):
            angle = (t + offset) / 10_000 ** (2 * i / D)
            assert table[t, 2 * i].item() == pytest.approx(math.sin(angle))
            assert table[t, 2 * i + 1].item() == pytest.approx(math.cos(angle))


def test_products_of_sinusoids_depend_on_the_distance():
    table = sinusoids(20, 16)
    products = table @ table.T
    close(products[:10, :10], products[10:, 10:])
    assert products[0, 0] > products[0, 1:].max()


def test_learnt_positions_equal_an_embedding():
    positions = LearntPositions(9, 4)
    embedding = nn.Embedding.from_pretrained(positions.table.detach())
    x = torch.randn(3, 5, 4)
    place = torch.arange(5)
    assert torch.equal(positions(x), x + embedding(place))
    assert torch.equal(positions(x, 4), x + embedding(place + 4))
    positions(x).sum().backward()
    assert torch.equal(positions.table.grad[:5], torch.full((5, 4), 3.0))
    assert not positions.table.grad[5:].any()


def test_permuted_examples_are_permuted_results():
    """The position is that in the sequence, not that in the batch."""
    x, order = torch.randn(4, 4, 8), torch.tensor([2, 0, 3, 1])
    for f in (LearntPositions(4, 8), rotary):
        assert torch.equal(f(x[order]), f(x)[order])


@pytest.mark.parametrize("offset", [0, 7])
def test_rotary_equals_products_of_complex_numbers(offset):
    x = torch.randn(2, 3, 5, 8, dtype=torch.double)
    found = rotary(x, offset=offset, base=500.0)
    a, b = x[..., :4], x[..., 4:]
    for t in range(5):
        for i in range(4):
            angle = torch.tensor((t + offset) * 500.0 ** (-2 * i / 8))
            angle = angle.double()
            turned = torch.complex(a, b)[..., t, i] * torch.polar(
                torch.ones(()).double(), angle
            )
            torch.testing.assert_close(
                torch.complex(found[..., t, i], found[..., t, i + 4]),
                turned,
                rtol=1e-6,
                atol=1e-6,
            )


@given(st.integers(0, 100_000), st.integers(0, 20))
def test_rotary_scores_depend_on_the_distance_alone(offset, distance):
    q, k = torch.randn(2, 1, 16, dtype=torch.double)

    def score(at):
        return rotary(q, offset=at + distance) @ rotary(k, offset=at).T

    torch.testing.assert_close(score(offset), score(0), rtol=1e-7, atol=1e-7)
    close(rotary(q, offset=offset).norm(), q.norm())


def test_rotary_goes_on_where_it_was():
    x = torch.randn(2, 9, 6)
    parts = (rotary(x[:, :4]), rotary(x[:, 4:], offset=4))
    assert torch.equal(torch.cat(parts, 1), rotary(x))


def test_rotary_reckons_low_precision_in_single():
    x = torch.randn(2, 4, 16)
    found = rotary(x.bfloat16(), offset=5_001)
    assert found.dtype == torch.bfloat16
    expected = rotary(x.bfloat16().double(), offset=5_001)
    error = (found.double() - expected).abs() / expected.abs()
    assert error.max() < 2**-8


def test_slopes_are_those_of_the_paper():
    eight = [2.0**-i for i in range(1, 9)]
    assert alibi_slopes(8).tolist() == eight
    close(alibi_slopes(16)[1::2].double(), torch.tensor(eight).double())
    assert alibi_slopes(16)[0].item() == pytest.approx(2**-0.5)
    between = [2**-0.5, 2**-1.5, 2**-2.5, 2**-3.5]
    assert alibi_slopes(12).tolist() == pytest.approx([*eight, *between])
    assert alibi_slopes(1).tolist() == [2**-8]
    assert alibi_slopes(3).tolist() == [2**-4, 2**-8, 2**-2]


@given(st.integers(1, 130))
def test_every_head_has_a_slope_of_its_own(num_heads):
    slopes = alibi_slopes(num_heads)
    assert len(slopes.unique()) == num_heads
    assert slopes.min() > 0 and slopes.max() < 1


@pytest.mark.parametrize(("T", "S"), [(4, None), (2, 5), (1, 3)])
def test_alibi_equals_a_loop(T, S):
    bias, slopes = alibi(3, T, S), alibi_slopes(3)
    S = S or T
    assert bias.shape == (3, T, S)
    for head in range(3):
        for t in range(T):
            for s in range(S):
                expected = -slopes[head] * abs(S - T + t - s)
                assert bias[head, t, s] == expected


def test_what_is_wrong_is_named():
    with pytest.raises(ValueError, match=r"even width D \(=5\)"):
        sinusoids(3, 5)
    with pytest.raises(ValueError, match=r"offset \(=-1\)"):
        sinusoids(3, 4, offset=-1)
    with pytest.raises(ValueError, match="even width K, got 3"):
        rotary(torch.zeros(2, 3))
    with pytest.raises(ValueError, match=r"num_heads \(=0\)"):
        alibi_slopes(0)
    with pytest.raises(ValueError, match=r"max_length \(=0\)"):
        LearntPositions(0, 4)
    table = LearntPositions(6, 4)
    with pytest.raises(ValueError, match=r"0 to 5, and 4 to 6 are asked"):
        table(torch.zeros(1, 3, 4), 4)
    with pytest.raises(ValueError, match="-1 to 1 are asked"):
        table(torch.zeros(1, 3, 4), -1)

"""Synthetic data: the truth that was put in comes out again."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from d2l.data.synthetic import linear_data


@given(
    d=st.integers(1, 6),
    n=st.integers(0, 50),
    noise=st.floats(0, 3),
    seed=st.integers(0, 10**6),
)
def test_shapes_and_determinism(
    d: int, n: int, noise: float, seed: int
) -> None:
    weight = torch.arange(1.0, d + 1)
    state = torch.get_rng_state()
    X, y = linear_data(weight, 0.5, n, noise=noise, seed=seed)
    assert torch.equal(torch.get_rng_state(), state)
    assert X.shape == (n, d) and y.shape == (n,)
    assert X.dtype == y.dtype == torch.float32
    again = linear_data(weight, 0.5, n, noise=noise, seed=seed)
    assert torch.equal(X, again[0]) and torch.equal(y, again[1])
    if n:
        other, _ = linear_data(weight, 0.5, n, noise=noise, seed=seed + 1)
        assert not torch.equal(X, other)


def test_without_noise_the_relation_is_exact() -> None:
    weight = torch.tensor([2.0, -3.4, 0.1])
    X, y = linear_data(weight, -4.2, 100, noise=0)
    torch.testing.assert_close(y, X @ weight - 4.2)


def test_least_squares_finds_the_truth_and_the_noise() -> None:
    weight = torch.tensor([2.0, -3.4])
    X, y = linear_data(weight, 4.2, 20_000, noise=0.5)
    design = torch.cat((X, torch.ones(len(X), 1)), 1)
    solution = torch.linalg.lstsq(design, y).solution
    torch.testing.assert_close(
        solution, torch.tensor([2.0, -3.4, 4.2]), atol=0.02, rtol=0
    )
    residual = y - design @ solution
    assert residual.std() == pytest.approx(0.5, rel=0.03)
    assert X.mean() == pytest.approx(0, abs=0.02)
    assert X.std() == pytest.approx(1, rel=0.02)
    assert torch.corrcoef(torch.stack((X[:, 0], residual)))[0, 1].abs() < 0.03


@pytest.mark.parametrize(
    ("weight", "noise", "message"),
    [
        (torch.zeros(2, 2), 0.1, r"\(2, 2\)"),
        (torch.tensor(1.0), 0.1, r"\(\)"),
        (torch.zeros(2), -0.5, "-0.5"),
    ],
)
def test_wrong_arguments_are_named(
    weight: torch.Tensor, noise: float, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        linear_data(weight, 0.0, 5, noise=noise)

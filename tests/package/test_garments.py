"""The drawn garments: what they promise, and that lessons hold on them."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from d2l.data.fashion_mnist import LABELS
from d2l.data.twins import garments
from d2l.metrics import ConfusionMatrix
from d2l.models.lenet import LeNet
from d2l.models.linear import SoftmaxRegression

T_SHIRT, TROUSER, SHIRT, BAG = 0, 1, 6, 8
TOPS = {0, 2, 3, 4, 6}
SHOES = {5, 7, 9}


@settings(max_examples=15, deadline=None)
@given(n=st.integers(0, 65), seed=st.integers(0, 2**62))
def test_shapes_types_range_and_balance(n: int, seed: int) -> None:
    images, labels = garments.draw(n, seed=seed)
    assert images.shape == (n, 1, 28, 28) and images.dtype == torch.float32
    assert labels.shape == (n,) and labels.dtype == torch.int64
    assert bool(((images >= 0) & (images <= 1)).all())
    counts = labels.bincount(minlength=10)
    assert len(counts) == 10
    assert counts.max() - counts.min() <= (n % 10 > 0)


def test_negative_number_is_refused() -> None:
    with pytest.raises(ValueError, match="-3"):
        garments.draw(-3, seed=0)


def test_a_seed_means_the_same_pictures_whatever_else_was_drawn() -> None:
    torch.manual_seed(0)
    first = garments.draw(600, seed=7)
    torch.manual_seed(1)
    state = torch.get_rng_state()
    second = garments.draw(600, seed=7)
    assert torch.equal(torch.get_rng_state(), state)
    for one, other in zip(first, second, strict=True):
        assert torch.equal(one, other)


def test_order_is_shuffled() -> None:
    _, labels = garments.draw(1000, seed=0)
    repeats = (labels[1:] == labels[:-1]).float().mean()
    assert 0.05 < repeats < 0.15
    assert not torch.equal(labels, garments.draw(1000, seed=1)[1])


def test_no_picture_comes_twice_within_or_across_seeds() -> None:
    seen = [
        picture.numpy().tobytes()
        for seed in (1, 2)
        for picture in garments.draw(2000, seed=seed)[0]
    ]
    assert len(set(seen)) == 4000


def test_pictures_have_the_statistics_of_fashion_mnist() -> None:
    images, labels = garments.draw(2000, seed=0)
    # Fashion-MNIST: mean 0.286, standard deviation 0.353
    assert images.mean() == pytest.approx(0.286, abs=0.03)
    assert images.std() == pytest.approx(0.353, abs=0.03)
    assert (images == 0).float().mean() > 0.4, "the background is empty"
    covered = (images > 0.02).float().mean((1, 2, 3))
    for label in range(10):
        share = covered[labels == label]
        assert 0.15 < share.mean() < 0.75, LABELS[label]
        assert share.min() > 0.03, f"{LABELS[label]}: an empty picture"
        assert share.std() > 0.02, f"{LABELS[label]}: all of one size"


def test_kinds_have_their_shapes() -> None:
    images, labels = garments.draw(4000, seed=0)
    mean = torch.stack([images[labels == c, 0].mean(0) for c in range(10)])
    wide, tall = mean.mean(1) > 0.05, mean.mean(2) > 0.05  # (10, 28)
    assert bool((tall.sum(1) > wide.sum(1))[TROUSER])
    for shoe in (5, 7):
        assert wide[shoe].sum() > 1.4 * tall[shoe].sum(), LABELS[shoe]
    legs = mean[TROUSER, 20:26]  # light between the legs
    assert legs[:, 13:15].mean() < 0.75 * legs[:, 9:11].mean()
    assert mean[2, 18:22, 4].mean() > 3 * mean[0, 18:22, 4].mean(), "sleeves"
    heights = [tall[c].sum() for c in (7, 9)]
    assert heights[0] < heights[1], "boots are higher than sneakers"


def confusion(
    model: nn.Module, epochs: int, data: list[tuple[Tensor, Tensor]]
) -> Tensor:
    """Train with Adam, then tell how classes of the test set are confused."""
    (x, y), (x_test, y_test) = data
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    steps = epochs * -(-len(x) // 64)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1, 0, steps)
    generator = torch.Generator().manual_seed(0)
    for _ in range(epochs):
        for rows in torch.randperm(len(x), generator=generator).split(64):
            optimizer.zero_grad()
            F.cross_entropy(model(x[rows]), y[rows]).backward()
            optimizer.step()
            schedule.step()
    with torch.no_grad():
        return ConfusionMatrix(10)(model(x_test), y_test)


@pytest.fixture(scope="module")
def confusions() -> dict[str, Tensor]:
    data = []
    for n, seed in ((12_000, 1), (4_000, 2)):
        images, labels = garments.draw(n, seed=seed)
        data.append(((images - 0.286) / 0.353, labels))
    torch.manual_seed(0)
    return {
        "softmax": confusion(SoftmaxRegression(784, 10), 4, data),
        "lenet": confusion(LeNet(), 4, data),
    }


def test_lenet_beats_softmax_regression(confusions: dict[str, Tensor]) -> None:
    softmax, lenet = (
        float(counts.diag().sum() / counts.sum())
        for counts in (confusions["softmax"], confusions["lenet"])
    )
    assert 0.78 < softmax < 0.87
    assert 0.86 < lenet < 0.93
    assert lenet > softmax + 0.02


@pytest.mark.parametrize("model", ["softmax", "lenet"])
def test_shirts_are_hard_and_trousers_easy(
    confusions: dict[str, Tensor], model: str
) -> None:
    counts = confusions[model]
    right = counts.diag() / counts.sum(1)
    assert right.argmin() == SHIRT
    assert right[SHIRT] < right.mean() - 0.15
    assert right[TROUSER] > 0.93 and right[BAG] > 0.93


def test_shirts_are_mistaken_for_t_shirts(
    confusions: dict[str, Tensor],
) -> None:
    wrong = sum(confusions.values()).fill_diagonal_(0)
    assert wrong[SHIRT].argmax() == T_SHIRT
    assert SHIRT * 10 + T_SHIRT in wrong.flatten().topk(3).indices
    tops = sorted(TOPS - {SHIRT})
    assert wrong[SHIRT, tops].min() > 0, "but not only for those"


@pytest.mark.parametrize("model", ["softmax", "lenet"])
def test_mistakes_stay_in_the_family(
    confusions: dict[str, Tensor], model: str
) -> None:
    wrong = confusions[model].clone().fill_diagonal_(0)
    for family in (TOPS, SHOES):
        members = sorted(family)
        within = wrong[members][:, members].sum()
        assert within > 0.75 * wrong[members].sum()
        assert within > 0

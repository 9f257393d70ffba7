"""An experiment over seeds: repeatable, traceless, the same in parallel."""

import pytest
import torch
from torch import nn

from d2l.experiments.seeds import over_seeds


def fit(seed):
    """Take steps from random weights on random rows; measure two losses."""
    rows = torch.randn(16, 3, generator=torch.Generator().manual_seed(seed))
    model = nn.Linear(3, 1)
    before = model(rows).square().mean()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(5):
        optimizer.zero_grad()
        loss = model(rows).square().mean()
        loss.backward()
        optimizer.step()
    return {"before": before, "after": loss}


def test_a_seed_gives_the_same_whatever_runs_before():
    several = over_seeds(fit, seeds=4)
    assert list(several.index) == [0, 1, 2, 3]
    assert (several.after < several.before).all()
    assert several.nunique().eq(4).all()
    assert over_seeds(fit, seeds=[2]).equals(several.loc[[2]])
    assert over_seeds(fit, seeds=[3, 1]).equals(several.loc[[3, 1]])


def test_random_numbers_go_on_as_if_nothing_had_run():
    expected = torch.manual_seed(5) and torch.rand(3)
    torch.manual_seed(5)
    over_seeds(fit, seeds=2)
    assert torch.equal(torch.rand(3), expected)


def test_processes_give_what_one_after_the_other_gives():
    assert over_seeds(fit, seeds=3, jobs=2).equals(over_seeds(fit, seeds=3))


def test_what_is_defined_in_a_notebook_can_run_in_processes():
    notebook = {"torch": torch}
    exec("def draw(seed): return {'draw': torch.rand(())}", notebook)
    alone = over_seeds(notebook["draw"], seeds=3)
    assert over_seeds(notebook["draw"], seeds=3, jobs=2).equals(alone)


@pytest.mark.parametrize("seeds", [0, [], [1, 1]])
def test_seeds_have_to_differ(seeds):
    with pytest.raises(ValueError, match="seeds"):
        over_seeds(fit, seeds=seeds)


def test_measures_have_to_stay_the_same():
    with pytest.raises(ValueError, match="seed 1 measures"):
        over_seeds(lambda seed: {f"m{seed}": 0.0}, seeds=2)

"""The benchmark of the models measures what it says it measures."""

import pytest
import torch
from torch import nn

from benchmarks import models, report


def test_ratio_is_the_median_of_turns_that_alternate(monkeypatch):
    order = []
    durations = {"ours": iter([9.0, *[3.0] * 5, *[30.0] * 4]), "theirs": None}

    def seconds(run):
        order.append(run)
        return next(durations[run]) if run == "ours" else 2.0

    monkeypatch.setattr(models, "seconds", seconds)
    assert models.ratio("ours", "theirs") == 1.5
    first = order[::2]
    assert first[0] != first[1] and len(order) == 2 * (models.REPEATS + 1)


def test_a_step_of_training_moves_every_parameter():
    model = nn.Sequential(nn.Flatten(), nn.Linear(12, 10))
    before = [p.clone() for p in model.parameters()]
    models.train(model, torch.randn(2, 3, 2, 2))
    for p, old in zip(model.parameters(), before, strict=True):
        assert not p.equal(old)


def test_growth_counts_operations_and_bytes(monkeypatch):
    monkeypatch.setattr(models, "REPEATS", 1)
    small, wide, deep, large = (
        models.measure_growth(*setting, "cpu")
        for setting in ((8, 1, 16), (16, 1, 16), (8, 2, 16), (8, 1, 32))
    )
    assert wide["flops"] / small["flops"] == pytest.approx(4, rel=0.15)
    assert large["flops"] / small["flops"] == pytest.approx(4, rel=0.01)
    assert large["bytes"] / small["bytes"] == pytest.approx(4, rel=0.3)
    assert 1.5 < deep["flops"] / small["flops"] < 2.5


def test_results_become_a_table_and_a_figure():
    point = {"seconds": 1.0, "bytes": 2.0, "flops": 3.0}
    found = {
        "provenance": report.provenance() | {"device": "cpu"},
        "networks": {"net": {"inference": 0.984, "training": 1.04}},
        "growth": {name: [point] for name in models.GROWTH},
    }
    assert "| net | 0.98 | 1.04 |" in models.markdown(found)
    assert len(models.draw(found).axes) == 2

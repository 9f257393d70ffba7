"""The fair comparison is fair, and its record belongs to today's networks."""

import inspect
import json
import sys
from types import SimpleNamespace

import pytest
import torch
from torch import nn

import benchmarks.comparison
from d2l.data.batches import Batches, Splits
from d2l.experiments import image_classifiers
from d2l.inspect import costs

ENTRIES = json.loads(image_classifiers.RECORD.read_text())


def garments(n=40):
    x, y = 5 + 3 * torch.rand(n, 1, 28, 28), torch.arange(n) % 10
    return Batches(x, y, batch_size=16)


@pytest.fixture
def data():
    torch.manual_seed(0)
    return Splits(garments(), garments(20), garments(20))


@pytest.fixture
def record(tmp_path, monkeypatch):
    path = tmp_path / "comparison.json"
    monkeypatch.setattr(image_classifiers, "RECORD", path)
    return path


def test_every_classifier_takes_part():
    built = {
        type(part)
        for build in image_classifiers.NETWORKS.values()
        for part in build(1.0).modules()
    }
    models = {
        member
        for name, module in sys.modules.items()
        if name.startswith("d2l.models.")
        for _, member in inspect.getmembers(module, inspect.isclass)
        if member.__module__ == name
        and "num_classes" in str(inspect.signature(member))
        and member.__name__ != "ViT"  # not recorded with the others yet
    }
    assert len(models) >= 10 and models <= built
    _, *others = image_classifiers.NETWORKS
    assert list(image_classifiers.PREDECESSOR) == others
    for name, before in image_classifiers.PREDECESSOR.items():
        order = list(image_classifiers.NETWORKS)
        assert order.index(before) < order.index(name)


def test_networks_after_lenet_cost_about_the_same():
    names = list(image_classifiers.NETWORKS)
    for name in names[names.index("LeNet") + 1 :]:
        build, products = image_classifiers.NETWORKS[name], []
        for width in (0.5, 1.0):
            found = costs(lambda b=build, w=width: b(w), (1, 28, 28))
            products.append(found["multiplications"])
        assert 3.3e6 < products[1] < 4.5e6, name
        assert products[0] < 0.5 * products[1], name


def test_pictures_are_scaled_by_the_training_part_alone(data):
    moved = Splits(*(Batches(*p.tensors, batch_size=16) for p in data))
    moved.test.tensors[0].add_(100)
    for splits in (data, moved):
        train, _, test = image_classifiers.standardize(splits)
        x = train.tensors[0]
        assert x.mean().abs() < 1e-5 and x.std() == pytest.approx(1)
        raw = splits.train.tensors[0]
        expected = (splits.test.tensors[0] - raw.mean()) / raw.std()
        torch.testing.assert_close(test.tensors[0], expected)


class Watcher(nn.Module):
    """A linear network that remembers what it saw."""

    def __init__(self):
        super().__init__()
        self.linear, self.seen = nn.Linear(784, 10), []
        self.start = self.linear.bias.tolist()

    def forward(self, x):
        if self.training:
            self.seen.append(x)
        return self.linear(x.flatten(1))


def test_all_see_every_picture_in_the_order_of_the_seed(data, monkeypatch):
    monkeypatch.setattr(image_classifiers, "BATCH", 4)

    def fit(seed):
        trainer = image_classifiers.fit(
            Watcher, data.train, learning_rate=0.01, seed=seed, epochs=2
        )
        pictures = torch.cat(trainer.model.seen)
        return pictures, trainer.model.start, trainer

    pictures, weights, trainer = fit(1)
    rows = pictures.flatten(1).sum(1).round(decimals=3)
    assert rows.unique(return_counts=True)[1].tolist() == [2] * 40
    assert trainer.optimizer.param_groups[0]["lr"] < 0.01 * 0.01  # it fell
    again, same, _ = fit(1)
    other, different, _ = fit(2)
    assert pictures.equal(again) and weights == same
    assert not pictures.equal(other) and weights != different


def test_the_rate_is_chosen_by_validation_on_another_seed(data, monkeypatch):
    calls = []

    def fit(build, train, *, learning_rate, seed, epochs):
        calls.append((train.num_examples, learning_rate, seed))

        def evaluate(batches):
            if batches is data.test:  # the greatest rate would win here
                return {"accuracy": learning_rate}
            return {"accuracy": 0.9 if learning_rate == 0.003 else 0.5}

        return SimpleNamespace(evaluate=evaluate)

    monkeypatch.setattr(image_classifiers, "fit", fit)
    found = image_classifiers.compare(None, data)
    tried, final = calls[: len(image_classifiers.LEARNING_RATES)], calls[-3:]
    assert [r for _, r, _ in tried] == list(image_classifiers.LEARNING_RATES)
    assert {n for n, _, _ in tried} == {10} and {s for *_, s in tried} == {0}
    assert final == [(40, 0.003, seed) for seed in image_classifiers.SEEDS]
    assert 0 not in image_classifiers.SEEDS
    assert found["learning_rate"] == 0.003 and found["test"] == [0.003] * 3
    assert found["validation"] == [0.9] * 3


@pytest.mark.parametrize("data", ["real", "twin"])
def test_the_record_is_whole(data):
    entries = image_classifiers.load(data)
    wide = [e["network"] for e in entries if e["width_multiplier"] == 1.0]
    assert wide == list(image_classifiers.NETWORKS)
    for entry in entries:
        build = image_classifiers.NETWORKS[entry["network"]]
        found = costs(
            lambda b=build, e=entry: b(e["width_multiplier"]), (1, 28, 28)
        )
        # Whoever changes a network trains it anew.
        assert found.items() <= entry.items(), entry["network"]
        assert list(entry["tried"]) == [
            str(r) for r in image_classifiers.LEARNING_RATES
        ]
        assert entry["learning_rate"] == float(
            max(entry["tried"], key=entry["tried"].get)
        )
        assert len(entry["test"]) == len(image_classifiers.SEEDS)
        assert entry["step"] > 0
        assert not entry["provenance"]["commit"].endswith("dirty")
        assert entry["epochs"] == 1


def test_unknown_data_and_epochs_are_named():
    for wrong in ({"data": "photographs"}, {"epochs": 77}):
        known = r"one of \[\('real', 1\).*\('twin', 1\)"
        with pytest.raises(ValueError, match=known):
            image_classifiers.load(**wrong)


def entry(network, **others):
    about = {"width_multiplier": 1.0, "data": "twin", "epochs": 1}
    return {"network": network} | about | others


def test_entries_are_saved_in_order_or_not_at_all(record):
    benchmarks.comparison.save([entry("LeNet"), entry("MLP")])
    networks = [e["network"] for e in benchmarks.comparison.recorded()]
    assert networks == ["MLP", "LeNet"]
    before = record.read_text()
    with pytest.raises(TypeError):
        benchmarks.comparison.save([entry("LeNet", bad=object())])
    assert record.read_text() == before


def test_only_what_is_missing_is_measured(record, monkeypatch):
    ran = []

    def run_all(jobs, epochs, workers):
        ran.extend(jobs)
        for name, _ in jobs:
            yield entry(name, test=[0.5], epochs=epochs)

    monkeypatch.setenv("D2L_DATA", "twins")
    monkeypatch.setattr(benchmarks.comparison, "run_all", run_all)
    monkeypatch.setattr(benchmarks.comparison, "time_step", lambda *_: 0.25)
    benchmarks.comparison.save([entry("LeNet", test=[0.5])])
    arguments = ["", "--width-multipliers", "1"]
    monkeypatch.setattr(sys, "argv", arguments)
    benchmarks.comparison.main()
    assert len(ran) == len(image_classifiers.NETWORKS) - 1
    found = {e["network"]: e for e in benchmarks.comparison.recorded()}
    assert found["MLP"]["step"] == 0.25 and "step" not in found["LeNet"]
    assert found["MLP"]["provenance"]["torch"] == torch.__version__
    monkeypatch.setattr(sys, "argv", [*arguments, "--network", "LeNet"])
    benchmarks.comparison.main()
    assert ran[-1] == ("LeNet", 1.0)
    monkeypatch.setattr(sys, "argv", [*arguments, "--epochs", "2"])
    benchmarks.comparison.main()  # another budget replaces nothing
    found = benchmarks.comparison.recorded()
    assert [e["epochs"] for e in found if e["network"] == "MLP"] == [1, 2]
    assert [e["epochs"] for e in image_classifiers.load("twin")] == [1] * len(
        image_classifiers.NETWORKS
    )


def test_a_step_is_timed_as_the_median(monkeypatch):
    times = iter([9.0] * 5 + [1.0, 3.0] * 14 + [2.0, 2.0])
    monkeypatch.setattr(
        benchmarks.comparison, "seconds", lambda run: next(times)
    )
    threads = torch.get_num_threads()
    assert benchmarks.comparison.time_step("MLP", 1.0) == 2.0
    torch.set_num_threads(threads)

"""The digest changes with what a page reaches, and with nothing else."""

import pytest

from tooling.source import dependencies
from tooling.source.listings import module_path


@pytest.fixture
def constraints(tmp_path):
    path = tmp_path / "constraints.txt"
    path.write_text("torch==2.13.0\n")
    return path


@pytest.mark.parametrize(
    ("code", "modules"),
    [
        ("from d2l.models.lenet import LeNet", {"d2l.models.lenet"}),
        ("from d2l import plot", {"d2l", "d2l.plot"}),
        ("import d2l.losses as losses", {"d2l.losses"}),
        ("def f():\n    from d2l.losses import x", {"d2l.losses"}),
        ("import torch", set()),
        ("%matplotlib inline\nimport d2l.metrics", {"d2l.metrics"}),
        ("!ls\nfrom d2l.nowhere import x", set()),
        ("this is no Python", set()),
        (
            "from d2l.models import (\n    lenet,\n)",
            {"d2l.models", "d2l.models.lenet"},
        ),
        ("import torch; import d2l.metrics", {"d2l.metrics"}),
        ("import torch, d2l.losses as losses", {"d2l.losses"}),
    ],
)
def test_imports_of_a_cell_are_found(code, modules):
    assert dependencies.imported_modules(code) == modules


def test_what_a_module_imports_is_reached():
    reached = dependencies.reached_modules(frozenset({"d2l.train.trainer"}))
    assert {"d2l.train.device", "d2l.train.distributed"} <= reached
    assert {"d2l", "d2l.train"} <= reached  # packages run on import too
    assert "d2l.models.lenet" not in reached
    assert "d2l.plot" not in reached


def test_data_sets_are_those_reached(monkeypatch):
    monkeypatch.setenv("D2L_DATA", "twins")
    dependencies.data_mode.cache_clear()
    reached = dependencies.reached_modules(
        frozenset({"d2l.data.fashion_mnist"})
    )
    assert dependencies.data_sets(reached) == {"fashion_mnist": "twin"}
    assert dependencies.data_sets({"d2l.losses"}) == {}


def test_the_digest_depends_on_constraints_data_and_device(
    constraints, monkeypatch
):
    modules = frozenset({"d2l.data.fashion_mnist"})
    monkeypatch.setattr(dependencies, "data_mode", lambda name: "twin")
    first = dependencies.digest(modules, constraints)
    assert first == dependencies.digest(modules, constraints)
    monkeypatch.setattr(dependencies, "data_mode", lambda name: "real")
    real = dependencies.digest(modules, constraints)
    monkeypatch.setenv("D2L_DEVICE", "cuda")
    device = dependencies.digest(modules, constraints)
    constraints.write_text("torch==2.14.0\n")
    newer = dependencies.digest(modules, constraints)
    assert len({first, real, device, newer}) == 4


def test_the_digest_depends_on_reached_modules_only(
    constraints, monkeypatch, tmp_path
):
    changed = tmp_path / "changed.py"
    changed.write_text("# changed\n")

    def with_change_in(module):
        monkeypatch.setattr(
            dependencies,
            "module_path",
            lambda name: changed if name == module else module_path(name),
        )
        page = frozenset({"d2l.models.lenet"})
        return dependencies.digest(page, constraints)

    unchanged = with_change_in("no module")
    assert with_change_in("d2l.models.lenet") != unchanged
    assert with_change_in("d2l") != unchanged
    assert with_change_in("d2l.models.linear") == unchanged
    assert with_change_in("d2l.train.trainer") == unchanged
    before = with_change_in("d2l.models.lenet")
    changed.with_suffix(".json").write_text("[]")  # what it reads
    assert with_change_in("d2l.models.lenet") != before
    assert with_change_in("no module") == unchanged

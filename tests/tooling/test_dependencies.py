"""The digest changes with what a page reaches, and with nothing else."""

import shutil
import sys
from dataclasses import replace

import pytest

from d2l.data import catalogue, downloads
from tooling.source import dependencies, versions
from tooling.source.listings import module_path


@pytest.fixture(autouse=True)
def _afresh(monkeypatch):
    monkeypatch.delenv("D2L_VERSIONS", raising=False)
    dependencies.forget()
    dependencies.data_modes.cache_clear()


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
    assert dependencies.reached_modules(frozenset()) == {"d2l"}
    assert "d2l.models.lenet" not in reached
    assert "d2l.plot" not in reached


def test_data_sets_are_those_reached(monkeypatch):
    monkeypatch.setenv("D2L_DATA", "twins")
    reached = dependencies.reached_modules(
        frozenset({"d2l.data.fashion_mnist"})
    )
    assert dependencies.data_sets(reached) == {"fashion_mnist": "twin"}
    assert dependencies.data_sets({"d2l.losses"}) == {}


def test_the_digest_depends_on_constraints_data_and_device(
    constraints, monkeypatch
):
    modules = frozenset({"d2l.data.fashion_mnist"})
    monkeypatch.setattr(
        dependencies, "data_modes", lambda: {"fashion_mnist": "twin"}
    )
    first = dependencies.digest(modules, constraints)
    assert first == dependencies.digest(modules, constraints)
    monkeypatch.setattr(
        dependencies, "data_modes", lambda: {"fashion_mnist": "real"}
    )
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


def test_data_files_are_those_of_the_modules_that_name_them(
    constraints, monkeypatch, tmp_path
):
    package = tmp_path / "d2l"
    shutil.copytree(module_path("d2l").parent, package)
    monkeypatch.setattr(dependencies, "package_folder", lambda: package)

    def digests():
        dependencies.forget()
        pages = ("d2l.models.lenet", "d2l.experiments.image_classifiers")
        found = [frozenset({module}) for module in pages]
        return [dependencies.digest(m, constraints) for m in found]

    lenet, comparison = digests()
    (package / "experiments" / "image_classifiers.json").write_text("[]")
    assert digests()[0] == lenet
    assert digests()[1] != comparison
    (package / "models" / "rates.csv").write_text("1")  # nobody names it
    lenet_with, comparison_with = digests()
    assert lenet_with != lenet and comparison_with != comparison


@pytest.mark.parametrize("name", ["start", "ipython_config", "measure"])
def test_the_digest_depends_on_what_kernels_run(
    constraints, monkeypatch, tmp_path, name
):
    kernel = tmp_path / "in_kernel"
    shutil.copytree(dependencies.KERNEL, kernel)
    page = frozenset({"d2l.losses"})
    before = dependencies.digest(page, constraints)
    monkeypatch.setattr(dependencies, "KERNEL", kernel)
    assert dependencies.digest(page, constraints) == before
    with (kernel / f"{name}.py").open("a") as file:
        file.write("# changed\n")
    assert dependencies.digest(page, constraints) != before


def test_the_digest_depends_on_python_and_catalogue(constraints, monkeypatch):
    page = frozenset({"d2l.data.airfoil"})
    monkeypatch.setattr(
        dependencies, "data_modes", lambda: {"airfoil": "real"}
    )
    first = dependencies.digest(page, constraints)
    (file,) = catalogue.CATALOGUE["airfoil"].files
    other = replace(
        catalogue.CATALOGUE["airfoil"], files=(replace(file, sha256="0"),)
    )
    with monkeypatch.context() as patch:
        patch.setattr(dependencies, "CATALOGUE", {"airfoil": other})
        assert dependencies.digest(page, constraints) != first
    monkeypatch.setattr(sys, "version_info", (3, 99, 0))
    assert dependencies.digest(page, constraints) != first


def test_without_pins_what_is_installed_counts(constraints, monkeypatch):
    pinned = versions.fingerprinted(constraints)
    with pytest.raises(ValueError, match=r"has torch 1.0, and .* pins others"):
        versions.require_pinned({"torch": "1.0"}, constraints)
    versions.require_pinned({"torch": "2.13.0+cpu", "free": "1"}, constraints)
    monkeypatch.setenv("D2L_VERSIONS", "any")
    assert b"torch==" in versions.fingerprinted(constraints) != pinned
    versions.require_pinned({"torch": "1.0"}, constraints)


def test_data_that_does_not_come_is_a_twin_from_then_on(monkeypatch):
    """A set that a server offers counts as real until it is fetched."""
    fetched = []

    def prepare(name):
        fetched.append(name)
        return "twin" if name == "airfoil" else "real"

    monkeypatch.setattr(downloads, "expect", lambda name: "real")
    monkeypatch.setattr(downloads, "prepare", prepare)
    modules = {"d2l.data.airfoil", "d2l.data.fashion_mnist"}
    both = {"airfoil": "real", "fashion_mnist": "real"}
    assert dependencies.data_sets(modules) == both
    assert fetched == []
    assert dependencies.fetch_data({"d2l.data.fashion_mnist"})
    assert not dependencies.fetch_data({"d2l.data.airfoil"})
    dependencies.forget()
    assert dependencies.data_sets(modules) == both | {"airfoil": "twin"}
    assert fetched == ["fashion_mnist", "airfoil"]
    assert dependencies.fetch_data(modules)

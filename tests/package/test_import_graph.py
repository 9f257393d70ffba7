"""Who may import whom inside `d2l`."""

import subprocess
import sys

import grimp
import pytest


@pytest.fixture(scope="module")
def graph():
    return grimp.build_graph(
        "d2l", include_external_packages=True, cache_dir=None
    )


def inside(graph, package):
    """A package and all modules in it; nothing where it does not exist."""
    if package not in graph.modules:
        return set()
    return {package} | graph.find_descendants(package)


def imported(graph, package):
    """What a package imports from outside, itself or by what it imports."""
    ours = inside(graph, package)
    upstream = [graph.find_upstream_modules(m) for m in ours]
    return set().union(*upstream) - ours


def test_models_need_only_nn_and_torch(graph):
    allowed = {"torch"} | sys.stdlib_module_names
    found = imported(graph, "d2l.models") - inside(graph, "d2l.nn")
    assert found - allowed == set()
    for model in inside(graph, "d2l.models"):
        others = graph.find_modules_directly_imported_by(model)
        assert not others & inside(graph, "d2l.models")  # one file each


@pytest.mark.parametrize("package", ["d2l.nn", "d2l.optim", "d2l.losses"])
def test_foundations_need_only_torch(graph, package):
    allowed = {"torch"} | sys.stdlib_module_names
    assert imported(graph, package) - allowed == set()


def test_training_knows_no_model_no_data_no_figure(graph):
    found = imported(graph, "d2l.train")
    for package in ("d2l.models", "d2l.nn", "d2l.data", "d2l.plot"):
        assert not found & inside(graph, package)


@pytest.mark.parametrize(
    "leaf", ["d2l.plot", "d2l.experiments.image_classifiers"]
)
def test_nothing_imports_a_leaf(graph, leaf):
    assert leaf in graph.modules
    assert graph.find_modules_that_directly_import(leaf) == set()


def test_data_knows_no_model_no_loss(graph):
    found = imported(graph, "d2l.data")
    for package in ("d2l.models", "d2l.nn", "d2l.losses", "d2l.plot"):
        assert not found & inside(graph, package)


def test_no_cycles(graph):
    for module in inside(graph, "d2l"):
        assert module not in graph.find_upstream_modules(module)


PROBE = """
import os, sys

touched = []

def watch(event, arguments):
    if event == "open" and not str(arguments[0]).endswith((".py", ".pyc")):
        touched.append((event, str(arguments[0])))
    if event.startswith(("socket.", "subprocess.", "os.mkdir")):
        touched.append((event, str(arguments)))

before = set(sys.modules)
sys.addaudithook(watch)
import d2l
new = {name.partition(".")[0] for name in set(sys.modules) - before}
assert not touched, touched
assert not new - {"d2l"} - set(sys.stdlib_module_names), new
assert len(set(sys.modules) - before) <= 5, set(sys.modules) - before

import d2l.metrics, d2l.models.lenet, d2l.train.callbacks
import d2l.train.checkpoint
heavy = {"matplotlib", "IPython", "sklearn", "pandas", "PIL", "torchvision"}
assert not heavy & set(sys.modules), heavy & set(sys.modules)
"""


def test_import_is_cheap_and_touches_nothing():
    """Counted in modules, files and sockets, which no busy machine changes."""
    result = subprocess.run(
        [sys.executable, "-c", PROBE], capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr

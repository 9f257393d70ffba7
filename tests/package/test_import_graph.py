"""Who may import whom; the contracts themselves stand in pyproject.toml."""

import shutil
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[2]


def lint_imports(folder):
    """Run import-linter on the packages of a folder, or of a copy."""
    command = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [command, "--no-cache"],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "COLUMNS": "200"},
        capture_output=True,
        text=True,
    )


def test_the_contracts_are_kept():
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout


FORBIDDEN = {  # where a line is added, and the contract that it breaks
    "The package has layers": {
        "d2l/nn/norm.py": "import d2l.notebook",
        "d2l/train/device.py": "from d2l.data import catalogue",
        "d2l/data/synthetic.py": "import d2l.models.lenet",
    },
    "Nothing imports figures and experiments": {
        "d2l/data/airfoil.py": "import d2l.plot",
        "d2l/metrics.py": "from d2l.experiments import image_classifiers",
    },
    "Models are built from parts": {"d2l/models/vgg.py": "import d2l.metrics"},
    "Each model is told in one file": {
        "d2l/models/nin.py": "from d2l.models.lenet import LeNet"
    },
    "Parts, models and losses need no library": {
        "d2l/nn/initialization.py": "import numpy"
    },
    "The tooling has stages": {
        "tooling/source/book.py": "import tooling.execution.run",
        "tooling/serving/reloading.py": "import tooling.__main__",
        "tooling/pdf/build.py": "import tooling.epub.build",
    },
}


def test_a_forbidden_import_is_found(tmp_path):
    for package in ("d2l", "tooling"):
        shutil.copytree(ROOT / package, tmp_path / package)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for imports in FORBIDDEN.values():
        for file, line in imports.items():
            with (tmp_path / file).open("a") as stream:
                stream.write(f"\n{line}\n")
    result = lint_imports(tmp_path)
    assert result.returncode == 1, result.stderr
    for contract, imports in FORBIDDEN.items():
        kept = [r for r in result.stdout.splitlines() if contract in r]
        assert "BROKEN" in kept[0], result.stdout
        for file in imports:
            module = file.removesuffix(".py").replace("/", ".")
            assert f"{module} -> " in result.stdout


@pytest.mark.parametrize("package", ["d2l.nn", "d2l.models", "d2l.losses"])
def test_foundations_need_only_torch(package):
    """Whatever else there is; a contract can only list it."""
    graph = grimp.build_graph(
        "d2l", include_external_packages=True, cache_dir=None
    )
    ours = {package} | graph.find_descendants(package)
    found = set().union(*(graph.find_upstream_modules(m) for m in ours))
    others = {m for m in found - ours if not m.startswith("d2l")}
    assert others - {"torch"} <= sys.stdlib_module_names


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

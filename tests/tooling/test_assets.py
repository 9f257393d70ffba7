"""The committed pictures are what their code draws."""

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.image import imread

from assets.diagrams import style
from assets.diagrams.__main__ import drawings

ROOT = Path(__file__).parents[2]
ASSETS = ROOT / "assets"
DIAGRAMS = ASSETS / "diagrams"
DRAWINGS = drawings()
NAMES = sorted(DRAWINGS)


def draw(module: str, folder: Path) -> Path:
    """Run a drawing command of the repository into another folder."""
    command = [sys.executable, "-m", module, str(folder)]
    subprocess.run(command, cwd=ROOT, check=True)
    return folder


@pytest.mark.parametrize("name", NAMES)
def test_diagram_is_up_to_date(name: str) -> None:
    committed = (DIAGRAMS / f"{name}.svg").read_bytes()
    stale = committed != style.render(DRAWINGS[name], ["svg"])["svg"]
    assert not stale, "run `python -m assets.diagrams`"
    assert (DIAGRAMS / f"{name}.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("kind", ["svg", "pdf"])
def test_no_diagram_without_code(kind: str) -> None:
    assert sorted(p.stem for p in DIAGRAMS.glob(f"*.{kind}")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_diagram_is_as_wide_as_the_text(name: str) -> None:
    image = ElementTree.parse(DIAGRAMS / f"{name}.svg").getroot()
    assert image.get("width") == "525pt"  # 700 pixels


def test_logo_is_up_to_date(tmp_path: Path) -> None:
    for path in draw("assets.logo", tmp_path).iterdir():
        stale = (ASSETS / path.name).read_bytes() != path.read_bytes()
        assert not stale, "run `python -m assets.logo`"


def test_cover_and_card_are_up_to_date(tmp_path: Path) -> None:
    draw("assets.cover", tmp_path)
    for name in ("cover.png", "card.png"):
        drawn, committed = imread(tmp_path / name), imread(ASSETS / name)
        assert committed.shape == drawn.shape
        # Not to the bit: edges are smoothed a little differently elsewhere.
        stale = np.abs(committed - drawn).mean() > 0.001
        assert not stale, "run `python -m assets.cover`"

"""Draw all diagrams: `python -m assets.diagrams [folder]`."""

import argparse
import pkgutil
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from matplotlib.figure import Figure

from assets import diagrams
from assets.diagrams import style

HERE = Path(__file__).parent


def drawings() -> dict[str, Callable[[], Figure]]:
    """Return what draws each picture, by the name of its files."""
    found = {}
    for module in pkgutil.iter_modules(diagrams.__path__):
        if module.name in ("__main__", "style"):
            continue
        drawn = import_module(f"assets.diagrams.{module.name}")
        if hasattr(drawn, "DRAWINGS"):
            found |= drawn.DRAWINGS
        else:
            found[module.name.replace("_", "-")] = drawn.draw
    return found


def main() -> None:
    """Draw everything, and rewrite only what has changed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=HERE)
    folder: Path = parser.parse_args().folder
    for name, draw in drawings().items():
        for kind, content in style.render(draw).items():
            path = folder / f"{name}.{kind}"
            if not path.exists() or path.read_bytes() != content:
                path.write_bytes(content)
                print("drew", path)


if __name__ == "__main__":
    main()

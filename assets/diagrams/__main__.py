"""Draw all diagrams: `python -m assets.diagrams [folder]`."""

import argparse
import pkgutil
from importlib import import_module
from pathlib import Path

from assets import diagrams
from assets.diagrams import style

HERE = Path(__file__).parent


def names() -> list[str]:
    """Return the modules of this package that draw something."""
    found = [module.name for module in pkgutil.iter_modules(diagrams.__path__)]
    return [name for name in found if name not in ("__main__", "style")]


def main() -> None:
    """Draw everything, and rewrite only what has changed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=HERE)
    folder: Path = parser.parse_args().folder
    for name in names():
        draw = import_module(f"assets.diagrams.{name}").draw
        for kind, content in style.render(draw).items():
            path = folder / f"{name.replace('_', '-')}.{kind}"
            if not path.exists() or path.read_bytes() != content:
                path.write_bytes(content)
                print("drew", path)


if __name__ == "__main__":
    main()

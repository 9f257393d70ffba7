"""Draw the logo and the icon: `python -m assets.logo [folder]`.

The mark is a learning curve that ends in a play button: do, and the loss
falls. Its colours keep a contrast of at least 3 on white and on black.
"""

import argparse
from pathlib import Path

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath

from assets.diagrams.style import BLUE

LETTERS = "#1984C4"  # between white and black
NAME = "Do to Learn"
MARK = f"""\
<rect width="64" height="64" rx="14" fill="{BLUE}"/>
<path d="M13 13C16 36 22 44 40 44" fill="none" stroke="#fff"
 stroke-width="6" stroke-linecap="round"/>
<path d="M37 31L54 44L37 57Z" fill="#fff" stroke="#fff"
 stroke-width="3" stroke-linejoin="round"/>
"""


def letters(words: str, x: float, y: float, size: float) -> tuple[str, float]:
    """Return words as an SVG path from (x, y), and where they end."""
    font = FontProperties(family="DejaVu Sans", weight="bold")
    path = TextPath((0, 0), words, size=size, prop=font)
    steps = []
    for points, kind in path.iter_segments(curves=True, simplify=False):
        flipped = [
            round(float(p) + x if i % 2 == 0 else y - float(p), 1)
            for i, p in enumerate(points)
        ]
        letter = {1: "M", 2: "L", 3: "Q", 4: "C", 79: "Z"}[int(kind)]
        steps.append(letter + " ".join(map(str, flipped * (letter != "Z"))))
    return "".join(steps), x + float(path.get_extents().x1)


def svg(width: float, content: str) -> str:
    """Wrap content of height 64 as an image with a name."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" role="img" '
        f'aria-label="{NAME}" viewBox="0 0 {width:g} 64">\n{content}</svg>\n'
    )


def main() -> None:
    """Write both images."""
    parser = argparse.ArgumentParser(description=__doc__)
    here = Path(__file__).parent
    parser.add_argument("folder", type=Path, nargs="?", default=here)
    folder: Path = parser.parse_args().folder
    outline, end = letters(NAME, 80, 44.5, 34)
    word = f'<path d="{outline}" fill="{LETTERS}"/>\n'
    (folder / "logo.svg").write_text(svg(round(end + 2), MARK + word))
    (folder / "favicon.svg").write_text(svg(64, MARK))


if __name__ == "__main__":
    main()

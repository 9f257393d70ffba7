"""Fetches what live code needs of thebe: `python -m assets.thebe`.

Of the package's 250 files a page with Python needs two; the others are
source maps, types, and editors for other languages. They are committed, so
that a fresh clone builds a whole site from PyPI alone, and an old commit
builds the site that it built then.
"""

import re
import sys
from pathlib import Path

from assets import npm

VERSION = "0.9.3"
SHA512 = (
    "45bffb91586d95f7d7adade421eeceb88184edac2c9b6fdf196c70db50e235f9"
    "d62e751088397d016a9876c84fc193c6ff90f32e9b0944f8b1db1b423ed26641"
)
FILES = ("index.js", "index.js.LICENSE.txt", "thebe.css")
FOLDER = Path(__file__).with_name("static") / "thebe"
SOURCE_MAP = re.compile(r"\n//# sourceMappingURL=.*\s*$")  # is left behind


def fetch(folder: Path) -> None:
    """Write the files; the licence, which the package lacks, lies there."""
    with npm.package("thebe", VERSION, SHA512) as package:
        for name in FILES:
            text = npm.content(package, f"lib/{name}").decode("utf8")
            (folder / name).write_text(SOURCE_MAP.sub("\n", text), "utf8")


if __name__ == "__main__":
    fetch(Path(*sys.argv[1:]) if sys.argv[1:] else FOLDER)

"""The oldest versions that the package allows, as constraints of pip.

    python tooling/upkeep/oldest.py > _build/oldest.txt

That is what a reader may have installed; what builds and tests the book has
exact versions. Runs with nothing but the standard library.
"""

import re
import tomllib
from pathlib import Path

BOUND = re.compile(r"(?P<name>[\w.-]+)>=(?P<version>[\w.]+)")


def oldest(pyproject: str) -> list[str]:
    r"""Return the lower bound of each dependency of the package.

    Args:
        pyproject: text of the file.

    Raises:
        ValueError: if a dependency has none.

    >>> oldest('[project]\ndependencies = ["torch>=2.6", "numpy>=1.26,<3"]')
    ['torch==2.6', 'numpy==1.26']
    """
    found = []
    for requirement in tomllib.loads(pyproject)["project"]["dependencies"]:
        bound = BOUND.match(requirement)
        if bound is None:
            raise ValueError(f"pyproject.toml: {requirement} has no bound")
        found.append(f"{bound['name']}=={bound['version']}")
    return found


if __name__ == "__main__":
    print("\n".join(oldest(Path("pyproject.toml").read_text("utf8"))))

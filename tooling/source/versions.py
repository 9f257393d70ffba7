"""Which versions of everything a build uses: the pinned ones, or others."""

import os
import platform
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, distributions, version
from pathlib import Path

MAIN = ("torch", "numpy", "matplotlib", "pandas", "ipykernel", "myst-nb")


def unpinned() -> bool:
    """Tell whether other versions than the pinned ones are asked for."""
    return os.environ.get("D2L_VERSIONS") == "any"


def fingerprinted(constraints: Path) -> bytes:
    """Return the versions that outputs depend on, to be fingerprinted.

    Args:
        constraints: the file of exact versions. With `D2L_VERSIONS=any` it
            is not obeyed, and what is installed counts.
    """
    if not unpinned():
        return constraints.read_bytes()
    found = {f"{d.name}=={d.version}" for d in distributions()}
    return "\n".join(sorted(found)).encode()


def require_pinned(found: Mapping[str, str], constraints: Path) -> None:
    """Check that versions are the pinned ones, unless others are asked for.

    Args:
        found: versions by name.
        constraints: the file of exact versions.

    Raises:
        ValueError: if one is not; names it.
    """
    if unpinned():
        return
    text = constraints.read_text("utf8")
    pins = dict(s.split("==") for s in text.split() if s.count("==") == 1)
    pins["Python"] = platform.python_version()
    others = ", ".join(
        f"{name} {number}"
        for name, number in found.items()
        # A pin without "+cpu" allows it.
        if pins.get(name) not in (None, number, number.partition("+")[0])
    )
    if others:
        raise ValueError(
            f"the environment has {others}, and constraints.txt pins others; "
            "make it anew: rm -r .venv"
        )


def installed(names: Iterable[str] = MAIN) -> dict[str, str]:
    """Return the versions of those of some packages that are installed."""
    found = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found

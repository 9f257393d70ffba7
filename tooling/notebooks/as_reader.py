"""Runs exported notebooks as a reader would, those that never ran like this.

Runs in the reader's environment, which has the package, a kernel and nothing
of this tooling. A notebook that ran to its end is remembered in the user's
cache by a digest of all that it met: its code, the installed package, the
version of everything else that is installed, and Python.
"""

import argparse
import hashlib
import os
import platform
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata, util
from pathlib import Path

import nbformat
import platformdirs
from nbclient import NotebookClient

CELL_SECONDS = 300
KEPT = 90  # days after the last time that a memory served


def environment() -> bytes:
    """Return a digest of what the kernels of this environment import."""
    total = hashlib.sha256(f"{sys.version} {platform.platform()}".encode())
    installed = metadata.distributions()
    for line in sorted({f"{d.name}=={d.version}" for d in installed}):
        total.update(line.encode())
    package = util.find_spec("d2l")
    if package is None or package.origin is None:
        raise SystemExit("the package d2l is not installed here")
    root = Path(package.origin).parent
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            total.update(str(path.relative_to(root)).encode())
            total.update(path.read_bytes())
    total.update(os.environ.get("D2L_DATA", "").encode())
    return total.digest()


def memory_of(notebook: Path, environment: bytes) -> Path:
    """Return the file that is there if a notebook ran.

    Args:
        notebook: its file.
        environment: digest of what it met.
    """
    cells = nbformat.read(notebook, 4).cells  # type: ignore[no-untyped-call]
    code = [cell.source for cell in cells if cell.cell_type == "code"]
    total = hashlib.sha256(environment + repr(code).encode())
    folder = platformdirs.user_cache_path("do-to-learn") / "notebooks"
    return folder / total.hexdigest()


def forget_old(folder: Path) -> None:
    """Delete the memories that served no build for a long time."""
    for path in folder.glob("*"):
        if time.time() - path.stat().st_mtime > KEPT * 24 * 3600:
            path.unlink(missing_ok=True)


def run(notebook: Path) -> str:
    """Run a notebook; return what went wrong, or nothing."""
    content = nbformat.read(notebook, 4)  # type: ignore[no-untyped-call]
    place = {"metadata": {"path": str(notebook.parent)}}
    client = NotebookClient(content, timeout=CELL_SECONDS, resources=place)
    try:
        client.execute()
    except Exception as error:  # whatever it was, the others go on
        return f"{error or type(error).__name__}"
    return ""


def outcomes(
    folder: Path, names: list[str], *, everything: bool
) -> Iterator[tuple[str, str]]:
    """Yield the name of each notebook that ran, with what went wrong.

    Args:
        folder: of the notebooks.
        names: of some, else all.
        everything: whether to run those, too, that ran like this before.
    """
    met = environment()
    chosen = [folder / f"{Path(n).with_suffix('')}.ipynb" for n in names]
    memories = {
        path: memory_of(path, met)
        for path in chosen or sorted(folder.rglob("*.ipynb"))
    }
    for memory in memories.values():
        if memory.exists():
            memory.touch()
    left = [p for p, m in memories.items() if everything or not m.exists()]
    print(f"{len(left)} of {len(memories)} notebooks to run", flush=True)
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for path, problem in zip(left, pool.map(run, left), strict=True):
            memory = memories[path]
            if problem:
                memory.unlink(missing_ok=True)
            else:
                memory.parent.mkdir(parents=True, exist_ok=True)
                memory.touch()
            yield path.relative_to(folder).as_posix(), problem
    for parent in {memory.parent for memory in memories.values()}:
        forget_old(parent)


def main() -> int:
    """Run notebooks, and say which of them failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", help="of notebooks, else all")
    parser.add_argument("--everything", action="store_true")
    options = parser.parse_args()
    failed = []
    for name, problem in outcomes(
        options.folder.resolve(),
        options.names,
        everything=options.everything,
    ):
        print(f"{name}: {problem or 'ran'}", flush=True)
        failed += [name] if problem else []
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

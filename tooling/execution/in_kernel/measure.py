"""What a page needed: its kernel runs this after the page's last cell."""

import importlib.metadata
import json
import os
import pathlib
import platform
import re
import sys


def peak_memory() -> int:
    """Return the most memory that this process held, in bytes."""
    status = pathlib.Path("/proc/self/status")
    if status.exists():  # elsewhere the process that started it counts too
        found = re.search(r"VmHWM:\s*(\d+) kB", status.read_text())
        if found:
            return 1024 * int(found[1])
    try:
        import resource
    except ImportError:  # Windows
        import psutil

        return int(psutil.Process().memory_info()._asdict()["peak_wset"])
    unit = 1 if sys.platform == "darwin" else 1024
    return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def device() -> str:
    """Return the name of the device that the page computed on."""
    chosen = sys.modules.get("d2l.train.device")
    kind = chosen.best_device().type if chosen else "cpu"
    if kind == "cuda":
        return str(sys.modules["torch"].cuda.get_device_name())
    if kind == "mps":
        return "Apple GPU"
    return f"CPU ({platform.machine()}, {os.cpu_count()} cores)"


def versions() -> dict[str, str]:
    """Return the versions of Python and of the main libraries."""
    found = {"Python": platform.python_version()}
    for name in ("torch", "numpy"):
        found[name] = importlib.metadata.version(name)
    return found


print(
    json.dumps(
        {
            "peak_memory": peak_memory(),
            "device": device(),
            "versions": versions(),
        }
    )
)

"""Installs packages with pip, whatever pip was told to do for other ends.

    python tooling/upkeep/install.py .venv/bin/python --editable '.[book,test]'

Settings of pip that lie about, in variables or files, may name the only way
to packages, and are kept as far as they do. Those that put packages elsewhere
or choose other ones (`user`, `target`, `require-virtualenv`, `constraint`)
are left out. Runs with nothing but the standard library.
"""

import ast
import os
import subprocess
import sys
from collections.abc import Mapping

#: How packages are reached.
KEPT = {
    "cache-dir",
    "cert",
    "client-cert",
    "extra-index-url",
    "find-links",
    "index-url",
    "keyring-provider",
    "no-cache-dir",
    "no-index",
    "proxy",
    "retries",
    "timeout",
    "default-timeout",
    "trusted-host",
}
SECTIONS = ("global", "install", ":env:")  # the later ones prevail


def cleaned(environ: Mapping[str, str], listed: str) -> dict[str, str]:
    """Return the environment in which pip keeps only what is meant for us.

    Args:
        environ: environment variables.
        listed: what `pip config list` says.

    >>> cleaned({"PIP_USER": "1", "HOME": "/"}, "install.proxy='http://p'")
    {'HOME': '/', 'PIP_CONFIG_FILE': '/dev/null', 'PIP_PROXY': 'http://p'}
    """
    settings: dict[tuple[str, str], str] = {}
    for line in listed.splitlines():
        key, found, value = line.partition("=")
        section, _, option = key.rpartition(".")
        if found and section in SECTIONS and option in KEPT:
            settings[section, option] = str(ast.literal_eval(value))
    own = {k: v for k, v in environ.items() if not k.startswith("PIP_")}
    own["PIP_CONFIG_FILE"] = os.devnull
    for section, option in sorted(
        settings, key=lambda s: SECTIONS.index(s[0])
    ):
        name = option.upper().replace("-", "_")
        own[f"PIP_{name}"] = settings[section, option]
    return own


def main(python: str, *arguments: str) -> int:
    """Install into the environment of a Python; return pip's exit status."""
    pip = [python, "-m", "pip", "--disable-pip-version-check"]
    listed = subprocess.run(
        [*pip, "config", "list"], capture_output=True, text=True
    )
    if listed.returncode:
        print(listed.stderr, file=sys.stderr)
        return listed.returncode
    environment = cleaned(os.environ, listed.stdout)
    command = [*pip, "install", "--quiet", *arguments]
    return subprocess.run(command, env=environment).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

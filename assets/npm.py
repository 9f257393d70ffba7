"""Packages of npm, whose files the site serves itself."""

import os
import tarfile

import pooch


def package(name: str, version: str, sha512: str) -> tarfile.TarFile:
    """Return a package, from the user's cache or the registry.

    Args:
        name: of the package, `@scope/name` if it has a scope.
        version: exactly.
        sha512: of the archive, hexadecimal.
    """
    registry = os.environ.get("npm_config_registry", "")  # noqa: SIM112
    host = registry.rstrip("/") or "https://registry.npmjs.org"
    file = f"{name.rpartition('/')[2]}-{version}.tgz"
    address = f"{host}/{name}/-/{file}"
    return tarfile.open(pooch.retrieve(address, f"sha512:{sha512}"))


def content(archive: tarfile.TarFile, path: str) -> bytes:
    """Return the content of a file of a package.

    Args:
        archive: the package.
        path: below its root.

    Raises:
        KeyError: if there is no such file.
    """
    file = archive.extractfile(f"package/{path}")
    assert file is not None, path
    return file.read()

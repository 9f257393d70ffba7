"""The Time Machine, a short novel of 1895: 178,979 characters."""

from d2l.data import downloads
from d2l.data.twins import manual

FILE = "timemachine.txt"
SIZE = 178_979


def load() -> str:
    """Read the novel, or as much of Python's manual.

    Returns:
        ASCII text of `SIZE` characters: capital and small letters, digits,
        punctuation and line feeds, lines of about 70 characters.

    Raises:
        ValueError: if the file is damaged.

    Source: Wells (1895), from Project Gutenberg.
    Same as: the twin in length and signs (tests/package/test_texts.py).
    """
    files = downloads.fetch("time_machine")
    if files is None:
        downloads.announce_twin("time_machine", "pages of Python's manual")
        return manual.draw(SIZE)
    return files[FILE].read_text(encoding="ascii")

"""Tiny Shakespeare: a million characters of plays, speaker by speaker."""

from d2l.data import downloads
from d2l.data.twins import manual

FILE = "input.txt"


def load() -> str:
    """Read the plays, or all of Python's manual.

    Returns:
        ASCII text of 1,115,394 characters, 65 different ones; the twin has
        about 465,000.

    Raises:
        ValueError: if the file is damaged.

    Source: Karpathy (2015), from the plays of William Shakespeare.
    Same as: the twin in its signs (tests/package/test_texts.py).
    """
    files = downloads.fetch("tiny_shakespeare")
    if files is None:
        downloads.announce_twin("tiny_shakespeare", "Python's manual")
        return manual.draw()
    return files[FILE].read_text(encoding="ascii")

"""Twelve English novels: eleven million characters of running text."""

import tarfile
from pathlib import Path

from d2l.data import downloads
from d2l.data.twins import manual

FILE = "gutenberg_books.tar.gz"
#: The books, by author; what a model is chosen by and tested on are others'
#: than those that it learns from.
BOOKS = (
    "emma",
    "pride_and_prejudice",
    "jane_eyre",
    "david_copperfield",
    "great_expectations",
    "tale_of_two_cities",
    "sherlock_holmes",
    "middlemarch",
    "moby_dick",
    "dracula",
    "frankenstein",
    "war_of_the_worlds",
)
VALIDATION = "frankenstein"
TEST = "war_of_the_worlds"


def load() -> dict[str, str]:
    """Read the books, or cut Python's manual into as many parts.

    Returns:
        Name, as in `BOOKS`, to ASCII text: lines of about 72 characters,
        paragraphs separated by empty lines; 340,000 to 1,930,000
        characters a book, about 39,000 a part of the twin.

    Raises:
        ValueError: if the archive is damaged, or lacks a book.

    Source: Project Gutenberg; authors who died between 1817 and 1946.
    Same as: the twin in names and signs (tests/package/test_texts.py).
    """
    files = downloads.fetch("gutenberg_books")
    if files is None:
        downloads.announce_twin("gutenberg_books", "parts of Python's manual")
        text = manual.draw()
        size = len(text) // len(BOOKS)
        return {
            book: text[i * size : (i + 1) * size]
            for i, book in enumerate(BOOKS)
        }
    return read(files[FILE])


def read(path: Path) -> dict[str, str]:
    """Read an archive of books, each in a file `<number>_<name>.txt`.

    Nothing is unpacked on the disk.

    Args:
        path: of the archive.

    Raises:
        ValueError: if it is no such archive, or lacks a book.
    """
    found = {}
    try:
        with tarfile.open(path, "r:gz") as archive:
            for member in archive:
                stream = archive.extractfile(member)
                name = Path(member.name).stem.partition("_")[2]
                if stream is not None:
                    found[name] = stream.read().decode("ascii")
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        raise ValueError(
            f"{path} is no archive of plain texts ({error})"
        ) from None
    if missing := set(BOOKS) - set(found):
        raise ValueError(f"{path} lacks the books {sorted(missing)}")
    return {book: found[book] for book in BOOKS}

"""Running text: the real sets where they are at hand, and their twin."""

import io
import os
import tarfile
from pathlib import Path

import pytest

from d2l.data import gutenberg_books, time_machine, tiny_shakespeare
from d2l.data.twins import manual

HERE = os.environ.get("D2L_DATA", "")
REAL = {
    "time_machine": (time_machine, 178_979, "The Time Machine, by H. G."),
    "tiny_shakespeare": (tiny_shakespeare, 1_115_394, "First Citizen:\nBefor"),
}
SOURCES = [(name, "twins") for name in REAL]
SOURCES += [(n, HERE) for n in REAL if HERE and (Path(HERE) / n).is_dir()]
BOOK_SOURCES = ["twins"]
if HERE and (Path(HERE) / "gutenberg_books").is_dir():
    BOOK_SOURCES.append(HERE)


@pytest.mark.parametrize(("name", "source"), SOURCES)
def test_the_text_is_plain(
    name: str, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same signs in all, and enough of them to learn from."""
    module, size, beginning = REAL[name]
    monkeypatch.setenv("D2L_DATA", source)
    monkeypatch.setenv("D2L_OFFLINE", "1")
    if source == "twins":
        with pytest.warns(UserWarning, match=f"`{name}`.*Python's manual"):
            text = module.load()
        assert name == "tiny_shakespeare" or len(text) == size
    else:
        text = module.load()
        assert len(text) == size and text.startswith(beginning)
    assert len(text) > 170_000 and 50 < len(set(text)) < 100
    assert text.isascii() and "\r" not in text and "\n\n" in text
    letters = sum(c.isalpha() for c in text)
    assert 0.65 < letters / len(text) < 0.85
    assert 0.1 < text.count(" ") / len(text) < 0.2


def test_the_manual_loses_nothing_but_what_ascii_lacks() -> None:
    whole = manual.draw()
    assert len(whole) > 400_000 and manual.draw(1000) == whole[:1000]
    assert "isn't" in whole or "it's" in whole
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            manual,
            "topics",
            {"a": "Don\u2019t \u2013 \u201cgo\u201d\u2026", "b": "3 °C"},
        )
        assert manual.draw() == 'Don\'t - "go"...\n\n3 C'


@pytest.mark.parametrize("source", BOOK_SOURCES)
def test_the_books_are_twelve(
    source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("D2L_DATA", source)
    monkeypatch.setenv("D2L_OFFLINE", "1")
    if source == "twins":
        with pytest.warns(UserWarning, match="not offered for download"):
            books = gutenberg_books.load()
    else:
        books = gutenberg_books.load()
    assert tuple(books) == gutenberg_books.BOOKS and len(books) == 12
    assert {gutenberg_books.VALIDATION, gutenberg_books.TEST} < set(books)
    assert len(set(books.values())) == 12
    size = sum(map(len, books.values()))
    assert size > (400_000 if source == "twins" else 11_400_000)
    for text in books.values():
        assert len(text) > 30_000 and text.isascii() and "\r" not in text
    if source != "twins":
        assert "Call me Ishmael" in books["moby_dick"]
        assert "the Martians" in books["war_of_the_worlds"]


def packed(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def test_an_archive_that_is_not_the_books_is_named(tmp_path: Path) -> None:
    books = {
        f"b/{i}_{n}.txt": b"x" for i, n in enumerate(gutenberg_books.BOOKS)
    }
    path = packed(tmp_path / "books.tar.gz", {"b/0_more.txt": b""} | books)
    assert set(gutenberg_books.read(path).values()) == {"x"}
    content = path.read_bytes()
    for damaged in (content[: len(content) // 2], b"<html>"):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=r"books.tar.gz"):
            gutenberg_books.read(path)
    fewer = {n: c for n, c in books.items() if "emma" not in n}
    with pytest.raises(ValueError, match=r"lacks the books \['emma'\]"):
        gutenberg_books.read(packed(path, fewer))
    with pytest.raises(ValueError, match="no archive of plain texts"):
        gutenberg_books.read(packed(path, books | {"b/0_é.txt": b"\xe9"}))

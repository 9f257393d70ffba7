"""Running text: the real sets where they are at hand, and their twin."""

import os
from pathlib import Path

import pytest

from d2l.data import time_machine, tiny_shakespeare
from d2l.data.twins import manual

HERE = os.environ.get("D2L_DATA", "")
REAL = {
    "time_machine": (time_machine, 178_979, "The Time Machine, by H. G."),
    "tiny_shakespeare": (tiny_shakespeare, 1_115_394, "First Citizen:\nBefor"),
}
SOURCES = [(name, "twins") for name in REAL]
SOURCES += [(n, HERE) for n in REAL if HERE and (Path(HERE) / n).is_dir()]


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

"""What the catalogue says of each data set is all that one must know."""

import re
from pathlib import Path

from d2l.data import catalogue

WORKS = Path(__file__).parents[2] / "book/references.bib"


def test_every_entry_is_complete() -> None:
    works = WORKS.read_text(encoding="utf-8")
    for name, dataset in catalogue.CATALOGUE.items():
        assert dataset.name == name and dataset.files
        assert dataset.licence and re.fullmatch(
            r"[a-z]+\d{4}\w*", (dataset.citation)
        )
        assert f"{{{dataset.citation}," in works
        assert all(re.fullmatch(r"https?://.+/", u) for u in dataset.urls)
        for file in dataset.files:
            assert re.fullmatch(r"[0-9a-f]{64}", file.sha256)
            assert file.size > 0 and "/" not in file.name

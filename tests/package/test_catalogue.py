"""What the catalogue says of each data set is all that one must know."""

import re

from d2l.data import catalogue


def test_every_entry_is_complete() -> None:
    for name, dataset in catalogue.CATALOGUE.items():
        assert dataset.name == name and dataset.files
        assert dataset.licence and re.fullmatch(
            r"[a-z]+\d{4}\w*", (dataset.citation)
        )
        assert all(re.fullmatch(r"https?://.+/", u) for u in dataset.urls)
        for file in dataset.files:
            assert re.fullmatch(r"[0-9a-f]{64}", file.sha256)
            assert file.size > 0 and "/" not in file.name

"""The book as its files describe it."""

import yaml

from tooling.source.book import Book


def test_settings_are_parsed_once_until_they_change(tmp_path, monkeypatch):
    """Each page of a build makes its book anew."""
    parsed = []
    parse = yaml.safe_load
    monkeypatch.setattr(
        yaml, "safe_load", lambda text: parsed.append(text) or parse(text)
    )
    path = tmp_path / "_config.yml"
    for title in ("One", "Two"):
        path.write_text(f"title: {title}\nrepository: {{url: https://a/b}}\n")
        for address in ("", "https://c/d", ""):
            monkeypatch.setenv("D2L_REPOSITORY", address)
            for _ in range(3):
                book = Book(tmp_path)
                assert book.config["title"] == title
                assert book.repository == (address or "https://a/b")
    assert len(parsed) == 2 * 2

"""What makes pages light, and what is packed with them."""

import zipfile
from types import SimpleNamespace

import pytest
import yaml

from tooling.source.book import Book
from tooling.website import checks, theme
from tooling.website import publish as site
from tooling.website.downloads import ADDED


def test_styles_are_bundled_with_addresses_that_hold(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a/one.css").write_text(
        '@charset "UTF-8";@import "../two.css";'
        ".x{background:url(../b/c.png)}"
        ".y{background:url('d.svg')}.z{background:url(data:,)}"
        '@font-face{font-family:"F";src:url(../fontawesome/f.woff2)}'
    )
    (tmp_path / "two.css").write_text(".x{color:red}")
    sheet = theme.style_bundle(tmp_path, ["a/one.css", "two.css"])
    assert 'url("b/c.png")' in sheet and 'url("a/d.svg")' in sheet
    assert "url(data:,)" in sheet and "font-face" not in sheet
    assert "@" not in sheet
    assert sheet.index(".y") < sheet.index("color:red")


def test_only_rules_that_a_page_uses_are_kept():
    sheet = ".used{color:red}.unused{color:blue}.used .gone{top:0}p{left:0}"
    kept = theme.pruned(sheet, {"used"})
    assert "red" in kept and "left:0" in kept
    assert "blue" not in kept and "gone" not in kept
    with pytest.raises(ValueError, match=r"book\.css"):
        theme.pruned("}{", set())


def test_scripts_are_bundled_once_and_settings_come_first(tmp_path):
    (tmp_path / "a.js").write_text("use(setting)\n//# sourceMappingURL=a.map")
    file = SimpleNamespace(filename="_static/a.js", attributes={})
    inline = SimpleNamespace(
        filename=None, attributes={"body": "let setting = 1"}
    )
    script = theme.script_bundle(tmp_path, [file, inline, file])
    assert script == "let setting = 1\n;\nuse(setting)\n"


@pytest.mark.parametrize("tag", ["i", "span"])
def test_icons_are_drawn_with_what_scripts_look_for(tag):
    icon = f'<{tag} class="theme-switch fa-solid  fa-moon fa-lg" '
    icon += f'data-mode="dark" title="Dark"></{tag}>'
    html = theme.ICON.sub(theme.drawn, icon)
    assert html.startswith("<svg") and 'data-mode="dark"' in html
    assert "theme-switch" in html and "fa-" not in html
    assert 'aria-hidden="true"' in html
    with pytest.raises(KeyError):
        theme.ICON.sub(theme.drawn, icon.replace("moon", "nothing"))


def test_an_archive_has_the_same_bytes_for_the_same_files(tmp_path):
    folder = tmp_path / "site"
    (folder / "a").mkdir(parents=True)
    (folder / "a/b.html").write_text("b" * 1000)
    (folder / ".buildinfo").write_text("")
    first = site.pack(folder, tmp_path / "first.zip").read_bytes()
    (folder / "a/b.html").touch()
    assert site.pack(folder, tmp_path / "second.zip").read_bytes() == first
    assert len(first) < 500
    with zipfile.ZipFile(tmp_path / "first.zip") as archive:
        assert archive.namelist() == ["do-to-learn/a/b.html"]


def test_links_to_what_make_site_adds_are_only_excused_before(tmp_path):
    page = '<article><a href="../d2l.pdf">PDF</a><a href="x">x</a></article>'
    (tmp_path / "book").mkdir()
    (tmp_path / "book/a.html").write_text(page)
    wrong = ["book/a.html: link to x, which does not exist"]
    assert checks.problems(tmp_path, missing=ADDED) == wrong
    assert len(checks.problems(tmp_path)) == 2


def test_a_fork_leads_to_itself(tmp_path, monkeypatch):
    config = {"repository": {"url": "https://github.com/a/b"}}
    (tmp_path / "_config.yml").write_text(yaml.safe_dump(config))
    monkeypatch.setenv("D2L_REPOSITORY", "https://github.com/c/d/")
    book = Book(tmp_path)
    assert book.repository == "https://github.com/c/d"
    assert book.site == "https://c.github.io/d/"

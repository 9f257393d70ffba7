"""Each gate lets a good site through and stops the fault that it is for."""

import pytest

from tooling.website import checks

GOOD = """<html><body><main><article>
<h1 id="title">Title</h1><img src="a.svg" alt="A picture.">
<p><code id='c'>{ref}`in code` <a href="#title">up</a></code>
<a href="other.html#there">on</a> <a href="https://example.org">out</a></p>
</article></main></body></html>"""


@pytest.fixture
def site(tmp_path):
    (tmp_path / "page.html").write_text(GOOD)
    (tmp_path / "other.html").write_text("<article id='there'></article>")
    (tmp_path / "a.svg").write_text("<svg/>")
    return tmp_path


def test_a_good_site_has_no_problems(site):
    assert checks.problems(site) == []


@pytest.mark.parametrize(
    ("good", "bad", "problem"),
    [
        ('alt="A picture."', "", "no alternative text"),
        ('alt="A picture."', 'alt="../a.svg"', "no alternative text"),
        ('src="a.svg"', 'src="b.svg"', "b.svg does not exist"),
        ("other.html#there", "nowhere.html", "does not exist"),
        ("other.html#there", "other.html#here", "no such place"),
        ("#title", "#titel", "no such place"),
        ("<code id='c'>", "", "raw markup"),
        ("Title", "&lt;Figure size 640x480 with 1 Axes&gt;", "as text"),
        ("<p>", '<p class="system-message">', "error message"),
        ("<p>", "<div class='cell_output'><p class='traceback'>", "traceback"),
    ],
)
def test_each_fault_is_found(site, good, bad, problem):
    assert good in GOOD
    (site / "page.html").write_text(GOOD.replace(good, bad, 1))
    found = checks.problems(site)
    assert len(found) == 1
    assert found[0].startswith("page.html: ") and problem in found[0]


def test_links_between_folders_are_followed(site):
    (site / "a b/c").mkdir(parents=True)
    (site / "a b/c/index.html").write_text("<h1 id='überall'>Everywhere</h1>")
    (site / "a b/deep.html").write_text(
        '<a href="../page.html#title">1</a> <a href="c/">2</a> '
        '<a href="c/index.html#%C3%BCberall">3</a> <a href="../a.svg#x">4</a>'
        "<pre><a href='c'>5</a></pre> <a href='?q=1#'>6</a>"
    )
    (site / "page.html").write_text(
        GOOD.replace("other.html#there", "a%20b/c")
    )
    assert checks.problems(site) == []
    (site / "a b/c/index.html").write_text("<h1>Nowhere</h1>")
    (found,) = checks.problems(site)
    assert found.startswith("a b/deep.html: link to c/index.html#%C3%BCberall")
    (site / "a b/c/index.html").unlink()
    assert len(checks.problems(site)) == 4
    (site / "a b/deep.html").write_text("<a href='../../etc/passwd'>1</a>")
    (site / "page.html").write_text("<a href='a%20b/deep.html'></a>")
    (found,) = checks.problems(site)
    assert "passwd, which does not exist" in found


def test_what_the_theme_brings_is_not_checked(site):
    (site / "_static").mkdir()
    (site / "_static/page.html").write_text("<a href='nowhere.html'></a>")
    assert checks.problems(site) == []


def test_a_link_of_every_page_is_reported_for_every_page(site):
    for name in ("page.html", "other.html"):
        (site / name).write_text("<a href='gone.html'></a>" * 2)
    assert [line.split(":")[0] for line in checks.problems(site)] == [
        "other.html",
        "page.html",
    ]


def test_an_error_report_and_an_empty_site_are_found(site, tmp_path):
    (site / "reports").mkdir()
    (site / "reports/page.err.log").write_text("Traceback")
    assert "error report" in checks.problems(site)[0]
    assert "no page" in checks.problems(tmp_path / "nowhere")[0]

"""Each gate lets a good site through and stops the fault that it is for."""

import pytest

from tooling import gates

GOOD = """<html><body><main><article>
<h1 id="title">Title</h1><img src="a.svg" alt="A picture.">
<p><code>{ref}`in code`</code> <a href="#title">up</a>
<a href="other.html#there">on</a> <a href="https://example.org">out</a></p>
</article></main></body></html>"""


@pytest.fixture
def site(tmp_path):
    (tmp_path / "page.html").write_text(GOOD)
    (tmp_path / "other.html").write_text("<article id='there'></article>")
    (tmp_path / "a.svg").write_text("<svg/>")
    return tmp_path


def test_a_good_site_has_no_problems(site):
    assert gates.problems(site) == []


@pytest.mark.parametrize(
    ("good", "bad", "problem"),
    [
        ('alt="A picture."', "", "no alternative text"),
        ('alt="A picture."', 'alt="../a.svg"', "no alternative text"),
        ('src="a.svg"', 'src="b.svg"', "b.svg does not exist"),
        ("other.html#there", "nowhere.html", "does not exist"),
        ("other.html#there", "other.html#here", "no such place"),
        ("#title", "#titel", "no such place"),
        ("<code>{ref}`in code`</code>", "{ref}`text`", "raw markup"),
        ("Title", "&lt;Figure size 640x480 with 1 Axes&gt;", "as text"),
        ("<p>", '<p class="system-message">', "error message"),
        ("<p>", "<div class='cell_output'><p class='traceback'>", "traceback"),
    ],
)
def test_each_fault_is_found(site, good, bad, problem):
    assert good in GOOD
    (site / "page.html").write_text(GOOD.replace(good, bad, 1))
    found = gates.problems(site)
    assert len(found) == 1
    assert found[0].startswith("page.html: ") and problem in found[0]


def test_an_error_report_and_an_empty_site_are_found(site, tmp_path):
    (site / "reports").mkdir()
    (site / "reports/page.err.log").write_text("Traceback")
    assert "error report" in gates.problems(site)[0]
    assert "no page" in gates.problems(tmp_path / "nowhere")[0]

"""Whole builds of a small book: website, plain Jupyter Book, PDF."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.tooling.conftest import FRONT, cell
from tooling.pdf import checks

PAGE = (
    FRONT
    + """(target)=
# A page

```{listing} d2l.models.lenet.LeNet
```

"""
    + cell(
        "from d2l.notebook import glue\n\n"
        "count = sum(p.numel() for p in LeNet().parameters())\n"
        "glue(count=count)"
    )
    + "% lint: allow words because the reader does not see it\n\n"
    + "It has {glue:text}`count:,` parameters. 参数 $x^2 \\text{参数}$\n\n"
    + cell(
        "assert count > 60_000, 'LeNet is *not* small.'",
        ":tags: [claim]\n",
    )
    + """```{exercise-start} Half
:label: half
```

Halve it.

```{exercise-end}
```

```{solution-start} half
:class: dropdown
```

"""
    + cell("print('solved by', 0.5)")
    + """```{solution-end}
```
"""
)
INDEX = "# Index\n\nSee {ref}`target`.\n"


def article(path: Path) -> str:
    text = path.read_text("utf8")
    return re.search("<article.*?</article>", text, re.DOTALL)[0]


def test_the_site_shows_listing_number_claim_and_solution(make_book):
    book = make_book({"index": INDEX, "page": PAGE})
    done = book.run("html")
    assert done.returncode == 0, done.stdout + done.stderr
    built = book.root / "_build/html/book/page.html"
    whole, text = built.read_text("utf8"), article(built)
    plain = re.sub("<[^>]+>", "", text)
    assert "# d2l/models/lenet.py" in plain and "class LeNet" in plain
    assert "It has 61,706 parameters." in plain
    assert "lint: allow" not in whole  # a comment of the page
    claim = text[text.index('<div class="claim">') :]
    assert 'aria-label="Checked:">✓</span> LeNet is *not* small.' in claim
    assert "<details" in claim and "<details open" not in claim
    assert "solved by 0.5" in plain
    # Mathematics is there without any script.
    assert '<span class="katex">' in text and "<math" in text
    assert not re.findall(r'<script[^>]*src="[^"]*(?:mathjax|katex)', whole)
    styles = re.findall(r'href="([^"?]*book\.css)', whole)
    assert ".katex" in (built.parent / styles[0]).read_text("utf8")
    config = yaml.safe_load((book.root / "_config.yml").read_text())
    assert f"Copyright {config['copyright']}." in whole
    # A plain Jupyter Book build gives the same, from the same outputs.
    script = Path(sys.executable).with_name("jupyter-book")
    other = book.root / "plain"
    command = [str(script), "build", ".", "--path-output", str(other)]
    subprocess.run(
        command,
        cwd=book.root,
        env=book.environment,
        check=True,
        capture_output=True,
    )
    assert article(other / "_build/html/book/page.html") == text


def test_what_changed_is_built_again(make_book):
    book = make_book({"index": INDEX, "page": PAGE})
    assert book.run("html").returncode == 0
    built = book.root / "_build/html/book/page.html"
    book.write("book/page", PAGE + "\nA further sentence.\n")
    module = book.root / "d2l/models/lenet.py"
    wider = module.read_text().replace("84", "85")
    module.write_text(wider)
    done = book.run("html")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "A further sentence." in article(built)
    assert "It has 61,837 parameters." in re.sub("<[^>]+>", "", article(built))
    # A failure leaves the site as it was.
    before = built.read_text()
    book.write("book/page", PAGE.replace("60_000", "70_000"))
    assert book.run("html").returncode == 1
    assert built.read_text() == before


def test_a_plain_build_executes_by_itself(make_book):
    book = make_book({"index": INDEX, "page": PAGE})
    fonts = book.root / "_build/matplotlib"
    shutil.rmtree(fonts)
    script = Path(sys.executable).with_name("jupyter-book")
    subprocess.run(
        [str(script), "build", "."],
        cwd=book.root,
        env=book.environment,
        check=True,
        capture_output=True,
    )
    first = article(book.root / "_build/html/book/page.html")
    assert "61,706" in first
    assert [*fonts.glob("fontlist-*.json")]  # or a figure would be late
    done = book.run("html")
    assert " 0 executed" in " " + done.stdout  # found in the cache
    assert article(book.root / "_build/html/book/page.html") == first


def test_a_warning_fails_each_build_until_it_is_mended(make_book):
    book = make_book({"index": INDEX, "page": "# No target\n"})
    for _ in range(2):
        done = book.run("html")
        assert done.returncode == 1
        assert "undefined label: 'target'" in done.stdout + done.stderr
    book.write("book/page", "(target)=\n# A target\n")
    done = book.run("html")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("$\\nosuchmacro$", "Undefined control sequence"),
        (cell("import warnings\nwarnings.warn('Old.')"), "stderr"),
    ],
)
def test_a_wrong_formula_or_a_warning_of_a_cell_stops_the_build(
    make_book, text, problem
):
    book = make_book({"index": INDEX, "page": f"{PAGE}\n{text}\n"})
    done = book.run("html")
    assert done.returncode == 1
    assert problem in done.stdout + done.stderr


def test_a_missing_object_stops_the_build_with_its_line(make_book):
    text = PAGE.replace("lenet.LeNet", "lenet.LeNot")
    done = make_book({"index": INDEX, "page": text}).run("html")
    assert done.returncode == 1
    assert "book/page.md:9: " in done.stderr
    assert "the nearest is d2l.models.lenet.LeNet" in done.stderr
    assert "Traceback" not in done.stderr


def test_front_matter_without_kernel_is_reported(make_book):
    text = PAGE.replace("kernelspec: {", "kernel: {")
    done = make_book({"index": INDEX, "page": text}).run("html")
    assert done.returncode == 1
    assert "book/page.md: the front matter needs the line" in done.stderr


def test_pdf_without_tex_stops_at_once(make_book):
    book = make_book({"index": INDEX, "page": PAGE})
    done = book.run_process("pdf", PATH=str(Path(sys.executable).parent))
    assert done.returncode == 1
    assert "sudo apt-get install latexmk texlive-xetex" in done.stderr
    built = [path.name for path in (book.root / "_build").iterdir()]
    assert built == ["matplotlib"]  # which the test has put there


def test_the_log_of_tex_is_read():
    log = (
        "Missing character: There is no 参 (U+53C2) in font FreeSerif!\n"
        "Overfull \\hbox (3.0pt too wide) in paragraph at lines 1--2\n"
        "Overfull \\hbox (30.5pt too wide) in paragraph at lines 3--4\n"
        "LaTeX Warning: Reference `page:a' on page 2 undefined on line 9.\n"
    )
    found = checks.log_problems(log)
    assert len(found) == 3
    assert "U+53C2" in found[0] and "30.5 points" in found[2]
    assert "page:a" in found[1]

"""A broken page and near misses for each rule of a page.

In all of them the text HERE, or another piece, of a good page is replaced.
"""

import re
from pathlib import Path

import matplotlib
import pytest
import yaml
from fontTools.ttLib import TTFont

from tests.tooling.conftest import FRONT, cell
from tooling.__main__ import main
from tooling.rules import RULES, check, explain, findings, letters, reference
from tooling.rules.library import Library
from tooling.rules.openings import OPENING
from tooling.source.book import Book

ROOT = Path(__file__).parents[2]
ASKED = "```{exercise} E0\n:label: e0\n\nDo it.\n```\n"
SOLUTION = "```{solution} e0\n:class: dropdown\n\nDone.\n```\n"
EXERCISE = f"{ASKED}\n{SOLUTION}\n"
SOLVED = "".join(
    EXERCISE.replace("e0", f"e{i}").replace("E0", f"E{i}") for i in range(4)
)
FIVE_OF_SEVEN = EXERCISE.replace("e0", "e4") + "\n".join(
    ASKED.replace("e0", f"e{i}") for i in (5, 6)
)
GOOD = (
    FRONT
    + "(page)=\n# A page\n\n"
    + "It goes wrong {cite}`lecun1998gradient`.\n\nHERE\n\n"
    + cell("x = 1")
    + cell("assert x == 1, 'One.'", ":tags: [claim]\n")
    + "## Summary\n\nOne. Two. Three.\n\n## Exercises\n\n"
    + SOLVED
)
NOTATION = (
    "# Notation\n\n## Letters of shapes\n\n"
    "| letters | for |\n| --- | --- |\n"
    "| `B N T K` | all |\n| `n h` | some |\n\n## Others\n\n| `Q` | no |\n"
)
OTHER = "(other)=\n# Other\n\n$$\na = b\n$$ (eq-other)\n"


SECOND = ":label: e1\n\nDo it.\n```\n\n```{solution} e1"
LAST = SOLVED[SOLVED.index("```{exercise} E3") :]
LAST_TWO = SOLVED[SOLVED.index("```{exercise} E2") :]


def gated(*lines):
    """An exercise whose solution holds a cell."""
    return (
        "```{exercise} G\n:label: g\n\nDo.\n```\n\n"
        "```{solution-start} g\n:class: dropdown\n```\n\n"
        + cell("\n".join(lines))
        + "```{solution-end}\n```"
    )


def drawing(*options, code="figure = plot.curves(1, {})"):
    return cell("---\n" + "\n".join(["mystnb:", *options, "---", code]))


CAPTION = ("  figure:", "    name: fig-f", "    caption: |", "      See it.")
ALT = ("  image:", "    alt: A line.")
FIGURE = "```{figure} f.svg\n:alt: A line.\n\nSee it.\n```"
GLUE = cell("glue(a=1)") + "{glue:text}`a:.1f`"
ALLOW = "% lint: allow words because it is quoted"
PLOT = "def f():\n    plt.plot()"
CLOCK = "def clock():\n    return time.perf_counter()"

# Rule: what is replaced, by what, and a piece of the line to be reported.
BROKEN = {
    "cell-length": [("x = 1\n", "x = 1\n" * 36, "{code-cell} python")],
    "cell-width": [
        ("x = 1\n", f"x = 1\ny = '{80 * 'a'}'\n", "y = "),
        ("x = 1\n", f":tags: [a]\n\ny = '{80 * 'a'}'\n", "y = "),
    ],
    "nested-cell": [
        ("HERE", ":::{note}\nA\n\n" + cell("y = 2") + ":::", "code-cell"),
        ("HERE", "- A\n\n  ```{code-cell} python\n  y = 2\n  ```", "code-c"),
        (
            "Do it.\n```",
            "Do.\n\n  ```{code-cell} r\n  y = 2\n  ```\n```",
            "} r",
        ),
        (
            "HERE",
            "::::{note}\n```{listing} d2l.losses.cross_entropy\n```\n::::",
            "listing",
        ),
        ("HERE", ":::{code-cell} python\ny = 2\n:::", "code-cell"),
    ],
    "kernel": [
        ("name: python3", "name: conda-d2l", "kernelspec"),
        (FRONT, "", "(page)="),
    ],
    "listing": [("HERE", "```{listing} d2l.losses.no\n```", "losses.no")],
    "claim": [
        (":tags: [claim]\n", "", "# A page"),
        (":tags: [claim]\n", "# a claim\n", "# A page"),
    ],
    "claim-sentence": [
        (", 'One.'", "", "assert"),
        ("'One.'", "'One'", "assert"),
        ("'One.'", "'One.'\nassert x, f'One {x}.'", "assert x, f"),
        ("x = 1\n", ":tags: [claim]\n\nx = 1\n", "{code-cell} python"),
        ("assert x", "%matplotlib inline\nassert x", "%matplotlib"),
    ],
    "seeds": [
        ("x = 1\n", f"for seed in {few}:\n    run(seed)\n", "for seed")
        for few in ("(0, 1)", "range(4)", "range(1, 4)", "[7]")
    ]
    + [
        ("x = 1\n", "S = (1, 2, 3)\nx = [run(seed) for seed in S]\n", "x ="),
        ("x = 1\n", "x = [run(s) for s in range(3)]\n", "x ="),
        (
            "x = 1\n",
            "n, seeds = scale(cpu=(9, 3), cuda=(9, 9))\n"
            "x = [run(s) for s in range(seeds)]\n",
            "x =",
        ),
        ("x = 1\n", "over_seeds(run, 4)\n", "over_seeds"),
        (
            "x = 1\n",
            "over_seeds(\n    run,\n    seeds=range(2),\n)\n",
            "seeds=",
        ),
    ],
    "tautology": [
        ("assert x == 1", f"assert {always}", "assert")
        for always in ("x == x", "1 < 2", "True", "x > 1 or 2 > 1", "x >= x")
    ],
    "timing": [
        ("HERE", "On a GPU.\n\n" + cell("t = time.time()"), "{code-cell}"),
        ("x = 1\n", f"{CLOCK}\n```\n\n```{{code-cell}} r\nclock()\n", "} r"),
        ("x = 1\n", ":tags: [timing]\n\nx = 1\n", "{code-cell}"),
    ],
    "caption": [
        ("HERE", drawing(*ALT), "{code-cell}"),
        ("HERE", FIGURE.replace("\nSee it.\n", ""), "{figure}"),
        ("HERE", "```{image} f.svg\n:alt: A line.\n```", "{image}"),
        ("HERE", "A\n\n![A line.](f.svg)", "![A"),
        ("HERE", drawing(*ALT, code=PLOT + "\n\n\nf()"), "{code-cell}"),
    ],
    "alt-text": [
        ("HERE", drawing(*CAPTION), "{code-cell}"),
        ("HERE", drawing(*CAPTION, code="run()"), "{code-cell}"),
        ("HERE", FIGURE.replace(":alt: A line.\n", ""), "{figure}"),
        ("HERE", "One\ntwo ![](f.svg) three", "![]"),
    ],
    "data-before-figure": [
        (
            "HERE",
            drawing(*CAPTION, *ALT, code="x = mnist.batches(8)\nplt.plot(x)"),
            "{code-cell}",
        ),
    ],
    "typed-number": [
        ("HERE", f"One\n{typed}.", typed)
        for typed in (
            "accuracy of 0.89",
            "accuracy on the test set is 89%",
            "error fell to 3.2 per cent",
            "a loss of about 2",
            "the cross-entropy is $0.31$",
            "98.3 % come out",
            "reaches 89%",
            "LeNet is right in 98% of the cases",
            "has 61,706 parameters",
            "has $61{,}706$ trainable parameters",
            "with 4% of the parameters",
            "takes 12 seconds",
            "took only 3.5 ms",
            "12 ms a step",
            "trains in 5 minutes",
            "12 times as fast",
            "$12\\times$ faster",
        )
    ]
    + [
        ("HERE", "Two `a\nb` is\n99.5% x", "99.5"),
        ("HERE", drawing(*CAPTION, "      It\n      took 3 s", *ALT), "took"),
        ("Do it.", "It takes 12 seconds.", "takes"),
    ],
    "glue-undefined": [("HERE", GLUE + "\n{glue:text}`b:,`", "`b:,`")],
    "glue-unused": [("HERE", GLUE + "\n\n" + cell("\nglue(b=2)"), "b=2")],
    "undefined-label": [
        ("HERE", f"One\n{role}", role)
        for role in (
            "{ref}`no`",
            "{ref}`text <no>`",
            "{ref}`eq-other`",
            "{numref}`Figure %s <no>`",
            "{eq}`other`",
            "{doc}`other/no`",
            "[text](no)",
            "[text](#no)",
            "[](../other.md#no)",
            "[](no.md)",
        )
    ]
    + [("Do it.", "Do it, {ref}`no`.", "`no`")],
    "duplicate-label": [
        ("HERE", "(other)=\n## Again", "(other)="),
        (SECOND, SECOND.replace("e1", "e0"), "{exercise} E1"),
        ("HERE", "$$\na\n$$ (eq-other)", "$$"),
        ("HERE", FIGURE.replace(":alt", ":name: other\n:alt"), "{figure}"),
    ],
    "undefined-citation": [
        ("HERE", "One {cite}`lecun1998gradient,no2000`", "no2000"),
        ("Do it.", "Do {cite:t}`no2000`.", "no2000"),
    ],
    "shape-letters": [
        ("x = 1\n", "x = 1\ny = 2  # (B, P), (n,) -> (B,)\n", "# (B, P)"),
        ("x = 1\n", "x = 1\ny = 2  # (n, h + w - 1)\n", "# (n, h"),
        ("x = 1\n", "x = 1  # (p, q) -> ()\n", "# (p, q)"),
        ("HERE", "It has the shape $(B,\\, P)$.", "P)$"),
        ("HERE", "One of shape `(P, 3)`.", "(P, 3)"),
    ],
    "opening": [
        ("It goes wrong", f"{opening} it", opening)
        for opening in ("In this section", "This page shows", "We introduce")
    ]
    + [("\nIt goes wrong", "\n- It goes wrong", "- It")],
    "heading": [
        ("HERE", "### Deep", "### Deep"),
        ("HERE", "# Twice", "# Twice"),
        ("# A page", "## A page", "## A page"),
    ],
    "page-label": [("(page)=", "(pages)=", "# A page")],
    "citation": [("{cite}`lecun1998gradient`", "here", "# A page")],
    "summary": [
        ("One. Two. Three.", "One, e.g. 2.5. Two.", "## Summary"),
        ("## Summary", "## End", "# A page"),
    ],
    "exercises": [(LAST, "", "## Exercises")],
    "solutions": [
        ("HERE", FIVE_OF_SEVEN, "## Exercises"),
        (LAST_TWO, LAST_TWO.replace("{solution}", "{note}"), "## Exercises"),
    ],
    "solution-target": [("{solution} e3", "{solution} e9", "{solution} e9")],
    "solution-folded": [
        ("{solution} e3\n:class: dropdown", "{solution} e3", "{solution} e3")
    ],
    "solution-check": [("HERE", gated("y = 2"), "{code-cell}")],
    "words": [
        ("HERE", "One\nis crucial.", "crucial"),
        ("HERE", "It is important\nto note it.", "It is important"),
        ("HERE", "| a |\n| --- |\n| delves |", "delves"),
        ("Do it.", "Do the powerful.", "powerful"),
        ("HERE", f"{ALLOW}\n\nIt is crucial.\n\nIt delves.", "delves"),
    ],
    "spelling": [
        ("HERE", "One\ncolor.", "color"),
        ("HERE", "One. Optimisers.", "Optimisers"),
        ("## Summary", "## Gray\n\nA.\n\n## Summary", "Gray"),
    ],
    "bold": [("HERE", "**A** and **b**\nand **c**", "**c**")],
    "dashes": [("HERE", "A \u2014 b \u2013 c -- d\n\u2014 e", "\u2014 e")],
    "questions": [("HERE", "A? B?\nC?", "C?")],
    "glyph": [
        ("HERE", "## Launch \N{ROCKET}", "## Launch"),
        ("HERE", "One\ntwo \N{SNOWMAN}.", "two"),
        ("HERE", "One\n`a \N{MATHEMATICAL BOLD SMALL A}`.", "`a"),
        (
            "HERE",
            drawing(
                "  figure:", "    caption: |", "      See \N{ROCKET}.", *ALT
            ),
            "See",
        ),
        ("x = 1\n", "x = 1\ny = '\N{ROCKET}'\n", "y ="),
        ("Do it.", "Do \N{THAI CHARACTER KO KAI}.", "Do"),
    ],
    "anchor": [
        ("HERE", "## 2017\n\nA.", "## 2017"),
        ("HERE", "## \u5377\u79ef\n\nA.", "## \u5377"),
        ("HERE", "## One\n\nA.\n\n### One", "### One"),
        ("HERE", "(far)=\n\nA.\n\n## 2017", "## 2017"),
    ],
    "exception": [
        ("HERE", f"{ALLOW}\n\nIt is needless.", "% lint"),
        ("HERE", "% lint: allow words", "% lint"),
        ("HERE", "% lint: allow words because ", "% lint"),
        ("HERE", "% lint: allow wrods because it is quoted", "% lint"),
        ("HERE", "% lint: words are fine", "% lint"),
        ("HERE", f"A.\n{ALLOW}\nIt is crucial.", "% lint"),
        ("HERE", f"(a)=\n{ALLOW}\n## It is crucial", "% lint"),
        ("Do it.", f"{ALLOW}\n\nDo it.", "% lint"),
        ("HERE", f"{ALLOW}\n\nA.\n\n- It is `crucial`.", "% lint"),
    ],
}
NEAR = {
    "cell-length": [("x = 1\n", "x = 1\n" * 35)],
    "cell-width": [("x = 1\n", f"y = '{73 * 'a'}'\n")],
    "nested-cell": [("HERE", gated("assert True"))],
    "kernel": [("display_name", "digest: 1, display_name")],
    "listing": [
        ("HERE", "```{listing} d2l.losses.cross_entropy\n```"),
        ("HERE", ":::{listing} d2l.train.trainer.Trainer\n:::"),
    ],
    "seeds": [
        ("x = 1\n", code)
        for code in (
            "for seed in range(5):\n    run(seed)\n",
            "over_seeds(run)\n",
            "over_seeds(run, seeds=10)\n",
            "n = run()\nfor seed in range(n):\n    run(seed)\n",
            "for rate in (1, 2):\n    run(rate)\n",
        )
    ],
    "tautology": [
        ("assert x == 1", "assert x > 1 or y > 1"),
        ("assert x == 1", "assert x != x"),
        ("x = 1\n", "assert 1 < 2\n"),
    ],
    "claim-sentence": [("'One.'", "(\n    'One '\n    'more.'\n)")],
    "timing": [
        ("x = 1\n", f"{CLOCK}\n"),
        (
            "HERE",
            "One core.\n\n" + cell(f"{CLOCK}\nclock()", ":tags: [timing]"),
        ),
    ],
    "caption": [
        ("HERE", drawing(*CAPTION, *ALT)),
        ("HERE", "The button ![Run](f.svg) runs it."),
        ("HERE", FIGURE),
        ("x = 1\n", f"{PLOT}\n"),
        ("x = 1\n", "plt.plot()\nplt.close()\n"),
        ("x = 1\n", "colour = plot.CYCLE[0]\n"),
        ("x = 1\n", ":tags: [remove-output]\n\nplot.curves(1, {})\n"),
    ],
    "data-before-figure": [
        ("x = 1\n", "x = mnist.batches(8)\n"),
        ("HERE", drawing(*CAPTION, *ALT, code="plt.plot(torch.load(f))")),
    ],
    "typed-number": [
        ("HERE", sentence)
        for sentence in (
            "It has an accuracy of 0.89 {cite}`lecun1998gradient`.",
            "If it had an accuracy of 0.5, it would be useless.",
            "Is an accuracy of 0.9 good?",
            "A classifier is right on 90% of the pictures.",
            "Numbers have 24 binary digits of precision.",
            "The learning rate is 0.1 and the error is small.",
            "It is larger with probability 97.5%.",
            "The loss is $\\log 10 \\approx 2.303$.",
            "Its accuracy is $1 - 0.02 = 98\\%$.",
            "The squared error against targets 0 and 1 is odd.",
            "It has 3 parameters.",
            "Pruning removes 90% of the weights.",
            "Spoil 5% of the targets.",
            "A ride takes 22 minutes.",
            "The files have 31 MB.",
            "| a |\n| --- |\n| accuracy of 0.89 |",
            "Write `an accuracy of 0.89`.",
            "There is an error in 3 lines, a loss of memory.",
            "[It](https://a.org) has 2,000 numbers.",
            "```{exercise-start} G\n:label: g\n```\n\nIts recall is 0.9.\n\n"
            "```{exercise-end}\n```",
        )
    ]
    + [("Do it.", "A detector has a recall of 0.9.")],
    "glue-undefined": [
        ("HERE", GLUE),
        ("HERE", GLUE.replace("a=1", "'a', 1")),
        ("HERE", GLUE.replace("a=1", "**found")),
    ],
    "undefined-label": [
        ("HERE", text)
        for text in (
            "{ref}`other`, {ref}`Other <other>`, {ref}`Page`, {ref}`genindex`",
            "{eq}`eq-other`, {ref}`e0`, {doc}`../other`, {doc}`/book/other`",
            "[](other), [](#other), [](../other.md), [](../other.md#other)",
            "[a](https://a.org/no), [b](mailto:a@a.org), <https://a.org>",
            drawing(*CAPTION, *ALT) + "{numref}`fig-f`",
            FIGURE.replace(":alt", ":name: f\n:alt")
            + "\n\n{numref}`A %s <f>`",
            "```{math}\n:label: eq-m\na\n```\n\n{eq}`eq-m`",
            "\\begin{align}\na\\label{eq-n}\n\\end{align}\n\n{eq}`eq-n`",
            "One ![A line.](f.svg){#fig-g} {ref}`text <fig-g>`",
        )
    ],
    "undefined-citation": [
        ("HERE", "{cite:t}`{see}lecun1998gradient{p. 2}`"),
        ("HERE", "`` {cite}`no2000` ``"),
    ],
    "shape-letters": [
        ("x = 1\n", f"x = 1  # {comment}\n")
        for comment in (
            "(B, 2 * n, h)",
            "(x, y) in pixels",
            "(), (n,) -> (..., B)",
            "the place (P, Q)",
            "(a copy)",
        )
    ]
    + [
        ("HERE", "The point $(P, Q)$."),
        ("HERE", "The shape is $(m, k)$, or `(B, n)`."),
    ],
    "opening": [("It goes wrong", "Westward we go on this page")],
    "summary": [("One. Two.", "One. Two, e.g. 2.5 of Fig. 3. A? B! C.")],
    "solutions": [("{solution} e3", "{note} e3")],
    "solution-check": [
        ("HERE", gated("y = 2", "assert y == 2")),
        ("HERE", gated("y = 2").replace(cell("y = 2"), "It is two.\n\n")),
        ("HERE", gated("X").replace(cell("X"), drawing(*CAPTION, *ALT))),
    ],
    "words": [
        ("HERE", "The word `crucial`, and *Dive into Deep Learning*."),
        ("HERE", cell("crucial = 1  # delve")),
    ],
    "spelling": [
        ("HERE", "The Center of Gray, `color`, a promise, otherwise."),
        ("HERE", "The parameters are realistic exercises of noise."),
    ],
    "bold": [("HERE", "**A** and **b**.\n\n**C**")],
    "dashes": [("HERE", "A \u2014 b \u2014 c \u2014 d, 1\u20132, `a -- b`.")],
    "questions": [
        ("HERE", "A? B? C. D? E?"),
        ("Do it.", "A? B? C? D?"),
    ],
    "glyph": [
        (
            "HERE",
            "**\u00c9** \u2190 \u00d7 \u20ac \u03b1"
            " \u5377\u79ef\uff0c \u201c\u2026\u201d"
            " $\N{MATHEMATICAL BOLD SMALL A}$",
        ),
        ("HERE", "`\u03b1\u2080 \u221a2 \u2502`"),
        ("x = 1\n", "x = 1  # \u03bb\u00b2 \u2212 \u2500\n"),
    ],
    "anchor": [
        ("HERE", "(attention)=\n## 2017\n\nA."),
        ("HERE", "## 2017, the year"),
        ("HERE", "## One\n\nA.\n\n(again)=\n### One"),
    ],
    "exception": [
        ("HERE", f"{ALLOW}\n\nIt is\ncrucial."),
        ("HERE", f"{ALLOW}\n\n- It is\n- crucial."),
        ("Do it.", f"{ALLOW}\n\nDo the crucial."),
        ("HERE", f"{ALLOW}\n\n(a)=\n## Crucial"),
        (
            "HERE",
            f"{ALLOW}\n% lint: allow bold because it is a list of terms\n"
            "**A**, **b**, **c** are crucial.",
        ),
        (
            "(page)=\n# A page\n\nIt goes wrong {cite}`lecun1998gradient`.",
            "% lint: allow citation because nobody knows\n"
            "(page)=\n# A page\n\nIt goes wrong.",
        ),
        (
            "x = 1\n```",
            "x = 1\n```\n\n% lint: allow cell-width because it is a address\n"
            f"```{{code-cell}} python\ny = '{80 * 'a'}'\n```",
        ),
        ("HERE", "% a remark, not about the rules\n\nA."),
        (
            FRONT,
            FRONT.replace("python3", "other")
            + "% lint: allow kernel because the page is about kernels\n\n",
        ),
    ],
}


def cases(table):
    return [(rule, *case) for rule in table for case in table[rule]]


@pytest.fixture
def lint(tmp_path):
    """Return a function that finds what is wrong with one page."""

    def lint(text, name="chapter/page"):
        config = {
            "parse": yaml.safe_load((ROOT / "_config.yml").read_text())[
                "parse"
            ],
            "bibtex_bibfiles": ["book/references.bib"],
        }
        pages = {"notation": NOTATION, "other": OTHER, name: text}
        toc = {
            "format": "jb-book",
            "root": "book/notation",
            "chapters": [{"file": f"book/{name}"} for name in [*pages][1:]],
        }
        (tmp_path / "book/chapter").mkdir(parents=True, exist_ok=True)
        (tmp_path / "_config.yml").write_text(yaml.safe_dump(config))
        (tmp_path / "_toc.yml").write_text(yaml.safe_dump(toc))
        entry = "@article{lecun1998gradient,\n  year = {1998}\n}\n"
        (tmp_path / "book/references.bib").write_text(entry)
        for name, page in pages.items():
            (tmp_path / f"book/{name}.md").write_text(page)
        return check(Book(tmp_path))

    return lint


OPENED = FRONT + OPENING.lstrip()
# What is missing on an opening page, and the heading that is reported.
MISSING = [
    ("## Afterwards you can\n\nYou can add up a list.\n", "# Loops"),
    (":name: fig-map-chapter\n", "## Pages"),
    ("```{tableofcontents}\n```\n", "## Pages"),
    ("in {minutes}`the chapter`", "## Pages"),
    ("check, max", "## Project"),
    ("def check(add):\n    ", "## Project"),
    (OPENING[OPENING.index("```{exercise}") :], "## Project"),
    (OPENING[OPENING.index("```{solution-start}") :], "## Project"),
]


def test_an_opening_page_is_no_page_that_teaches(lint):
    assert lint(OPENED, "chapter/index") == []


@pytest.mark.parametrize(("old", "heading"), MISSING)
def test_what_an_opening_page_lacks_is_named(lint, old, heading):
    assert old in OPENED
    found = lint(OPENED.replace(old, ""), "chapter/index")
    lines = OPENED.replace(old, "").splitlines()
    line = next(i for i, s in enumerate(lines, 1) if s.startswith(heading))
    start = f"book/chapter/index.md:{line}: chapter-opening: "
    assert found and all(f.startswith(start) for f in found), found


def test_the_label_of_an_opening_page_is_that_of_its_chapter(lint):
    page = OPENED.replace("(chapter-chapter)=", "(index)=")
    assert rules_of(lint(page, "chapter/index")) == ["page-label"]


def rules_of(found):
    return [finding.split(": ")[1] for finding in found]


def test_a_good_page_has_no_findings(lint):
    assert lint(GOOD) == []


def test_every_rule_has_a_broken_page():
    assert {*BROKEN, "chapter-opening"} == set(RULES)
    assert all(BROKEN.values())
    assert set(NEAR) < set(RULES)


@pytest.mark.parametrize(("rule", "old", "new", "piece"), cases(BROKEN))
def test_a_broken_page_is_reported_with_its_line(lint, rule, old, new, piece):
    assert old in GOOD
    page = GOOD.replace(old, new, 1)
    found = lint(page)
    numbered = enumerate(page.splitlines(), 1)
    line = next(number for number, text in numbered if piece in text)
    start = f"book/chapter/page.md:{line}: {rule}: "
    assert found and all(f.startswith(start) for f in found), found


@pytest.mark.parametrize(("rule", "old", "new"), cases(NEAR))
def test_a_near_miss_is_not_reported(lint, rule, old, new):
    assert old in GOOD
    assert lint(GOOD.replace(old, new, 1)) == []


@pytest.mark.parametrize("name", RULES)
def test_an_explanation_gives_examples_that_hold(lint, name):
    rule = RULES[name]
    for example, is_wrong in ((rule.wrong, True), (rule.right, False)):
        front = "" if example.startswith("---") else FRONT
        place = (
            "chapter/index" if name == "chapter-opening" else "chapter/page"
        )
        found = rules_of(lint(front + example.lstrip() + "\n", place))
        assert (name in found) == is_wrong, found
    text = explain(name)
    assert text.startswith(f"{name}: {rule.wants}")
    assert rule.why in text and f"% lint: allow {name} because" in text
    for title, example in (("Wrong", rule.wrong), ("Right", rule.right)):
        assert f"{title}:\n\n    {example.splitlines()[0]}\n" in text
    assert len(rule.wants) < 80 and rule.wants.endswith(".")


@pytest.mark.parametrize(
    ("name", "status", "said"),
    [
        ("words", 0, "words: No word"),
        ("list", 0, "words  "),
        ("a", 1, "bold  "),
    ],
)
def test_the_command_explains_a_rule_or_lists_all(name, status, said, capsys):
    assert main(["lint", "--rule", name]) == status
    assert said in capsys.readouterr().out


def test_options_that_are_no_yaml_are_named(lint):
    page = GOOD.replace("x = 1", ":tags: [a\n\nx = 1", 1)
    with pytest.raises(ValueError, match=r"page.md:\d+: these options"):
        lint(page)


def test_the_reference_for_contributors_is_that_of_the_rules():
    """After a change, `make rules`."""
    assert (ROOT / "docs/rules.md").read_text("utf8") == reference()


def test_a_first_contributor_reads_little():
    text = (ROOT / "CONTRIBUTING.md").read_text("utf8")
    assert len(text.encode()) < 6750  # half of what it once was
    assert "docs/rules.md" in text and "docs/how-it-works.md" in text


def test_the_book_keeps_the_rules():
    library = Library(Book(ROOT))
    found = [findings(page, library) for page in library.documents]
    assert not any(found), found


def test_the_legend_is_read_from_the_page_of_the_notation():
    letters = "B C H W h w T S D N K F V E A G n d"
    assert Library(Book(ROOT)).legend == set(letters.split())


def styles():
    """The files of the fonts of print.sty that this machine has."""
    shipped = Path(matplotlib.get_data_path(), "fonts/ttf")
    installed = (
        Path("/usr/share/fonts/truetype/dejavu"),
        *Path("/usr/share").glob("tex*/**/tex-gyre"),
    )
    for folder in (shipped, *installed):
        for font in folder.glob("DejaVuSansMono*.ttf"):
            yield font, letters.CODE
        for font in (
            *folder.glob("DejaVuSans-Bold.ttf"),
            *folder.glob("texgyrepagella-*.otf"),
        ):
            yield font, letters.WORDS


def test_the_fonts_of_the_printed_book_have_what_the_rule_allows():
    checked = 0
    for file, allowed in styles():
        has = TTFont(file, lazy=True).getBestCmap()
        pattern = re.compile(f"[{allowed}]")
        every = filter(pattern.match, map(chr, range(32, 0x3000)))
        assert not [c for c in every if ord(c) not in has], file
        checked += 1
    assert checked >= 5  # matplotlib brings DejaVu

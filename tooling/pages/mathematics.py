"""Mathematics that is typeset when the site is built.

Pages show it without JavaScript and without asking another server. KaTeX
runs in a JavaScript engine within this process; its style sheet and fonts,
of the same version, lie in `assets/static/katex`. An EPUB gets MathML only,
which needs neither.
"""

import re
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from py_mini_racer import JSEvalException, MiniRacer
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinxcontrib import katex

# The application of a function, to which browsers give no space.
APPLIED = re.compile("<mo>\N{FUNCTION APPLICATION}</mo>(?!<mo)")
MATHML = re.compile("<math.*?</math>", re.DOTALL)
# Elements of MathML with a fixed number of parts.
PARTS = {
    "mfrac": 2,
    "mover": 2,
    "mroot": 2,
    "msub": 2,
    "msubsup": 3,
    "msup": 2,
    "munder": 2,
    "munderover": 3,
}


@cache
def engine() -> MiniRacer:
    """Return a JavaScript engine that has read KaTeX."""
    started = MiniRacer()
    script = Path(katex.__file__).with_name("katex.min.js")
    started.eval(script.read_text("utf8"))
    return started


def render(formula: str, options: dict[str, Any] | None = None) -> str:
    """Return the HTML of a formula.

    Args:
        formula: in LaTeX's language of mathematics.
        options: settings of KaTeX.

    Raises:
        ExtensionError: if KaTeX does not understand the formula, or makes
            MathML of it that no reading system understands.
    """
    settings = {"throwOnError": True} | (options or {})
    try:
        found = str(engine().call("katex.renderToString", formula, settings))
    except JSEvalException as error:
        reason = str(error).partition("ParseError: ")[2].partition("\n")[0]
        raise ExtensionError(f"{reason or error}, in {formula}") from None
    check(formula, found)
    return found


def check(formula: str, found: str) -> None:
    """Refuse MathML whose elements have more parts than they may.

    KaTeX gives a function's name in an index a part of its own.
    """
    for mathml in MATHML.findall(found):
        for element in ElementTree.fromstring(mathml).iter():
            name = element.tag.rpartition("}")[2]
            if len(element) != PARTS.get(name, len(element)):
                raise ExtensionError(
                    f"invalid MathML, <{name}> of {len(element)} parts, in "
                    f"{formula}: in an index, write \\mathrm{{max}} for \\max"
                )


def render_mathml(formula: str, options: dict[str, Any] | None = None) -> str:
    """Return the MathML of a formula.

    Args:
        formula: in LaTeX's language of mathematics.
        options: settings of KaTeX.

    Raises:
        ExtensionError: if KaTeX does not understand the formula.
    """
    found = render(formula, {"output": "mathml"} | (options or {}))
    return APPLIED.sub(r'\g<0><mspace width="0.1667em"/>', found)


def choose(app: Sphinx) -> None:
    """Let the KaTeX extension typeset in the form that the builder needs."""
    is_epub = app.builder.name == "epub"
    katex.render_latex = render_mathml if is_epub else render


def setup(app: Sphinx) -> None:
    """Let the KaTeX extension typeset in this process, without a server."""
    app.connect("builder-inited", choose)
    app.setup_extension("sphinxcontrib.katex")
    app.config.html_math_renderer = "katex"
    app.config.katex_prerender = True
    app.config.katex_css_path = "katex/katex.min.css"

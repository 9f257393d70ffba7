"""Checked claims: a cell tagged `claim` shows its sentence, its code folded.

The cell holds assertions, each with the claim as its message:

    assert lenet > softmax, "LeNet beats softmax regression"

An assertion that fails stops the build, so a page that was built shows only
claims that hold.
"""

import ast

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator
from sphinx.writers.latex import LaTeXTranslator

logger = logging.getLogger(__name__)


class claim(nodes.General, nodes.Element):  # noqa: N801 (docutils' habit)
    """A box with the sentences of a claim and, folded, its code."""


class claim_code(nodes.General, nodes.Element):  # noqa: N801
    """The folded code of a claim."""


class ShowClaims(SphinxTransform):
    """Puts the sentences of a claim in front of its cell."""

    default_priority = 850

    def apply(self, **_: object) -> None:
        """Rewrite all cells tagged `claim`."""
        for cell in list(self.document.findall(nodes.container)):
            if "tag_claim" not in cell["classes"]:
                continue
            code = next(cell.findall(nodes.literal_block))
            try:
                found = sentences(code.astext())
            except ValueError as error:
                logger.warning(str(error), location=cell)
                continue
            box = claim()
            for sentence in found:
                box += nodes.paragraph("", "", nodes.Text(sentence))
            folded = claim_code()
            cell.replace_self(box)
            folded += cell
            box += folded


def sentences(code: str) -> list[str]:
    """Return the claims that a cell asserts.

    Args:
        code: source of the cell.

    Raises:
        ValueError: if there is none, one is not a plain string, or the cell
            holds something else than Python, such as a magic.
    """
    try:
        tree = ast.parse(code)
    except SyntaxError as error:
        line = (error.text or "").strip()
        raise ValueError(
            f"a claim must be plain Python, and {line!r} in line "
            f"{error.lineno} of its cell is not"
        ) from None
    checks = [n for n in ast.walk(tree) if isinstance(n, ast.Assert)]
    found = []
    for check in checks:
        match check.msg:
            case ast.Constant(value=str(sentence)):
                found.append(sentence)
            case _:
                raise ValueError(
                    "a claim needs a plain sentence as the message of "
                    f"'assert {ast.unparse(check.test)}'"
                )
    if not found:
        raise ValueError("a cell tagged claim needs an assert statement")
    return found


def visit_claim_html(self: HTML5Translator, node: claim) -> None:
    """Open the box."""
    self.body.append('<div class="claim">')
    mark = (
        '<span class="claim-mark" role="img" aria-label="Checked:">✓</span> '
    )
    for paragraph in node.findall(nodes.paragraph):
        if paragraph.parent is node:
            paragraph.insert(0, nodes.raw("", mark, format="html"))


def depart_claim_html(self: HTML5Translator, _: claim) -> None:
    """Close the box."""
    self.body.append("</div>\n")


def visit_code_html(self: HTML5Translator, _: claim_code) -> None:
    """Open the fold."""
    self.body.append(
        '<details class="claim-code"><summary>How this was checked</summary>'
    )


def depart_code_html(self: HTML5Translator, _: claim_code) -> None:
    """Close the fold."""
    self.body.append("</details>")


def visit_claim_latex(self: LaTeXTranslator, node: claim) -> None:
    """Open the sentences; `claim` is defined in `print.sty`."""
    self.body.append("\n\\begin{claim}\n")
    for paragraph in node.findall(nodes.paragraph):
        if paragraph.parent is node:
            paragraph.insert(0, nodes.raw("", "\\claimmark ", format="latex"))


def depart_claim_latex(self: LaTeXTranslator, _: claim) -> None:
    """Leave it: the sentences ended where the code began."""


def visit_code_latex(self: LaTeXTranslator, _: claim_code) -> None:
    """Close the sentences and set the code small."""
    self.body.append("\n\\end{claim}\n{\\claimcode\n")


def depart_code_latex(self: LaTeXTranslator, _: claim_code) -> None:
    """End the small print."""
    self.body.append("}\n")


def setup(app: Sphinx) -> None:
    """Register nodes and transform."""
    app.add_node(
        claim,
        html=(visit_claim_html, depart_claim_html),
        latex=(visit_claim_latex, depart_claim_latex),
    )
    app.add_node(
        claim_code,
        html=(visit_code_html, depart_code_html),
        latex=(visit_code_latex, depart_code_latex),
    )
    app.add_transform(ShowClaims)

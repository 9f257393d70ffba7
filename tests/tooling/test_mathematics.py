"""Formulas as HTML and MathML."""

import pytest
from sphinx.errors import ExtensionError

from tooling.pages.mathematics import render, render_mathml


@pytest.mark.parametrize("typeset", [render, render_mathml])
@pytest.mark.parametrize(
    ("formula", "told"),
    [
        (r"\frac{2}{\lambda_{\max}}", "<msub> of 3 parts"),
        (r"x^{\min}_{\max}", "parts"),
        (r"\frac{1}{2", "KaTeX parse error"),
    ],
)
def test_what_no_reader_understands_is_refused(typeset, formula, told):
    with pytest.raises(ExtensionError) as caught:
        typeset(formula)
    assert told in str(caught.value) and formula in str(caught.value)


@pytest.mark.parametrize("typeset", [render, render_mathml])
@pytest.mark.parametrize(
    "formula",
    [
        r"\lambda_{\mathrm{max}} < 2",
        r"\max_i x_i \;\&\; \log x",
        r"\sum_{i=1}^n \sqrt[3]{\tfrac{a_{ij}}{b^2}}",
        r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}",
    ],
)
def test_formulas_have_mathml(typeset, formula):
    assert "<math" in typeset(formula)

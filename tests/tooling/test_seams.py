"""Every seam with an interface that its authors did not promise to keep.

Each test names one thing that a library may change without a word, and the
comment says which of our modules leans on it. One that fails after the pins
were moved says where to look, before a page merely looks odd.
"""

import inspect
import re
from pathlib import Path

import pydata_sphinx_theme
import pytest
import sphinx
import sphinx_book_theme
import sphinx_exercise
import sphinx_thebe
from jupyter_book.cli.main import BUILDER_OPTS
from jupyter_cache.cache.db import NbCacheRecord
from jupyter_cache.cache.main import JupyterCacheBase
from myst_nb.core import read
from myst_nb.sphinx_ import HideCodeCellNode
from pydata_sphinx_theme import toctree
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from sphinx.builders import _epub_base
from sphinx.builders.epub3 import Epub3Builder
from sphinx.builders.html import StandaloneHTMLBuilder, _assets
from sphinx.events import EventManager
from sphinx.jinja2glue import BuiltinTemplateLoader
from sphinx_design import dropdown, tabs
from sphinx_exercise import nodes as exercise_nodes
from sphinx_exercise.directive import SolutionDirective
from sphinxcontrib import katex

from tooling.website import theme

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "assets/static"
BOOK_THEME = Path(sphinx_book_theme.__file__).parent / "theme"
DATA_THEME = Path(pydata_sphinx_theme.__file__).parent / "theme"
LATEX = Path(sphinx.__file__).parent / "texinputs"


def text(folder, pattern):
    """Return all files of a folder that match as one text."""
    files = sorted(folder.rglob(pattern))
    assert files, f"{folder} has no {pattern}"
    return "\n".join(file.read_text("utf8", "replace") for file in files)


# assets/templates/layout.html takes the place of these blocks and calls css().
@pytest.mark.parametrize(
    "said",
    ["block css ", "block extrahead", "block scripts_end", "macro css()"],
)
def test_the_templates_have_the_parts_that_ours_replaces(said):
    basic = Path(sphinx.__file__).parent / "themes/basic"
    found = text(DATA_THEME, "*.html") + text(basic, "layout.html")
    assert said in re.sub(r"\{%-? *", "", found)


# website/theme.py bundles these files and drops the other folders.
@pytest.mark.parametrize(
    "name", [*theme.THEME_STYLES[1:], *theme.THEME_SCRIPTS]
)
def test_the_theme_has_the_files_that_are_bundled(name):
    assert any(p.is_file() for p in DATA_THEME.glob(f"*/static/{name}"))


# website/theme.py mends these pieces of the theme's pages.
@pytest.mark.parametrize("said", ['id="pst-primary-sidebar"', "data-theme"])
def test_the_theme_writes_what_is_mended(said):
    assert said in text(DATA_THEME, "*.html") + text(BOOK_THEME, "*.html")


# website/downloads.py and live.py rearrange the buttons of the header.
@pytest.mark.parametrize("label", ["download-buttons", "header_buttons"])
def test_the_theme_lists_the_buttons_of_the_header(label):
    assert label in text(Path(sphinx_book_theme.__file__).parent, "*.py")


# website/navigation.py takes the place of this function by its name.
def test_the_theme_connects_its_functions_for_the_sidebar_by_name():
    source = inspect.getsource(pydata_sphinx_theme.setup)
    assert "toctree.add_toctree_functions" in source
    made = inspect.getsource(toctree.add_toctree_functions)
    assert 'context["generate_toctree_html"]' in made


# website/theme.py reads these lists and makes entries of them.
def test_the_builder_keeps_style_sheets_and_scripts_of_all_pages():
    source = inspect.getsource(StandaloneHTMLBuilder)
    assert "self._orig_css_files" in source
    assert "self._orig_js_files" in source
    sheet = _assets._CascadingStyleSheet("a.css")
    script = _assets._JavaScript("a.js", defer="defer")
    assert (sheet.filename, script.attributes) == ("a.css", {"defer": "defer"})


# website/theme.py is the template loader of the build.
def test_the_template_loader_has_the_methods_that_ours_extends():
    for name in ("init", "render"):
        assert callable(getattr(BuiltinTemplateLoader, name))


# website/live.py disconnects sphinx-thebe by its module's name.
def test_handlers_tell_the_module_that_they_come_from():
    assert "listeners" in inspect.getsource(EventManager.__init__)
    assert "sphinx-thebe.css" in inspect.getsource(sphinx_thebe)
    assert sphinx_thebe.init_thebe_default_config.__module__ == "sphinx_thebe"


# assets/static/live.js calls these.
@pytest.mark.parametrize("name", ["renderAllCells", "attachToDOM"])
def test_thebe_has_the_functions_that_live_code_calls(name):
    for file in ("live.js", "thebe/index.js"):
        assert name in (STATIC / file).read_text("utf8")


# pages/mathematics.py puts its own renderer in the place of this one.
def test_katex_is_where_it_is_called():
    assert callable(katex.render_latex)
    script = Path(katex.__file__).with_name("katex.min.js")
    assert "renderToString" in script.read_text("utf8")
    assert "render_latex(" in inspect.getsource(katex)


# The fonts of assets/static/katex belong to the style sheet beside them.
def test_katex_has_the_fonts_that_its_styles_name():
    sheet = (STATIC / "katex/katex.min.css").read_text("utf8")
    fonts = set(re.findall(r"fonts/(\w+-\w+\.woff2)", sheet))
    assert fonts == {p.name for p in (STATIC / "katex/fonts").iterdir()}


# pages/reference.py finds names of the package in highlighted code.
@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("from d2l.nn import norm", '<span class="nn">d2l.nn</span>'),
        ("from d2l.nn import norm", '<span class="n">norm</span>'),
        ("# d2l/a.py", '<span class="c1"># d2l/a.py</span>'),
    ],
)
def test_highlighted_code_has_the_classes_that_are_searched(code, said):
    assert said in highlight(code, PythonLexer(), HtmlFormatter())


# pdf/layout.py writes these nodes itself, and reads these attributes.
def test_exercises_are_nodes_with_labels():
    for name in (
        "exercise_node",
        "exercise_enumerable_node",
        "solution_node",
        "exercise_latex_number_reference",
    ):
        assert hasattr(exercise_nodes, name)
    source = text(Path(sphinx_exercise.__file__).parent, "*.py")
    assert '"label"' in source or "'label'" in source
    assert "target_label" in inspect.getsource(SolutionDirective)


# assets/print.sty redefines these, pdf/layout.py relies on the others.
@pytest.mark.parametrize(
    "said",
    [
        r"\def\spx@verbatim@space",
        r"\let\FV@Space\spx@verbatim@space",
        r"\discretionary{\copy\sphinxvisiblespacebox}{\sphinxafterbreak}",
        r"\def\sphinxincludegraphics{\sphinxsafeincludegraphics}",
        r"[nobottomtitles*]{titlesec}",
        r"\newenvironment{sphinxVerbatim}",
        r"\sphinxmaketitle",
        r"\sphinxtableofcontents",
        "sphinxthebibliography",
        r"\sphinxstyleindexentry",
    ],
)
def test_the_styles_of_print_have_what_ours_redefines(said):
    assert said in text(LATEX, "*.sty") + text(LATEX, "*.cls")


# epub/layout.py extends this builder and unfolds these nodes.
def test_the_epub_builder_has_the_methods_that_ours_extends():
    names = (
        "init write_doc get_refnodes get_toc handle_page toc_metadata "
        "build_content copy_image_files add_css_file"
    )
    for name in names.split():
        assert callable(getattr(Epub3Builder, name))
    assert "children" in inspect.signature(_epub_base.NavPoint).parameters
    for node in (
        HideCodeCellNode,
        dropdown.dropdown_main,
        dropdown.dropdown_title,
        tabs.sd_tab_input,
        tabs.sd_tab_label,
    ):
        assert inspect.isclass(node)


# source/book.py reads pages with it, as MyST-NB does.
def test_pages_are_read_by_a_function():
    parameters = inspect.signature(read.read_myst_markdown_notebook).parameters
    assert {"text", "config", "add_source_map", "path"} <= set(parameters)
    assert callable(read.is_myst_markdown_notebook)


# execution/results.py keeps its records beside those of jupyter-cache.
def test_the_cache_has_keys_and_records():
    assert hasattr(NbCacheRecord, "hashkey")
    for name in ("create_hashed_notebook", "list_cache_records"):
        assert hasattr(JupyterCacheBase, name) or name in text(
            Path(inspect.getfile(JupyterCacheBase)).parent, "*.py"
        )


# jupyter_book.py asks for builders by these names.
def test_jupyter_book_knows_the_builders():
    assert {"html", "latex"} <= set(BUILDER_OPTS)

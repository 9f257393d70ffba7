"""The book in print: front and back matter, solutions, page numbers.

On the site the landing page is a page like any other, with the table of
contents among its sections, and a solution stands below its exercise. In
print the landing page is front matter, the captions of the table of contents
are parts, and the solutions are gathered at the end. What the book looks like
is told by `assets/print.sty`.
"""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.builders.latex.nodes import math_reference
from sphinx.config import Config
from sphinx.locale import _
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.texescape import escape
from sphinx.writers.latex import LaTeXTranslator
from sphinx_exercise.nodes import (
    exercise_enumerable_node,
    exercise_latex_number_reference,
    exercise_node,
    solution_node,
)

import d2l
from tooling import ROOT
from tooling.pages.doctree import ancestors
from tooling.source.book import Book

STYLE = ROOT / "assets/print.sty"
BACK = "\\backmatter"
REFERENCES = (
    nodes.reference,
    addnodes.number_reference,
    exercise_latex_number_reference,
    math_reference,
)


class on_page(nodes.Inline, nodes.Element):  # noqa: N801 (docutils' habit)
    """The page that a reference leads to."""


class FrontMatter(SphinxTransform):
    """Rearranges the landing page for LaTeX."""

    default_priority = 900  # after the table of contents was inserted

    def apply(self, **_unused: object) -> None:
        """Make the text front matter, and captions parts."""
        root = self.config.root_doc
        if self.app.builder.format != "latex" or self.env.docname != root:
            return
        top = next(self.document.findall(nodes.section))
        trees = take_trees(top)
        flatten(top)
        if len(top) > 1:
            top.insert(1, heading("chapter", top, _("About this book")))
        main = [tree for tree in trees if tree.get("numbered")]
        for tree in trees:
            caption, tree["caption"] = tree["caption"], None
            if tree in main[:1]:
                top += latex("\\mainmatter")
            if tree in main and tree.get("style") == "alphaupper":
                top += latex("\\appendix")
            elif tree in main and caption:
                top += latex(f"\\part{{{escape(caption, 'xelatex')}}}")
            top += tree
            if tree in main[-1:]:
                top += latex(BACK)
        if not main:
            top += latex(BACK)


class ChapterOpening(SphinxTransform):
    """Lets the pages of a chapter follow its opening page, as sections."""

    default_priority = 900

    def apply(self, **_unused: object) -> None:
        """Take the numbers from the headings, and put the pages last."""
        root = self.config.root_doc
        if self.app.builder.format != "latex" or self.env.docname == root:
            return
        for top in list(self.document.findall(nodes.section))[:1]:
            if trees := take_trees(top):
                flatten(top)
                top += trees


def take_trees(top: nodes.section) -> list[addnodes.toctree]:
    """Take the tables of contents, which include pages, out of a page."""
    trees = list(top.findall(addnodes.toctree))
    for tree in trees:
        tree.parent.parent.remove(tree.parent)  # with its wrapper
    return trees


def flatten(top: nodes.section) -> None:
    """Make sections of a page headings without numbers, or drop empty ones."""
    for section in reversed(list(top.findall(nodes.section))[1:]):
        if not isinstance(section.children[0], nodes.title):
            continue  # an exercise's content is a section, too
        depth = sum(isinstance(a, nodes.section) for a in ancestors(section))
        command = "sub" * (depth - 1) + "section*"
        content = section.children[1:]
        section.replace_self(
            heading(command, section) + content if content else []
        )


def heading(
    command: str, section: nodes.Element, title: str = ""
) -> list[nodes.Node]:
    """Return the heading of a section that LaTeX is to see as another.

    Args:
        command: of LaTeX, without the backslash.
        section: has the labels, and the title if there is no other.
        title: its words.
    """
    title = title or section.children[0].astext()
    text = f"\\{command}{{{escape(title, 'xelatex')}}}"
    return [latex(text), nodes.target("", "", ids=section["ids"])]


def latex(text: str) -> nodes.raw:
    """Return text that goes into the LaTeX file as it is."""
    return nodes.raw("", text, format="latex")


class GatherSolutions(SphinxPostTransform):
    """Moves all solutions into a chapter at the end."""

    default_priority = 800  # after all references were resolved
    formats = ("latex",)

    def run(self, **_unused: object) -> None:
        """Move them, and tell the exercises where they are."""
        back = [
            node
            for node in self.document.findall(nodes.raw)
            if node.astext() == BACK
        ]
        pages = self.document.findall(addnodes.start_of_file)
        # The last first: a chapter's pages lie in its opening page.
        made = [self.group(page) for page in reversed(list(pages))]
        groups = [group for group in reversed(made) if group]
        if not back or not groups:
            return
        title = nodes.title("", _("Solutions"))
        chapter = nodes.section("", title, *groups, ids=["solutions"])
        place = back[-1].parent.index(back[-1])
        back[-1].parent.insert(place + 1, chapter)

    def group(self, page: addnodes.start_of_file) -> nodes.section | None:
        """Take the solutions of a page out of it.

        Args:
            page: in the tree of the whole book.

        Returns:
            A section with the page's number and title, if there are any.
        """
        exercises = {
            node["label"]: node
            for kind in (exercise_node, exercise_enumerable_node)
            for node in page.findall(kind)
        }
        name = page["docname"]
        content = addnodes.start_of_file(docname=name)
        content += latex(f"\\resumechapter{{{name}}}")
        for solution in list(page.findall(solution_node)):
            solution.parent.remove(solution)
            # Its title names the exercise and links to it.
            for link in solution.children[0].findall(nodes.reference):
                words = nodes.Text(link.children[0].astext().strip())
                solution.children[0][:] = [words, *link.children[1:]]
            solution["docname"] = name
            exercise = exercises.get(solution["target_label"], {})
            exercise.setdefault("solution", place(solution))
            content += solution
        if len(content) == 1:
            return None
        files = page.findall(addnodes.start_of_file)
        below = [file for file in files if file is not page]
        around = below[0].parent if below else page
        index = around.index(below[0]) if below else len(around)
        around.insert(index, latex(f"\\savechapter{{{name}}}"))
        number = self.env.toc_secnumbers.get(name, {}).get("", ())
        title = " ".join([*map(str, number), self.env.titles[name].astext()])
        section = nodes.section("", nodes.title("", title), content)
        section["ids"] = [f"solutions-{nodes.make_id(name)}"]
        return section


def place(solution: nodes.Element) -> str:
    """Return the label of a solution in the LaTeX file."""
    return f"{solution['docname']}:{solution['label']}"


class HoistIndexEntries(SphinxPostTransform):
    """Takes entries of the index out of emphasis, where LaTeX changes them."""

    default_priority = 860
    formats = ("latex",)

    def run(self, **_unused: object) -> None:
        """Put each entry before the emphasis that it stands in."""
        for entry in list(self.document.findall(addnodes.index)):
            around = entry.parent
            while isinstance(around, nodes.emphasis | nodes.strong):
                entry.parent.remove(entry)
                around.parent.insert(around.parent.index(around), entry)
                around = entry.parent


class PageNumbers(SphinxPostTransform):
    """Lets each reference within the book name the page it leads to."""

    default_priority = 850  # solutions have found their place
    formats = ("latex",)

    def run(self, **_unused: object) -> None:
        """Put a page number behind each reference."""
        for node in list(self.document.findall(nodes.Element)):
            label = self.label(node) if isinstance(node, REFERENCES) else ""
            around = list(ancestors(node))
            in_title = any(isinstance(a, nodes.title) for a in around)
            cites = any("bibtex" in c for a in around for c in a["classes"])
            is_term = any(
                "std-term" in c["classes"] for c in node.findall(nodes.inline)
            )
            if not label or in_title or cites or is_term:
                continue
            page = on_page(label=label, bracketed=is_bracketed(node))
            if isinstance(node, math_reference):
                page["number"] = self.config.math_eqref_format or "{number}"
                node.replace_self(page)
            else:
                node.parent.insert(node.parent.index(node) + 1, page)

    def label(self, node: nodes.Element) -> str:
        """Return what LaTeX calls the target of a reference.

        Args:
            node: the reference.

        Returns:
            The label, empty if the target is not in the book.
        """
        if isinstance(node, math_reference):
            return f"equation:{node['docname']}:{node['target']}"
        if isinstance(node, exercise_latex_number_reference):
            return f"exercise:{node['refid']}"
        uri = node.get("refuri", "")
        if not uri or uri.startswith("#"):
            files = (a["docname"] for a in ancestors(node) if "docname" in a)
            name = next(files, self.config.root_doc)
            return f"{name}:{node.get('refid') or uri[1:]}"
        if not uri.startswith("%"):
            return ""
        name, _, place = uri[1:].partition("#")
        return f"{name}:{place}" if place else f"{name}::doc"


def is_bracketed(node: nodes.Node) -> bool:
    """Tell whether a node stands within round brackets."""
    before = ""
    while not isinstance(node.parent, nodes.document | nodes.section):
        siblings = node.parent.children[: node.parent.index(node)]
        before = "".join(s.astext() for s in siblings) + before
        if isinstance(node.parent, nodes.paragraph | nodes.caption):
            break
        node = node.parent
    return before.count("(") > before.count(")")


def visit_on_page(self: LaTeXTranslator, node: on_page) -> None:
    """Write the page number, within the brackets of an equation's number."""
    label = self.idescape(node["label"])
    if "number" in node:
        number = f"\\ref{{{label}}}\\onpage*{{{label}}}"
        self.body.append(node["number"].format(number=number))
    else:
        star = "*" if node["bracketed"] else ""
        self.body.append(f"\\onpage{star}{{{label}}}")
    raise nodes.SkipNode


def visit_exercise(self: LaTeXTranslator, node: nodes.Element) -> None:
    """Open an exercise: its label, its solution's, and its title follows."""
    names = f"{{exercise:{node['label']}}}{{{node.get('solution', '')}}}"
    self.body.append(f"\n\\begin{{exercise}}{names}")


def depart_exercise(self: LaTeXTranslator, _: nodes.Element) -> None:
    """Close an exercise."""
    self.body.append("\n\\end{exercise}\n")


def visit_solution(self: LaTeXTranslator, node: nodes.Element) -> None:
    """Open a solution: its label, its exercise's, and its title follows."""
    names = f"{{{place(node)}}}{{exercise:{node['target_label']}}}"
    self.body.append(f"\n\\begin{{solution}}{names}")


def depart_solution(self: LaTeXTranslator, _: nodes.Element) -> None:
    """Close a solution."""
    self.body.append("\n\\end{solution}\n")


def last_change(root: Path) -> int | None:
    """Return when the book was last committed, in seconds, if git knows.

    Args:
        root: folder of the book.
    """
    command = ["git", "-C", str(root), "log", "-1", "--format=%ct"]
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:  # no git
        return None
    return int(done.stdout) if done.stdout.strip() else None


def settings(app: Sphinx, config: Config) -> None:
    """Tell LaTeX the look of the book and what its title page says."""
    book = Book(Path(app.srcdir))
    changed = last_change(book.root)
    date = str(datetime.fromtimestamp(changed, UTC).date()) if changed else ""
    latex_settings = book.config["latex"]["latex_documents"]
    title, _, subtitle = str(latex_settings["title"]).partition(": ")
    facts = {
        "booktitle": escape(title, "xelatex"),
        "booksubtitle": escape(subtitle, "xelatex"),
        "bookversion": d2l.__version__,
        "bookdate": date,
        "bookcopyright": str(book.config.get("copyright", "")),
        "booksite": f"\\url{{{book.site}}}",
        "bookrepository": f"\\url{{{book.repository}}}",
        "booklanguage": config.language,
    }
    lines = [f"\\newcommand{{\\{key}}}{{{facts[key]}}}" for key in facts]
    preamble = [*lines, "\\usepackage{print}"]
    config.latex_elements["preamble"] = "\n".join(preamble)
    config.latex_additional_files.append(str(STYLE))


def setup(app: Sphinx) -> None:
    """Register transforms, settings and what is written in another way."""
    app.connect("config-inited", settings)
    app.add_transform(FrontMatter)
    app.add_transform(ChapterOpening)
    app.add_post_transform(GatherSolutions)
    app.add_post_transform(PageNumbers)
    app.add_post_transform(HoistIndexEntries)
    app.add_node(on_page, latex=(visit_on_page, None))
    written = {
        exercise_node: (visit_exercise, depart_exercise),
        exercise_enumerable_node: (visit_exercise, depart_exercise),
        solution_node: (visit_solution, depart_solution),
    }
    for kind, methods in written.items():
        app.add_node(kind, override=True, latex=methods)

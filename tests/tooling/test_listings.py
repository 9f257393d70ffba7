"""A listing is the package's own source, and runs by itself."""

import ast
import re
from pathlib import Path

import pytest

import d2l
from tooling.source import listings

FOLDER = Path(d2l.__file__).parent
MODULES = [
    ".".join(("d2l", *path.relative_to(FOLDER).with_suffix("").parts))
    for path in sorted(FOLDER.rglob("*.py"))
    if path.name != "__init__.py"
]


def without_docstrings(node: ast.AST) -> str:
    for child in ast.walk(node):
        if isinstance(child, listings.Definition) and ast.get_docstring(child):
            child.body[0] = ast.Pass()
    return ast.dump(node)


@pytest.mark.parametrize("name", MODULES)
def test_every_object_of_the_package_can_be_listed_as_it_is(name):
    module = listings.read_module(name)
    objects = listings.definitions(module)
    assert objects
    for wanted in objects:
        # Parsed anew: comparing without docstrings edits the tree.
        found, node = listings.find(f"{name}.{wanted}")
        shown = ast.parse(listings.source_of(found, node)).body[0]
        original = ast.parse(
            "".join(
                line[node.col_offset :] or "\n"
                for line in found.source.splitlines(keepends=True)[
                    min(
                        [node.lineno]
                        + [
                            d.lineno
                            for d in getattr(node, "decorator_list", [])
                        ]
                    )
                    - 1 : node.end_lineno
                ]
            )
        ).body[0]
        assert without_docstrings(shown) == without_docstrings(original)


@pytest.mark.parametrize("name", MODULES)
def test_a_listing_brings_the_imports_that_it_needs(name):
    for wanted in listings.definitions(listings.read_module(name)):
        if "." not in wanted:
            code, modules = listings.listing_cell(f"{name}.{wanted}")
            assert modules == {name}
            namespace = {"__name__": "page"}
            exec("\n".join(code), namespace)
            assert wanted in namespace


def test_a_module_is_imported_from_once():
    code, _ = listings.listing_cell(
        "d2l.experiments.image_classifiers.fit "
        "d2l.experiments.image_classifiers.compare"
    )
    lines = [line for line in code if " import " in line]
    own = "from d2l.experiments.image_classifiers import BATCH, "
    assert f"{own}LEARNING_RATES, SEEDS" in lines
    sources = [line.partition(" import ")[0] for line in lines]
    assert len(set(sources)) == len(sources)
    assert "import torch" in code


def test_imports_are_ordered_as_the_package_orders_them():
    lines = [
        "import zlib",
        "from sklearn import datasets",
        "import pandas as pd",
        "from d2l import plot",
    ]
    for mixed in (lines, lines[::-1]):
        order = sorted(mixed, key=listings._import_order)
        assert [line.split()[1] for line in order] == [
            *("zlib", "sklearn", "pandas", "d2l")
        ]


def test_long_imports_are_folded():
    names = ", ".join(f"a_rather_long_name_{i}" for i in range(3))
    folded = listings._folded(f"from d2l.models.googlenet import {names}")
    first, *_, last = folded.split("\n")
    assert (first, last) == ("from d2l.models.googlenet import (", ")")
    assert max(map(len, folded.split("\n"))) <= 79


def test_docstrings_are_cut_to_their_summary():
    code, _ = listings.listing_cell("d2l.models.lenet.LeNet")
    text = "\n".join(code)
    assert '"""LeNet-5 in today' in text
    assert "Differs from the paper" not in text


def test_several_objects_of_several_modules_make_one_cell():
    code, modules = listings.listing_cell(
        "d2l.models.linear.LinearRegression d2l.losses.squared_error"
    )
    assert modules == {"d2l.models.linear", "d2l.losses"}
    assert code[:2] == ["# d2l/models/linear.py", "# d2l/losses.py"]
    exec("\n".join(code), {"__name__": "page"})


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("d2l.models.lenet.LeNett", "d2l.models.lenet.LeNet"),
        ("d2l.models.lenet.LeNet.forwards", "d2l.models.lenet.LeNet.forward"),
        ("d2l.nowhere.LeNet", "d2l has no object 'nowhere.LeNet'"),
        ("d3l.models.LeNet", "no module"),
        ("", "full name"),
    ],
)
def test_a_name_that_does_not_exist_is_reported(name, hint):
    text = f"Prose.\n\n```{{listing}} {name}\n```\n"
    with pytest.raises(listings.ListingError) as error:
        listings.expand(text, "book/page.md")
    assert str(error.value).startswith("book/page.md:3: ")
    assert hint in str(error.value)


def test_a_listing_that_is_not_closed_is_reported():
    with pytest.raises(
        listings.ListingError, match=r"page\.md:2: .* not closed"
    ):
        listings.expand("\n```{listing} d2l.losses.squared_error\n", "page.md")


def test_lines_after_a_listing_are_still_known():
    text = "one\n```{listing} d2l.losses.cross_entropy\n```\nfour\nfive\n"
    expanded = listings.expand(text, "page.md")
    lines = expanded.text.splitlines()
    assert len(lines) == len(expanded.lines) > 10
    for word, number in (("one", 1), ("four", 4), ("five", 5)):
        assert expanded.lines[lines.index(word)] == number
    assert re.search(r"^```\{code-cell\} python$", expanded.text, re.M)
    assert expanded.lines[lines.index("```{code-cell} python")] == 2


def test_a_page_without_listings_is_left_alone():
    text = "```{code-cell} python\n1\n```\n"
    assert listings.expand(text, "page.md").text == text

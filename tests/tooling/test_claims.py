"""Claims: what a cell asserts, and what it says when it fails."""

import ast
import runpy

import pytest

from tests.tooling.conftest import ROOT
from tooling.pages.claims import sentences


def test_the_messages_of_all_assertions_are_the_claims():
    code = (
        "x = 1\nassert x == 1, 'One.'\nassert x < 2, ('Less ' 'than two.')\n"
    )
    assert sentences(code) == ["One.", "Less than two."]


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("x = 1", "needs an assert"),
        ("assert True", "plain sentence"),
        ("assert x, f'{x}'", "plain sentence"),
        ("x = 1\n%time x", "plain Python, and '%time x' in line 2"),
        ("!ls\nassert x, 'X.'", "plain Python, and '!ls' in line 1"),
    ],
)
def test_a_claim_without_a_sentence_is_reported(code, problem):
    with pytest.raises(ValueError, match=problem):
        sentences(code)


@pytest.fixture
def transform(monkeypatch):
    monkeypatch.setenv("D2L_CHECKOUT", str(ROOT))

    class Anything:
        def __getattr__(self, name):
            self.__dict__[name] = Anything()
            return self.__dict__[name]

    config = Anything()
    path = ROOT / "tooling/execution/in_kernel/ipython_config.py"
    runpy.run_path(str(path), {"get_config": lambda: config})
    return config.InteractiveShell.ast_transformers[0]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("assert a > b, 'A.'", "A.\n    a = 1\n    b = 2"),
        ("assert a > b + 1, 'A.'", "A.\n    a = 1\n    b + 1 = 3"),
        ("assert a == 2 and b, 'A.'", "A.\n    a = 1\n    b = 2"),
        ("assert not b > a, 'A.'", "A.\n    b = 2\n    a = 1"),
        ("assert isinstance(a, str), 'A.'", "A.\n    a = 1\n    str = "),
        ("assert a > 3", "a > 3\n    a = 1"),
        (
            "assert n is not None and n.x, 'A.'",
            "A.\n    n = None\n    n.x: AttributeError",
        ),
        (
            "assert a > b and c[b] > a, 'A.'",
            "A.\n    a = 1\n    b = 2\n    c[b]:",
        ),
        ("assert a > b, f'{a:03}'", "001\n    a = 1"),
    ],
)
def test_a_failing_assertion_shows_the_values_compared(
    transform, code, message
):
    tree = transform.visit(ast.parse(code))
    with pytest.raises(AssertionError) as error:
        exec(
            compile(tree, "cell", "exec"), {"a": 1, "b": 2, "n": None, "c": []}
        )
    assert str(error.value).startswith(message)


def test_a_true_assertion_evaluates_nothing_twice(transform):
    calls = []
    tree = transform.visit(ast.parse("assert calls.append(1) is None, 'A.'"))
    exec(compile(tree, "cell", "exec"), {"calls": calls})
    assert calls == [1]

"""Where a shape changes, a comment says what it is then.

The modules of `d2l.models` and `d2l.nn` are read, not run. In them

* a layer that may change a shape, as `nn.Conv2d(...)` does, has a shape
  comment before the next such layer begins, or on the line before it;
* a call that may change one, such as `x.flatten(1)` or `torch.cat(...)`, has
  one in its statement, or on the line before that.

The letters in all of them are those of the page of the notation.
"""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = {
    str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
    for folder in ("models", "nn")
    for path in sorted((ROOT / "d2l" / folder).glob("[!_]*.py"))
}
every_file = pytest.mark.parametrize("name", FILES)
LAYERS = re.compile(
    r"nn\.(Conv|Linear|Bilinear|Flatten|Unflatten|Embedding|\w*Pool|Upsample"
    r"|Pixel|RNN|LSTM|GRU|\w*Pad)"
)
CALLS = re.compile(
    "flatten|unflatten|reshape|view|permute|transpose|movedim|squeeze"
    "|unsqueeze|expand|repeat|tile|chunk|split|unbind|unfold|mean|sum|amax"
    "|amin|argmax|argmin|cat|stack|einsum|matmul|bmm|gather|index_select"
    "|topk|pad|interpolate|conv2d|linear|embedding|max_pool2d|avg_pool2d"
)
SHAPE = re.compile(r"#.*?\(((?:[^()]|\([^()]*\))*,(?:[^()]|\([^()]*\))*)\)")


def shape_comments(source):
    """Line number to what stands in the parentheses."""
    found = {n: SHAPE.search(s) for n, s in enumerate(source.splitlines(), 1)}
    return {number: shape[1] for number, shape in found.items() if shape}


def changes(source):
    """For what may change a shape, the lines on which a comment can tell."""
    tree = ast.parse(source)
    lines = ["", *source.splitlines()]
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    layers = [c for c in calls if LAYERS.match(ast.unparse(c.func))]
    others = [
        c
        for c in calls
        if isinstance(c.func, ast.Attribute) and CALLS.fullmatch(c.func.attr)
    ]
    statements = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt) and not hasattr(node, "body")
    ]

    def statement(call):
        return next(
            s for s in statements if s.lineno <= call.lineno <= s.end_lineno
        )

    def above(line):
        return line - 1 if lines[line - 1].strip().startswith("#") else line

    for call in layers:
        end = statement(call).end_lineno
        later = [c.lineno for c in layers if c.lineno > call.end_lineno]
        last = min([end, *(line - 1 for line in later)])
        yield call.lineno, range(above(call.lineno), last + 1)
    for call in others:
        around = statement(call)
        yield call.lineno, range(above(around.lineno), around.end_lineno + 1)


def untold(source):
    """Return the lines of changes that no comment tells."""
    told = shape_comments(source).keys()
    return [line for line, near in changes(source) if not told & set(near)]


@every_file
def test_a_shape_that_changes_is_told(name):
    assert untold(FILES[name]) == []


GOOD = """\
layers = nn.Sequential(
    nn.Conv2d(1, 6, 5),
    nn.ReLU(),  # (B, 6, 24, 24)
    nn.Linear(3, 4),  # (B, 4)
)
# (B, C)
h = x.flatten(1)
y = h.mean(1)  # (B,)
"""


@pytest.mark.parametrize("number", [2, 3, 5, 7])
def test_each_comment_is_needed(number):
    lines = GOOD.splitlines()
    assert untold(GOOD) == []
    lines[number] = lines[number].partition("#")[0] or "pass"
    assert len(untold("\n".join(lines))) == 1


def legend():
    page = (ROOT / "book/notation.md").read_text("utf8")
    section = page.partition("## Letters of shapes\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `([^`]+)`", section, re.MULTILINE)
    return {letter for row in rows for letter in row.split()}


@every_file
def test_letters_are_those_of_the_legend(name):
    letters = legend()
    assert {"B", "C", "H", "W", "n", "d"} <= letters
    for line, shape in shape_comments(FILES[name]).items():
        found = set(re.findall(r"(?<![\w.])[A-Za-z](?![\w.])", shape))
        assert found <= letters, f"line {line}: {shape}"

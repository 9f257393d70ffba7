"""Interactive figures: stills everywhere, numbers that PyTorch confirms."""

import math
import re
import shutil
import subprocess
import sys
from itertools import product

import nbformat
import pytest
import torch
import torch.nn.functional as F
from playwright.sync_api import sync_playwright

from assets.diagrams import convolution as diagram
from assets.diagrams import gradient_descent as bowl
from assets.diagrams import softmax as bars
from tests.tooling.conftest import FRONT, ROOT, SmallBook, cell
from tests.tooling.test_preview import CHROMIUM, FLAGS
from tooling.pages.interactive import names

NAMES = ["broadcasting", "convolution", "gradient-descent", "softmax"]
FIGURE = """```{{interactive}} {0}
:name: fig-{0}
:alt: A still of {0}.

What {0} shows.
```

"""
PAGE = FRONT + "# Moving\n\n" + "".join(map(FIGURE.format, NAMES))
PAGE += cell("print(1)") + "{numref}`fig-softmax`\n"
PLAIN = FRONT + "# Still\n\n" + cell("print(2)")

pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.xdist_group("interactive"),
]


def with_stills(book: SmallBook) -> SmallBook:
    ignore = shutil.ignore_patterns("*.py")
    target = book.root / "assets/diagrams"
    shutil.copytree(ROOT / "assets/diagrams", target, ignore=ignore)
    return book


@pytest.fixture(scope="module")
def book(make_shared_book):
    """A book with all figures on one page and none on the other, built."""
    pages = {"index": "# Index\n", "moving": PAGE, "plain": PLAIN}
    made = with_stills(make_shared_book(pages))
    result = made.run("html")
    assert result.returncode == 0, result.stdout + result.stderr
    return made


def test_each_script_has_a_still_and_a_test():
    assert names() == NAMES
    for name in names():
        for kind in ("svg", "pdf"):
            assert (ROOT / f"assets/diagrams/{name}.{kind}").exists()


def test_only_pages_with_a_figure_load_its_script(book):
    site = book.root / "_build/html/book"
    moving, plain = (
        (site / f"{n}.html").read_text() for n in ("moving", "plain")
    )
    for name in NAMES:
        assert re.search(
            rf'<figure [^>]*class="[^"]*interactive {name}\b[^>]* '
            rf'id="fig-{name}"',
            moving,
        )
        assert f'alt="A still of {name}."' in moving
        assert f"What {name} shows." in moving
        assert len(re.findall(f"interactive/{name}.js", moving)) == 1
    assert "<figure" not in plain and "interactive" not in plain


@pytest.mark.parametrize(
    ("figure", "problem"),
    [
        (FIGURE.format("nothing"), "no interactive figure 'nothing'"),
        (FIGURE.format("softmax").replace(":alt: ", ":alt:\n%"), "alt"),
        (FIGURE.format("softmax").replace(":name:", "%"), "no name"),
        (
            FIGURE.format("softmax").replace("What softmax shows.", ""),
            "no caption",
        ),
    ],
)
def test_a_wrong_figure_is_reported_with_its_line(make_book, figure, problem):
    book = with_stills(make_book({"index": f"# Index\n\n{figure}"}))
    result = book.run("html")
    report = result.stdout + result.stderr
    assert result.returncode and problem in report
    assert re.search(r"book/index\.md:3\b", report)


def test_a_notebook_shows_the_still(book):
    result = book.run("notebooks")
    assert result.returncode == 0, result.stdout + result.stderr
    path = book.root / "_build/notebooks/book/moving.ipynb"
    cells = nbformat.read(path, 4).cells
    text = "\n".join(c.source for c in cells if c.cell_type == "markdown")
    for name in NAMES:
        assert re.search(
            rf"!\[A still of {name}\.\]\(https:\S+/_images/{name}\.svg\)", text
        )
        assert f"What {name} shows." in text


def test_print_shows_the_still(book):
    program = (
        "from pathlib import Path; from tooling.source.book import Book; "
        "from tooling.jupyter_book import jupyter_book as b; "
        "b(Book(Path.cwd()), 'latex', Path('_build/pdf/_build'))"
    )
    subprocess.run(
        [sys.executable, "-c", program],
        cwd=book.root,
        env=book.environment,
        check=True,
    )
    tex = (book.root / "_build/pdf/_build/latex/d2l.tex").read_text()
    tex = tex.replace("\\sphinxhyphen{}", "-")
    for name in NAMES:
        assert f"{{{{{name}}}.pdf}}" in tex
        assert f"What {name} shows." in tex


@pytest.fixture(scope="module")
def page(book):
    """The page as a file in a browser; nothing may be said to its console."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=list(FLAGS)
        )
        opened = browser.new_page(viewport={"width": 390, "height": 900})
        errors = []
        opened.on("pageerror", lambda error: errors.append(str(error)))
        opened.on(
            "console",
            lambda m: errors.append(m.text) if m.type == "error" else None,
        )
        opened.goto((book.root / "_build/html/book/moving.html").as_uri())
        yield opened
        wide = "document.documentElement.scrollWidth"
        assert opened.evaluate(wide) <= 390
        browser.close()
    # The theme declares a constant twice, and misses its setting of the mode.
    ours = [e for e in errors if not re.search("THEBE_JS_URL|theme mode", e)]
    assert ours == []


class Live:
    """One figure, operated by the keyboard only."""

    def __init__(self, page, name):
        self.keyboard = page.keyboard
        self.figure = page.locator(f"#fig-{name}")
        assert self.figure.locator("img").count() == 0

    def slide(self, label, place):
        """Move a slider to a place, counted from its left end."""
        self.figure.get_by_role("slider", name=label, exact=True).focus()
        self.keyboard.press("Home")
        for _ in range(place):
            self.keyboard.press("ArrowRight")

    def choose(self, label, place):
        self.figure.get_by_role("combobox", name=label).focus()
        self.keyboard.press("Home")
        for _ in range(place):
            self.keyboard.press("ArrowDown")

    @property
    def says(self):
        said = self.figure.locator("[aria-live=polite]").inner_text()
        image = self.figure.locator("[role=img]").get_attribute("aria-label")
        assert " ".join(image.split()) == " ".join(said.split())
        return " ".join(said.split()).replace("\N{MINUS SIGN}", "-")

    def texts(self, title):
        panel = self.figure.locator(f".panel:has(> b:text-is('{title}'))")
        texts = panel.locator("text").all_text_contents()
        return [text.replace("\N{MINUS SIGN}", "-") for text in texts]

    def numbers(self, title):
        return [plain(text) for text in self.texts(title)]


RAISED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def plain(text):
    """Read a number that may be written as a power of ten."""
    head, _, power = text.partition("·10")
    return float(head) * 10.0 ** int(power.translate(RAISED) or 0)


def test_convolution_shows_what_pytorch_computes(page):
    live = Live(page, "convolution")
    image, kernel = torch.tensor(diagram.IMAGE), torch.tensor(diagram.KERNEL)
    assert live.says.startswith(
        f"Output at row {diagram.ROW}, column {diagram.COLUMN}"
    )
    for stride, padding in product((1, 2, 3), (0, 1, 2)):
        live.slide("Stride", stride - 1)
        live.slide("Padding", padding)
        expected = F.conv2d(
            image[None, None].float(),
            kernel[None, None].float(),
            stride=stride,
            padding=padding,
        )[0, 0]
        rows = len(expected)
        shown = torch.tensor(live.numbers("output"))
        assert torch.equal(shown, expected.flatten())
        assert f"+ 1 = {rows}." in live.says
        last = rows * rows - 1
        for place in {0, last // 2, last}:
            live.slide("Window", place)
            row, column = divmod(place, rows)
            value = int(expected[row, column])
            terms, sum_ = re.match(
                rf"Output at row {row}, column {column}: (.*?) = (-?\d+)\.",
                live.says,
            ).groups()
            assert int(sum_) == value
            assert eval(terms.replace("·", "*")) == value
        reached = (rows - 1) * stride + 3
        unseen = len(image) + 2 * padding - reached
        assert ("never reaches" in live.says) == (unseen > 0)
        assert ("last two" in live.says) == (unseen == 2)


def test_gradient_descent_takes_the_steps_of_autograd(page):
    live = Live(page, "gradient-descent")
    middle, unit = torch.tensor([165.0, 105.0]), torch.tensor([33.0, -33.0])
    for rate in (0.05, 0.25, 0.4, 0.45, 0.5, 0.52):
        live.slide("Learning rate", round(100 * rate) - 1)
        live.slide("Steps", bowl.STEPS)
        path = bowl.descend(rate)
        circles = live.figure.locator(".panel").first.locator("circle")
        shown = torch.tensor(
            circles.evaluate_all(
                "all => all.map(c => [c.cx.baseVal.value, c.cy.baseVal.value])"
            )
        )
        assert torch.allclose(shown, middle + unit * path, atol=0.06)
        loss = float((bowl.CURVATURES * path[-1] ** 2).sum()) / 2
        said = re.match(
            r"After 20 steps the loss is ([^ ]+)\. Each", live.says
        )
        assert plain(said[1]) == pytest.approx(loss, rel=0.05, abs=5e-4)
        along, across = (1 - rate * bowl.CURVATURES).tolist()
        assert f"valley by {along:.2f} and across it by {across:.2f}." in (
            live.says.replace("-0.00", "0.00")
        )
        verdict = "converges" if rate < 0.5 else "diverges"
        assert ("swings" if rate == 0.5 else verdict) in live.says


def test_broadcasting_follows_the_rule_of_pytorch(page):
    live = Live(page, "broadcasting")
    words = live.figure.locator("select").first.locator("option")
    words = words.all_inner_texts()
    shapes = [tuple(eval(word)) for word in words]
    assert len(shapes) == 8
    for (a, first), (b, second) in product(enumerate(shapes), repeat=2):
        if b == 0:
            live.choose("Shape of A", a)
        live.choose("Shape of B", b)
        assert live.says.startswith(f"{words[a]} and {words[b]} ")
        try:
            result = torch.broadcast_shapes(first, second)
        except RuntimeError:
            assert "do not fit" in live.says and "meets" in live.says
            assert live.texts("A + B") == []
            continue
        count = math.prod(result)
        assert f"give {tuple(result)}, which is {count} n" in live.says
        left = torch.arange(math.prod(first)).reshape(first)
        right = 10 * torch.arange(math.prod(second)).reshape(second)
        for title, tensor in (
            ("A", left),
            ("B", right),
            ("A + B", left + right),
        ):
            expected = tensor.expand(result).flatten().float()
            shown = torch.tensor(live.numbers(title))
            assert torch.equal(shown, expected), (first, second, title)


def test_softmax_shows_what_pytorch_computes(page):
    live = Live(page, "softmax")
    logits = torch.tensor(bars.LOGITS)
    assert torch.tensor(live.numbers("logits / T")).equal(logits)
    temperatures = (0.1, 0.2, 0.5, 1, 2, 5, 10)
    cases = (bars.LOGITS, (3.0, 3.0, 3.0), (-3.0, 0.0, 3.0))
    for values in cases:
        for c, value in enumerate(values):
            live.slide(f"Logit {c}", round(2 * (value + 3)))
        for place, temperature in enumerate(temperatures):
            live.slide("Temperature", place)
            z = torch.tensor(values, dtype=torch.float64) / temperature
            shares = z.softmax(dim=0)
            for title, expected, digits in (
                ("logits / T", z, 2 if temperature > 1 else 1),
                ("exponentials", z.exp(), 2),
                ("probabilities", shares, 3),
            ):
                for shown, value in zip(
                    live.numbers(title), expected.tolist(), strict=True
                ):
                    tolerance = 0.501 * 10**-digits
                    if value >= 1000 or 0 < value < tolerance:
                        tolerance = 0.051 * value  # two digits are shown
                    assert abs(shown - value) <= tolerance, (title, value)
            entropy = float(-torch.xlogy(shares, shares).sum())
            said = re.search(r"entropy is (\S+) nats", live.says)[1]
            assert float(said) == pytest.approx(entropy, abs=6e-4)
            assert f"log 3 = {math.log(3):.3f}" in live.says

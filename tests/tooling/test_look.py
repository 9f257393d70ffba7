"""The look of a small site in Chromium: first screen, themes, paper, fonts."""

import io
import re
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from axe_playwright_python.sync_playwright import Axe
from fontTools.ttLib import TTFont
from matplotlib.image import imread
from playwright.sync_api import expect, sync_playwright

from tests.tooling.conftest import FRONT, ROOT, cell
from tests.tooling.test_preview import CHROMIUM, FLAGS
from tooling.website.figures import GROUND

FONTS = ROOT / "assets/static/fonts"
DRAWING = """---
mystnb:
  figure:
    name: fig-ring
    caption: A ring. Each unit contributes one fold.
  image:
    alt: A ring.
---"""
INDEX = (
    FRONT
    + "# Do to Learn\n\n**Deep learning in running code.** A textbook that "
    "you can execute, from the first tensor to today's models, for people "
    "who understand a thing once they have changed it.\n\n## The ring\n\n"
    + cell("\n".join(f"x_{i} = {i}" for i in range(30)))
    + cell(
        "from matplotlib import pyplot as plt\n\n"
        "figure, ax = plt.subplots(figsize=(4, 3))\n"
        "ax.plot([1, 2], [1, 2])\n"
        "ax.fill([1, 1, 1.5], [1.5, 2, 2], color='#0072b2');",
        DRAWING,
    )
)
LONG = " + ".join(f"x_{{{i}}}" for i in range(30))
WIDE = (
    FRONT
    + f"# Wide\n\n*So* **bold**.\n\n$$\nf(x) = {LONG}\n$$\n\n"
    + f"$$\ny = {LONG}\n$$ (eq-wide)\n\n$$\na + b\n$$\n\n"
    + "| " + " | ".join("long column" for _ in range(12)) + " |\n"
    + "|---" * 12 + "|\n"
    + "| " + " | ".join("1" for _ in range(12)) + " |\n\n"
    + cell(f"print('{'wide ' * 40}')")
)  # fmt: skip
PLAIN = (
    FRONT
    + f"# Plain\n\n{'*Reading* for a **long** time. ' * 60}\n\n"
    + cell("print('0O1l')")
    + "More text.\n"
)
SHIFTS = """new PerformanceObserver((list) => {
  for (const shift of list.getEntries()) {
    const nodes = shift.sources.map((s) => s.node?.outerHTML?.slice(0, 80));
    window.shifted = [...(window.shifted || []), shift.value, ...nodes];
  }
}).observe({type: "layout-shift", buffered: true});"""


pytestmark = [pytest.mark.xdist_group("look"), pytest.mark.timeout(900)]


class Silent(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture(scope="module")
def site(make_shared_book):
    """Build a book with a landing page and a page of wide things."""
    book = make_shared_book({"index": INDEX, "wide": WIDE, "plain": PLAIN})
    built = book.run("html")
    assert built.returncode == 0, built.stdout + built.stderr
    folder = book.root / "_build/html"
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(Silent, directory=str(folder))
    )
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/book"
    server.shutdown()


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)


@pytest.fixture
def visit(browser, site):
    contexts = []

    def open_page(name, width=1400, height=900, **options):
        screen = {"width": width, "height": height}
        context = browser.new_context(viewport=screen, **options)
        contexts.append(context)
        page = context.new_page()
        page.goto(f"{site}/{name}.html")
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize(("width", "height"), [(1400, 900), (390, 844)])
def test_the_first_screen_shows_figure_and_buttons(visit, width, height):
    page = visit("index", width, height)
    seen = [page.locator(".start"), page.locator("#fig-ring img")]
    for box in (element.bounding_box() for element in seen):
        assert box["y"] >= 0 and box["y"] + box["height"] <= height
        assert box["x"] >= 0 and box["x"] + box["width"] <= width
    listing = page.locator(".cell_input").first.bounding_box()
    assert listing["y"] > seen[1].bounding_box()["y"]
    assert page.locator("#fig-ring").count() == 1


def pixels(page, selector):
    """Return a picture of an element, rows by columns by red, green, blue."""
    picture = page.locator(selector).screenshot()
    return imread(io.BytesIO(picture))[..., :3]


def rgb(colour):
    return [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]


@pytest.mark.parametrize("system", ["light", "dark"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_figures_follow_the_theme_not_the_system(visit, theme, system):
    page = visit("index", color_scheme=system)
    page.evaluate("mode => localStorage.setItem('mode', mode)", theme)
    page.reload()
    image = pixels(page, "#fig-ring img")
    ground = {"light": [1, 1, 1], "dark": rgb(GROUND)}[theme]
    assert image[1, 1] == pytest.approx(ground, abs=0.01)
    assert page.locator("body").evaluate(
        "b => getComputedStyle(b).backgroundColor"
    ) == "rgb({}, {}, {})".format(*(round(255 * c) for c in ground))
    # Black letters and axes have become light ones.
    contrary = image.min() < 0.1 if theme == "light" else image.max() > 0.9
    assert contrary
    found = Axe().run(page).response["violations"]
    assert [
        f["id"] for f in found if f["impact"] in {"serious", "critical"}
    ] == []


def test_paper_is_light(visit, tmp_path):
    page = visit("index", color_scheme="dark")
    html = page.locator("html")
    expect(html).to_have_attribute("data-theme", "dark")
    page.emulate_media(media="print")
    expect(html).to_have_attribute("data-theme", "light")
    assert pixels(page, "#fig-ring img")[1, 1] == pytest.approx(1, abs=0.01)
    code = page.locator(".highlight pre").first
    ink, ground = code.evaluate(
        "p => [getComputedStyle(p).color, getComputedStyle(p).backgroundColor]"
    )
    assert sum(map(int, re.findall(r"\d+", ink)[:3])) < 300
    assert sum(map(int, re.findall(r"\d+", ground)[:3])) > 600
    page.emulate_media(media="screen")
    expect(html).to_have_attribute("data-theme", "dark")


def test_forced_colours_leave_figures_legible(visit):
    page = visit("index", color_scheme="dark", forced_colors="active")
    image = pixels(page, "#fig-ring img")
    top = image[2, image.shape[1] // 2]  # beside the rounded corners
    assert top == pytest.approx(1, abs=0.01)
    assert image.min() < 0.1


def test_what_scrolls_has_a_tab_stop_and_a_name(visit):
    page = visit("wide", 390, 844)
    page.wait_for_function("document.querySelectorAll('[role=group]').length")
    page.evaluate("document.fonts.ready")
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        focus = page.evaluate(
            """() => {
              const e = document.activeElement;
              if (e.closest("[aria-hidden=true]")) return "hidden";
              return e.scrollWidth > e.clientWidth && e.closest("article")
                ? e.getAttribute("aria-label") || "nameless " + e.outerHTML
                : "";
            }"""
        )
        reached.add(focus)
    assert reached - {""} == {"Formula", "Table", "Code", "Output"} or (
        reached - {""} == {"Formula", "Table", "Code"}
    )
    formulas = page.locator("div.math")
    assert [f.get_attribute("tabindex") for f in formulas.all()] == [
        "0",
        "0",
        None,
    ]
    # Scrolled to the left, the first letter is there; and nothing within
    # the box scrolls by itself.
    left = "f => f.querySelector('.base').getBoundingClientRect().left"
    for formula in formulas.all():
        assert formula.evaluate(left) >= 0
    formula = formulas.first
    formula.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.activeElement.scrollLeft > 0")
    inner = ".katex-display, .katex-html"
    assert formula.locator(inner).evaluate_all(
        "all => all.every(e => getComputedStyle(e).overflowX === 'visible')"
    )


def test_wide_screens_need_no_tab_stop_for_formulas(visit):
    page = visit("wide", 2400, 900)
    page.wait_for_load_state("networkidle")
    last = page.locator("div.math").last
    assert last.get_attribute("tabindex") is None


@pytest.mark.parametrize("delay", [0, 700])
def test_typefaces_shift_nothing(visit, site, delay):
    page = visit("index")
    page.add_init_script(SHIFTS)
    asked = []

    def late(route):
        asked.append(route.request.url)
        page.wait_for_timeout(delay)
        route.continue_()

    page.route("**/_static/fonts/*.woff2", late)
    page.goto(f"{site}/plain.html")
    page.wait_for_timeout(300)
    assert any("/fonts/text.woff2" in address for address in asked)
    assert page.evaluate("window.shifted || []") == []


def test_a_page_loads_at_most_60_kib_of_typefaces():
    files = [*FONTS.glob("*.woff2")]
    assert {file.stem for file in files} == {
        "code",
        "text",
        "text-bold",
        "text-italic",
    }
    assert sum(file.stat().st_size for file in files) <= 60 * 1024
    for file in files:
        font = TTFont(file)
        assert (
            set(map(ord, "aAzZ09({éü\u2019\u2013"))
            <= font.getBestCmap().keys()
        )
        assert font["name"].getDebugName(1).startswith("D2L-")
    assert len(list(FONTS.glob("LICENSE-*"))) == 2


def test_code_tells_zero_from_o_and_one_from_l():
    font = TTFont(FONTS / "code.woff2")
    glyphs, names = font.getGlyphSet(), font.getBestCmap()
    from fontTools.pens.recordingPen import RecordingPen

    drawn = set()
    for letter in "0O1lI|":
        pen = RecordingPen()
        glyphs[names[ord(letter)]].draw(pen)
        drawn.add(str(pen.value))
    assert len(drawn) == 6

"""The built site in a real browser: every page, wide and narrow."""

import json
import re
from urllib.parse import unquote, urlsplit
from zipfile import ZipFile

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.package.test_docstrings import PUBLIC
from tests.site.conftest import BOOK, NARROW, PAGES, ROOT, SITE, WIDE
from tooling.execution.published import FILE, LIST
from tooling.website.downloads import ARCHIVE, EPUB, NOTEBOOKS, PDF

LENET = "book/convolutions/lenet.html"
CONVOLUTION = "book/convolutions/convolution.html"
PHOTOGRAPHED = [
    "book/index.html",
    "book/preliminaries/tensors.html",
    "book/linear-regression/linear-regression-scratch.html",
    CONVOLUTION,
    LENET,
]
AXE = {"resultTypes": ["violations"], "preload": False}
LOOKS = ["color-contrast", "link-in-text-block"]
BUT_LOOKS = AXE | {"rules": {rule: {"enabled": False} for rule in LOOKS}}
ONLY_LOOKS = AXE | {"runOnly": {"type": "rule", "values": LOOKS}}
# For these, axe looks at every element through all that lie under it, a
# minute for a long page. So of all that look alike, on a ground that looks
# alike, leave the first.
THIN_OUT = """() => {
  const looks = new Map();  // from the innermost elements outwards
  const look = (element, ground) => {
    const style = getComputedStyle(element);
    const own = [style.backgroundColor, style.backgroundImage, style.opacity];
    if (String(own) !== "rgba(0, 0, 0, 0),none,1") ground += `|${own}`;
    for (const child of element.children) look(child, ground);
    const text = [style.color, style.fontSize, style.fontWeight];
    looks.set(element, `${ground}|${text},${style.textDecorationLine}`);
  };
  look(document.querySelector("main"), "");
  const seen = new Set();
  for (const [element, its] of looks) {
    if (element.children.length) continue;
    if (seen.has(its)) element.remove();
    seen.add(its);
  }
}"""
# Stock Jupyter Book: 847 KiB in 31 requests, for a page without formulas, so
# their fonts are weighed but not counted.
WEIGHT, REQUESTS = 847 * 1024 // 3, 31 // 2


def check_buttons(page, name):
    """Look where the buttons of a page lead: to files and notebooks."""
    links = {
        link.inner_text().strip() or link.text_content().strip(): link
        for link in page.locator(".article-header-buttons a").all()
    }
    addresses = {
        text: link.evaluate("link => link.href")
        for text, link in links.items()
    }
    root = page.evaluate("document.documentElement.dataset.content_root")
    for text, file in (("PDF", PDF), ("EPUB", EPUB), ("Website", ARCHIVE)):
        assert links[text].get_attribute("href") == f"{root}{file}"
        assert (SITE / file).stat().st_size > 0
    assert addresses["Suggest edit"].endswith(f"/edit/main/{name}.md")
    has_cells = BOOK.page(name).is_executable
    assert has_cells == ("Colab" in links) == ("Binder" in links)
    if has_cells:
        notebook = f"{NOTEBOOKS}/{name}.ipynb"
        assert (SITE / notebook).is_file()
        assert links["Notebook"].get_attribute("href") == root + notebook
        _, owner, repository = urlsplit(BOOK.repository).path.split("/")
        assert addresses["Colab"] == (
            f"https://colab.research.google.com/github/{owner}/{repository}"
            f"/blob/{notebook}"
        )
        assert addresses["Binder"] == (
            f"https://mybinder.org/v2/gh/{owner}/{repository}/{NOTEBOOKS}"
            f"?urlpath=lab/tree/{name}.ipynb"
        )


def serious(page, options):
    """Return what axe finds that keeps somebody out."""
    return [
        f"{found['id']}: {found['nodes'][0]['html'][:200]}"
        for found in Axe().run(page, options=options).response["violations"]
        if found["impact"] in {"serious", "critical"}
    ]


# Does the way to the page reach under the buttons of the header?
OVERLAID = """() => {
  const edge = (name, side) =>
    document.querySelector(name)?.getBoundingClientRect()[side] ?? 0;
  return edge(".bd-breadcrumbs li.active .ellipsis", "right")
    > edge(".header-article-items__end", "left");
}"""


# Sizes do not depend on the theme, nor colours on the width.
@pytest.mark.parametrize(
    ("width", "theme"), [(WIDE, "light"), (NARROW, "dark")]
)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_whole_and_open_to_all(visit, name, width, theme):
    page = visit(name, width, theme)
    assert page.complaints == []
    assert page.locator("html").get_attribute("data-theme") == theme
    # Nothing moves sideways, every picture is there and can be told.
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(OVERLAID) is False
    for image in page.locator("main img").all():
        image.scroll_into_view_if_needed()
        assert image.evaluate("i => i.complete && i.naturalWidth > 0")
        assert image.get_attribute("alt")
    assert page.locator(".katex-error, mjx-container").count() == 0
    assert serious(page, BUT_LOOKS) == []
    if width == WIDE and name.removesuffix(".html") in BOOK.names:
        check_buttons(page, name.removesuffix(".html"))
    page.evaluate(THIN_OUT)
    assert serious(page, ONLY_LOOKS) == []
    assert page.complaints == []


@pytest.mark.parametrize(("width", "height"), [(WIDE, 900), (NARROW, 844)])
def test_the_first_screen_says_what_the_book_is(visit, width, height):
    page = visit("book/index.html", width)
    page.set_viewport_size({"width": width, "height": height})
    for selector in (".start", "#fig-ring img"):
        box = page.locator(selector).bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= height
    assert page.locator(".parts .sd-card img").count() == 2


def test_the_api_reference_holds_every_class_and_function():
    page = (SITE / "book/api.html").read_text("utf8")
    ids = set(re.findall(r'\bid="(d2l[\w.]*)"', page))
    assert {f"{p.module}.{p.name}" for p in PUBLIC} <= ids
    assert "d2l.models.resnet.resnet18" in ids
    assert "`" not in page  # what is code was seen to be


def test_mathematics_shows_without_scripts_and_network(visit):
    page = visit(CONVOLUTION, java_script_enabled=False)
    formula = page.locator(".katex-display .katex-html").first
    expect(formula).to_be_visible()
    assert formula.bounding_box()["height"] > 20
    fonts = [url for url in page.loaded if url.endswith(".woff2")]
    assert any("KaTeX_Main" in url for url in fonts)
    # Solutions stand open, and nothing waits for a script.
    expect(page.locator(".solution p").last).to_be_visible()
    assert page.complaints == []


@pytest.mark.parametrize("name", ["book/index.html", LENET])
def test_the_site_works_from_a_folder(visit, name):
    page = visit(name, base=SITE.as_uri() + "/")
    assert page.complaints == []
    page.goto(f"{SITE.as_uri()}/search.html?q=LeNet")
    expect(page.locator("#search-results li a").first).to_contain_text("LeNet")
    assert page.complaints == []


def test_the_theme_is_switched_and_remembered(visit):
    page = visit(LENET)
    html = page.locator("html")
    button = page.locator("button.theme-switch-button")
    seen = set()
    for _ in range(3):
        button.focus()
        page.keyboard.press("Enter")
        seen.add(html.get_attribute("data-mode"))
    assert seen == {"light", "dark", "auto"}
    while html.get_attribute("data-mode") != "dark":
        button.click()
    page.reload()
    expect(html).to_have_attribute("data-theme", "dark")
    assert page.complaints == []


def titles():
    """Return what one may look for, and the pages that one may mean.

    A chapter and its first page may have the same title.
    """
    found = {}
    for name in BOOK.names:
        title = re.search(r"^# (.*)", BOOK.page(name).text, re.MULTILINE)[1]
        found.setdefault(title, []).append(name)
    return found


def test_search_finds_a_page_from_anywhere(visit):
    page = visit("book/notation.html")
    page.keyboard.press("Control+k")
    page.locator("#pst-search-dialog input").fill("LeNet")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=*")
    first = page.locator("#search-results li a").first
    expect(first).to_be_visible(timeout=20_000)
    target = unquote(urlsplit(first.evaluate("a => a.href")).path)
    assert target.endswith(f"/{LENET}"), target
    assert page.complaints == []


def test_search_finds_a_chinese_term(visit):
    page = visit("search.html?q=张量")
    links = page.locator("#search-results li a")  # one appears after another
    entry = links.and_(page.locator('[href$="#term-tensor"]'))
    expect(entry).to_be_visible(timeout=20_000)
    first = urlsplit(links.first.evaluate("a => a.href"))
    assert first.path.endswith("/preliminaries/tensors.html")


def test_the_sidebar_is_walked_by_keyboard_without_scripts(visit):
    page = visit(LENET, java_script_enabled=False)
    sidebar = page.locator("nav.bd-docs-nav")
    expect(sidebar.locator("a[aria-current=page]")).to_have_text("7.6 LeNet")
    sidebar.locator("a").first.focus()
    for _ in range(sidebar.locator("a").count() - 1):
        page.keyboard.press("Tab")
    last = sidebar.locator("a").last
    expect(last).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/book/bibliography.html")


SEARCH = """words => {
    history.replaceState(null, "", "?q=" + encodeURIComponent(words));
    const results = Search._performSearch(...Search._parseQuery(words));
    const [name, , anchor] = results.at(-1);
    return `${name}.html${anchor}`;
}"""


def found_first(page, wanted):
    """Return, of some words, what the search page finds first for each."""
    page.goto(page.evaluate("new URL('../search.html?q=loss', location).href"))
    expect(page.locator("#search-results li").first).to_be_visible()
    typed = {words: words.replace("\u2019", "'") for words in wanted}
    return {words: page.evaluate(SEARCH, typed[words]) for words in wanted}


def test_search_finds_each_page_by_its_title_first(visit):
    page = visit("book/notation.html")
    wanted = titles()
    for words, place in found_first(page, wanted).items():
        assert place.partition(".html")[0] in wanted[words], words
    assert page.complaints == []


def test_search_finds_each_term_of_the_glossary_or_its_page_first(visit):
    page = visit("book/glossary.html")
    entries = {}
    for term in page.locator("dl.glossary dt").all():
        words = term.evaluate("t => t.firstChild.textContent")
        explained = term.locator("xpath=following-sibling::dd[1]//a")
        links = [a.get_attribute("href") for a in explained.all()]
        pages = [f"book/{link.partition('#')[0]}" for link in links]
        place = term.get_attribute("id")
        # A chapter may have the name of a term.
        chapters = [
            f"{name}.html"
            for title, names in titles().items()
            if title.lower() == words.lower()
            for name in names
        ]
        entries[words] = [f"book/glossary.html#{place}", *pages, *chapters]
    assert len(entries) > 100
    found = found_first(page, entries)
    assert {w: f for w, f in found.items() if f not in entries[w]} == {}


def test_code_is_copied_as_it_stands(visit, address):
    page = visit(LENET, permissions=["clipboard-read", "clipboard-write"])
    cell = page.locator(".cell_input .highlight").first
    cell.hover()
    cell.locator("button.copybtn").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    code = cell.locator("pre").text_content()
    assert copied.strip() == code.strip() != ""


def test_solutions_are_folded_until_asked_for(visit):
    page = visit(CONVOLUTION)
    solution = page.locator(".solution.dropdown").first
    text = solution.locator(".section > *, section > *, p").last
    expect(text).to_be_hidden()
    solution.locator("button.toggle-button").focus()
    page.keyboard.press("Enter")
    expect(text).to_be_visible()


def test_claims_show_their_code_when_asked(visit):
    page = visit(LENET)
    claim = page.locator(".claim").first
    code = claim.locator("pre").first
    expect(code).to_be_hidden()
    claim.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(code).to_be_visible()


def test_the_keyboard_reaches_everything(visit):
    page = visit(LENET)
    page.keyboard.press("Tab")
    skip = page.locator("#pst-skip-link a")
    expect(skip).to_be_focused()
    page.keyboard.press("Enter")
    assert page.url.endswith("#main-content")
    for group in ("launch", "download", "source"):
        button = page.locator(f".dropdown-{group}-buttons > button")
        first = page.locator(f".dropdown-{group}-buttons a").first
        expect(first).to_be_hidden()
        button.focus()
        page.keyboard.press("Enter")
        expect(first).to_be_visible()
        page.keyboard.press("ArrowDown")
        expect(first).to_be_focused()
        page.keyboard.press("Escape")
        expect(first).to_be_hidden()


def test_what_is_missing_is_told_with_a_way_on(visit):
    page = visit("404.html")
    page.complaints.clear()
    page.goto(page.url.replace("404.html", "book/no/such.html"))
    expect(page.locator("article h1")).to_contain_text("not")
    page.complaints = [c for c in page.complaints if "404" not in c]
    page.locator("a.navbar-brand").click()
    page.wait_for_url("**/book/index.html")
    assert page.complaints == []


@pytest.mark.parametrize("name", PHOTOGRAPHED)
def test_pages_are_light_and_photographed(visit, name):
    page = visit(name)
    page.evaluate("document.fonts.ready.then(() => {})")  # the last to come
    folder = ROOT / "_build" / "screenshots"
    folder.mkdir(exist_ok=True)
    file = f"{name.removesuffix('.html').replace('/', '-')}.png"
    page.screenshot(path=folder / file, full_page=True)
    weight = sum(page.loaded.values())
    requests = sum("KaTeX" not in url for url in page.loaded)
    told = json.dumps(page.loaded, indent=1)
    assert weight <= WEIGHT and requests <= REQUESTS, told


def test_the_archive_holds_the_site(tmp_path):
    with ZipFile(SITE / ARCHIVE) as archive:
        assert archive.testzip() is None
        names = {n.partition("/")[2] for n in archive.namelist()}
    here = {
        path.relative_to(SITE).as_posix()
        for path in SITE.rglob("*")
        if path.is_file() and path.name[0] != "."
    }
    assert names == here - {ARCHIVE, LIST, FILE}  # results are for clones

"""The rule of a chapter's opening page: what it must hold."""

from collections.abc import Iterator

from tooling.rules.document import Document
from tooling.rules.library import Library
from tooling.rules.registry import Finding, rule

OPENING = """
(chapter-chapter)=
# Loops

A list of a million numbers can't be added up by hand.

## Pages

```{figure} ../map.svg
:name: fig-map-chapter
:alt: Addition needs no other page.

An arrow leads from a page to one that needs it.
```

```{tableofcontents}
```

The pages run in {minutes}`the chapter`.

## Afterwards you can

You can add up a list.

## Project

```{code-cell} python
def check(add):
    assert add([1, 2]) == 3, "1 and 2 are 3"
```

```{code-cell} python
:tags: [claim]

assert refuses(check, max), "The check refuses the maximum."
```

```{exercise} Add
:label: chapter-project

Write `add(numbers)` without `sum`.
```

```{solution-start} chapter-project
:class: dropdown
```

```{code-cell} python
assert not refuses(check, sum)
```

```{solution-end}
```
"""


@rule(
    "chapter-opening",
    wrong=OPENING.replace("```{tableofcontents}\n```\n", ""),
    right=OPENING,
)
def chapter_opening(page: Document, _: Library) -> Iterator[Finding]:
    """The opening page of a chapter has a map, a time and a project.

    It tells what the chapter answers, in its first paragraphs. Then come
    the map of its pages (`fig-map-` and the name of the folder), their list,
    the minutes that they run, what one can do afterwards, and a project: an
    exercise labelled with the folder's name and `-project`, a function
    `check` that readers call with their solution, a claim that it refuses a
    wrong one, and a solution that passes.
    """
    if not page.is_opening:
        return
    chapter = page.name.split("/")[-2]
    titles = ["Pages", "Afterwards you can", "Project"]
    headings = [h.text for h in page.headings[1:]]
    if headings != titles:
        yield page.title_line, f"have the sections {', '.join(titles)}"
        return
    pages, project = page.section("Pages"), page.section("Project")
    if not any(d.label == f"fig-map-{chapter}" for d in page.named("figure")):
        yield pages, f"show the map of the chapter, fig-map-{chapter}"
    if not page.named("tableofcontents"):
        yield pages, "list the pages by {tableofcontents}"
    roles = (m.name for t in page.texts for m in t.of_kind("role"))
    if "minutes" not in roles:
        yield pages, "say by {minutes} how long the pages run"
    label = f"{chapter}-project"
    asked = page.named("exercise", "exercise-start")
    if [exercise.label for exercise in asked] != [label]:
        yield project, f"have one exercise, labelled {label}"
    if not page.named("solution-start"):
        yield project, "have a solution with code"
    claims = [cell for cell in page.cells if "claim" in cell.tags]
    wanted = {"def check(": page.cells, "refuses(check": claims}
    for code, cells in wanted.items():
        if not any(code in "\n".join(cell.body) for cell in cells):
            yield project, f"have a cell with {code}...), of the project"

"""Rules of results: none is typed, all that is quoted was computed."""

import re
from collections.abc import Iterator

from tooling.rules import code
from tooling.rules.document import Document
from tooling.rules.inline import Text
from tooling.rules.library import Library
from tooling.rules.registry import Finding, rule

WHOLE = r"(?<![\w.,])\d+(?:,\d{3})*"
DECIMAL = r"(?<![\w.,])\d+(?:,\d{3})*\.\d+"
PERCENT = rf"{WHOLE}(?:\.\d+)?\s?(?:%|per ?cent\b)"
SOME = rf"(?:{PERCENT}|{DECIMAL})"
HEDGE = (
    r"(?:(?:about|around|roughly|only|just|nearly|almost|over|under|up to|"
    r"more than|less than|at least|at most|a mere)\s+)*"
)
IS = (
    r"(?:\s+(?:of|is|was|at|to|by|from|than|fell|falls|rises|rose|drops|"
    r"dropped|ends|ended|reaches|reached|becomes|became|goes|went|stays|"
    r"stood|stands|equals|exceeds|below|above|then|now|still|a|an))+\s+"
)
METRIC = (
    r"\b(?:accurac(?:y|ies)|loss(?:es)?|errors?|error rates?|recall|"
    r"precision|perplexity|cross-entropy|BLEU|F1|mAP|IoU)\b"
    r"(?:\s+(?:on|for|over|in|of)(?:\s+[\w\ufffc-]+){1,4}?)?"
)
COUNT = (
    r"(?<![\w.,])(?:\d{1,3}(?:,\d{3})+|\d{4,}|"
    r"\d+(?:\.\d+)?\s?(?:thousand|million|billion|[kKMB]\b))"
)
SECONDS = rf"{WHOLE}(?:\.\d+)?\s?(?:seconds?|s|ms|milliseconds?|µs|μs)\b"
LONGER = rf"{WHOLE}(?:\.\d+)?\s?(?:minutes?|min|hours?|h)\b"
TAKES = r"\b(?:takes?|took|lasts?|lasted|needs?|needed)\s+"
WITHIN = r"\b(?:in|within|after|for)\s+"

# What a run produced: everywhere, and only outside of exercises, which may
# assume what they like.
RUN = [
    rf"{COUNT}\s+(?:[a-z-]+\s+)?(?:parameters|weights)\b",
    rf"{TAKES}{HEDGE}{SECONDS}",
    rf"{SECONDS}\s+(?:per|a|an|each|for each)\s+"
    r"(?:epoch|step|batch|image|picture|token|iteration|sample|run)\b",
    rf"{WHOLE}(?:\.\d+)?\s?(?:\u00d7|x|times)\s+(?:as\s+)?(?:fast|slow|quick)\w*",
]
SAID = [
    rf"{METRIC}{IS}{HEDGE}{SOME}",
    rf"\b(?:loss|perplexity|BLEU)\b{IS}{HEDGE}{WHOLE}(?![\w.,%]*\d|\s?%)",
    rf"{SOME}\s+(?:[a-z-]+\s+)?(?:accuracy|accurate|recall|precision|error|"
    r"correct|right)\b",
    rf"{PERCENT}\s+of\s+(?:(?:all|the|its|our)\s+)*"
    r"(?:parameters|weights|(?:test|validation|held-out)\b)",
    r"\b(?:reach(?:es|ed)?|gets?|got|achieve[sd]?|attain(?:s|ed)?|scores?|"
    rf"scored|recogni[sz]e[sd]?)\s+{HEDGE}{SOME}",
    rf"{DECIMAL}\s+nats\b",
]
RIGHT = rf"\b(?:right|correct|wrong)\s+(?:in|on|for)\s+{HEDGE}{PERCENT}"
DIGITS = rf"{DECIMAL}\s?(?:%|per ?cent\b)"
LONG = [rf"{TAKES}{HEDGE}{LONGER}", rf"{WITHIN}{HEDGE}(?:{SECONDS}|{LONGER})"]

ANYWHERE = re.compile("|".join(RUN))
OUTSIDE = re.compile("|".join([*SAID, RIGHT, DIGITS]))
COMPUTING = re.compile("|".join(LONG))

MACHINE = re.compile(
    r"\b(?:train\w*|epochs?|run|runs|ran|GPUs?|CPUs?|cores?|laptop|machine|"
    r"execut\w+|loop|cell)\b"
)
ASSUMED = re.compile(
    r"\b(?:if|suppose|imagine|unless|whether|assume|say)\b[^,;:]*$", re.I
)
CHOSEN = re.compile(
    r"\b(?:prun\w+|drop(?:s|ped|ping)?|keep\w*|kept|mask\w*|remov\w+|"
    r"freez\w+|split\w*)\b"
)
CHANCE = re.compile(
    r"\b(?:probability|confidence|quantile|percentile|interval|chance)\b"
)


@rule(
    "typed-number",
    wrong="LeNet reaches 89.2% and has 61,706 parameters.",
    right="```{code-cell} python\nglue(accuracy=accuracy, count=count)\n```\n"
    "\nLeNet reaches {glue:text}`accuracy:.1%` and has {glue:text}`count:,` "
    "parameters.",
)
def typed_number(page: Document, _: Library) -> Iterator[Finding]:
    """No result is typed: accuracies, losses, parameter counts, times.

    A typed number is true until somebody changes the code. `glue` hands the
    result from a cell to the sentence that quotes it. A number from a paper
    is typed, in a sentence with its citation. One that follows by
    arithmetic is written as mathematics, with the arithmetic, so that the
    reader can follow it too.
    """
    for text in page.texts:
        if text.kind != "table" and any(c.isdigit() for c in text.plain):
            yield from _typed(text, page.asks(text))


def _typed(text: Text, is_exercise: bool) -> Iterator[Finding]:
    cited = [
        mark.offset
        for mark in text.of_kind("role")
        if mark.name.startswith("cite")
    ]
    for start, end in text.sentences:
        sentence = text.plain[start:end]
        if sentence.rstrip().endswith("?"):
            continue
        if any(start <= offset < end for offset in cited):
            continue
        for match in _results(sentence, is_exercise):
            digit = re.search(r"\d", match[0])
            assert digit is not None
            if not ASSUMED.search(sentence[: match.start() + digit.start()]):
                quoted = " ".join(match[0].split())
                yield (
                    text.line_of(start + match.start() + digit.start()),
                    f"insert the result by glue instead of typing {quoted!r}",
                )


def _results(sentence: str, is_exercise: bool) -> Iterator[re.Match[str]]:
    yield from ANYWHERE.finditer(sentence)
    if MACHINE.search(sentence):
        yield from COMPUTING.finditer(sentence)
    if is_exercise or CHOSEN.search(sentence):
        return
    # "A classifier is right on 90% of them" is about no classifier's run.
    is_general = re.match(r"(?:A|An|Any|Some)\s", sentence)
    for match in OUTSIDE.finditer(sentence):
        if re.fullmatch(RIGHT, match[0]) and is_general:
            continue
        if re.fullmatch(DIGITS, match[0]) and CHANCE.search(sentence):
            continue
        yield match


@rule(
    "glue-undefined",
    wrong="LeNet is right in {glue:text}`acuracy:.1%` of the cases.",
    right="```{code-cell} python\nglue(accuracy=accuracy)\n```\n\n"
    "LeNet is right in {glue:text}`accuracy:.1%` of the cases.",
)
def glue_undefined(page: Document, _: Library) -> Iterator[Finding]:
    """A cell of the page glues what `glue:text` inserts.

    Each page computes what it quotes, so that nobody has to look for a
    number on another page, and each page can be executed alone.
    """
    keys = [code.glued(cell) for cell in page.cells]
    known = {key for found, _ in keys for key in found}
    if not all(complete for _, complete in keys):
        return
    for text in page.texts:
        for mark in text.of_kind("role"):
            key = mark.content.split(":")[0]
            if mark.name == "glue:text" and key not in known:
                yield mark.line, f"no cell of this page glues {key!r}"


@rule(
    "glue-unused",
    wrong="```{code-cell} python\nglue(accuracy=accuracy)\n```",
    right="```{code-cell} python\nglue(accuracy=accuracy)\n```\n\n"
    "LeNet is right in {glue:text}`accuracy:.1%` of the cases.",
)
def glue_unused(page: Document, _: Library) -> Iterator[Finding]:
    """The page quotes what its cells glue.

    A key that nothing quotes is a sentence that was forgotten, or a line of
    code that the reader wonders about.
    """
    used = {
        mark.content.split(":")[0]
        for text in page.texts
        for mark in text.of_kind("role")
        if mark.name.startswith("glue")
    }
    for cell in page.cells:
        for key, line in code.glued(cell)[0].items():
            if key not in used:
                yield line, f"quote {key!r} in the text, or don't glue it"

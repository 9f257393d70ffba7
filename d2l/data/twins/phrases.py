# ruff: noqa: RUF001
"""Sentences around dates, amounts and names, the twin of real pairs.

What stands in the sentences is in Unicode's Common Locale Data Repository
(CLDR), which Babel carries: so nothing is translated here but the frames.
"""

import re
from collections.abc import Callable
from datetime import date, time, timedelta
from random import Random
from typing import Literal

from babel import Locale
from babel.dates import format_date, format_time, format_timedelta
from babel.lists import format_list
from babel.units import format_unit

# What CLDR calls the languages of the pairs, in the order of `FRAMES`.
LOCALES = {"eng": "en_US", "fra": "fr_FR", "cmn": "zh_Hans_CN"}
# Sentences in English, French and Chinese, with slots; "|" stands between
# translations of one sentence.
FRAMES = (
    ("It is {date}.", "Nous sommes le {date}.", "今天是{date}。"),
    ("She was born on {date}.", "Elle est née le {date}.", "她出生于{date}。"),
    (
        "We will meet on {date} at {time}.",
        "Nous nous verrons le {date} à {time}.",
        "我们{date}{time}见面。",
    ),
    (
        "The train does not leave at {time}.",
        "Le train ne part pas à {time}.",
        "火车不在{time}出发。",
    ),
    (
        "The journey begins at {time} and lasts {duration}.",
        "Le voyage commence à {time} et dure {duration}.",
        "旅行{time}开始，历时{duration}。",
    ),
    ("I met him {past}.", "Je l'ai rencontré {past}.", "我{past}见过他。"),
    (
        "He left {past}, on {date}.",
        "C'est le {date}, {past}, qu'il est parti.",
        "他于{date}，即{past}离开。",
    ),
    (
        "They will come {future}.",
        "Ils viendront {future}.",
        "他们{future}来。",
    ),
    (
        "Does it take {duration}?",
        "Est-ce que cela prend {duration} ?|Cela prend-il {duration} ?",
        "这需要{duration}吗？",
    ),
    ("That is {amount}.", "Cela fait {amount}.", "这是{amount}。"),
    (
        "I measured {amount}, and then {more}.",
        "J'ai mesuré {amount}, et puis {more}.",
        "我先测得{amount}，然后测得{more}。",
    ),
    (
        "She speaks {languages}.",
        "Elle parle {languages}.",
        "她说{languages}。",
    ),
    (
        "He does not speak {languages}.",
        "Il ne parle pas {languages}.",
        "他不会说{languages}。",
    ),
    (
        "Do you speak {languages}?",
        "Parlez-vous {languages} ?|Est-ce que tu parles {languages} ?",
        "你会说{languages}吗？|您说{languages}吗？",
    ),
    (
        "The film exists in {languages} since {date}.",
        "Depuis le {date}, le film existe en {languages}.",
        "自{date}起，这部电影有{languages}版。",
    ),
    (
        "On the list: {places}.",
        "Sur la liste : {places}.",
        "名单上有{places}。",
    ),
    ("{places}, {past}", "{past}, {places}", "{past}，{places}"),
)
UNITS = (
    "length-meter length-centimeter mass-kilogram mass-gram "
    "speed-kilometer-per-hour temperature-celsius"
)
DURATIONS = ("second", "minute", "hour", "day", "week", "month", "year")
LANGUAGES = (
    "ar bg ca cs da de el en es et fa fi fr ga he hi hr hu id is it ja ko la "
    "lt lv mn ms nb nl pl pt ro ru sk sl sq sr sv sw ta th tr uk ur vi zh zu"
)
PLACES = (
    "AF AL AR AT AU BE BG BO BR CA CH CL CN CO CU CZ DE DK DZ EC EG ES ET FI "
    "FR GB GH GR HR HU ID IE IL IN IQ IR IS IT JM JO JP KE KH KR LB LU LY MA "
    "MG MN MX MY NG NL NO NP NZ PE PH PL PT RO RS RU SD SE SK SN SY TH TN TR "
    "TZ UA UG US UY VE VN ZA ZM ZW"
)
#: How far away something is, in seconds.
DISTANCES: dict[
    Literal["minute", "hour", "day", "week", "month", "year"], int
] = {
    "minute": 60,
    "hour": 3_600,
    "day": 86_400,
    "week": 7 * 86_400,
    "month": 30 * 86_400,
    "year": 365 * 86_400,
}
SLOT = re.compile(r"\{(\w+)\}")
# What stands in a slot, in the language of a locale.
_Words = Callable[[Locale], str]


def draw(language: str, n: int, *, seed: int) -> list[tuple[str, str]]:
    """Draw English sentences and their translations.

    Words change their order from language to language, and so do the parts
    of a date. Hours are counted twice to twelve in English and to 24 in the
    others. Some sentences have two translations. What the names are depends
    on the version of CLDR, and so on that of Babel; which are drawn does
    not.

    Args:
        language: "fra" or "cmn", in ISO 639-3.
        n: number of different English sentences.
        seed: of the choice.

    Returns:
        English and translation, a pair for each translation.

    Source: the CLDR, in the edition that Babel carries; frames of our own.

    >>> len({english for english, _ in draw("cmn", 9, seed=0)})
    9
    """
    dice = Random(seed)
    column = list(LOCALES).index(language)
    english, other = (Locale.parse(LOCALES[k]) for k in ("eng", language))
    pairs: dict[tuple[str, str], None] = {}
    seen: set[str] = set()
    while len(seen) < n:
        frame = dice.choice(FRAMES)
        slots = _slots(dice)
        source = _filled(frame[0], slots, english)
        seen.add(source)
        for template in frame[column].split("|"):
            pairs[source, _filled(template, slots, other)] = None
    return list(pairs)


def _filled(template: str, slots: dict[str, _Words], locale: Locale) -> str:
    return SLOT.sub(lambda slot: slots[slot[1]](locale), template)


def _slots(dice: Random) -> dict[str, _Words]:
    """Draw what may stand in the slots of one sentence."""
    return {
        "date": _date(dice),
        "time": _time(dice),
        "duration": _amount(dice, [f"duration-{unit}" for unit in DURATIONS]),
        "past": _distance(dice, -1),
        "future": _distance(dice, 1),
        "amount": _amount(dice, UNITS.split()),
        "more": _amount(dice, UNITS.split()),
        "languages": _names(dice, "languages", LANGUAGES.split()),
        "places": _names(dice, "territories", PLACES.split()),
    }


def _date(dice: Random) -> _Words:
    day = date(1980, 1, 1) + timedelta(days=dice.randrange(18_000))
    form = dice.choice(("full", "long"))
    return lambda locale: format_date(day, form, locale=locale)


def _time(dice: Random) -> _Words:
    moment = time(dice.randrange(24), 5 * dice.randrange(12))
    return lambda locale: format_time(moment, "short", locale=locale)


def _amount(dice: Random, units: list[str]) -> _Words:
    unit = dice.choice(units)
    tenths = dice.randrange(10, 600)
    value = tenths / 10 if dice.random() < 0.3 else tenths // 10

    def words(locale: Locale) -> str:
        found = format_unit(value, unit, "long", locale=locale)
        if unit not in found:
            return found
        # Where the long form is the same as the short, CLDR has that alone.
        return format_unit(value, unit, "short", locale=locale)

    return words


def _distance(dice: Random, sign: int) -> _Words:
    """Draw a distance in time: "3 days ago", "in 2 years"."""
    unit = dice.choice(list(DISTANCES))
    span = timedelta(seconds=sign * DISTANCES[unit] * dice.randrange(1, 24))
    return lambda locale: format_timedelta(
        span, unit, threshold=1000, add_direction=True, locale=locale
    )


def _names(dice: Random, kind: str, codes: list[str]) -> _Words:
    """Draw a list of one to four names."""
    chosen = dice.sample(codes, dice.randint(1, 4))

    def words(locale: Locale) -> str:
        known = getattr(locale, kind)
        return format_list([known[code] for code in chosen], locale=locale)

    return words

"""Sentences of any language, brought into one form and cut into tokens."""

import re
import unicodedata

# One Han character; ideographs of other planes are rare.
HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_APOSTROPHES = str.maketrans(
    dict.fromkeys("\u2018\u2019\u02bc", "'")
    # Marks that are not seen: soft hyphens, spaces without width, marks of
    # the order of bytes.
    | dict.fromkeys("\u00ad\u200b\ufeff", "")
)
_WIDE = dict(zip(",.:;?!", "，。：；？！", strict=True))  # noqa: RUF001
_NARROW_MARK = re.compile(rf"(?<=[{HAN}])[,.:;?!]+")
# From left to right: a Han character; what French elides before a vowel;
# a word, which may hang on the one before by a hyphen; a single mark.
TOKEN = re.compile(
    rf"[{HAN}]"
    r"|\b(?:[cdjlmnst]|(?:jus|lors|puis|quoi)?qu)'(?=[^\W\d_])"
    rf"|(?:(?<=[^\W_])-)?(?:(?![{HAN}])[^\W_])+"
    rf"(?:'(?:(?![{HAN}])[^\W_])+)*"
    r"|[^\w\s]|_"
)


def normalize(text: str) -> str:
    """Write a sentence the way all others are written.

    Accents and their letters become one character (Unicode's form NFC),
    spaces of every kind and number one space, curly apostrophes straight;
    what can't be seen is left out. A mark of the Latin script that follows
    a Han character becomes the one of the Chinese script. Nothing else is
    lost: capitals, spaces before marks and marks themselves stay.

    Args:
        text: of any language; may be empty.

    Returns:
        A text without spaces at its ends; the same for one so written.

    Source: Unicode Standard Annex 15, for NFC; Moses (Koehn et al., 2007)
    has rules of this kind for marks.

    >>> normalize("Cafe\u0301\u202f? ")
    'Café ?'
    >>> normalize("你好!")
    '你好！'
    """
    if not text.isascii():
        text = unicodedata.normalize("NFC", text).translate(_APOSTROPHES)
        text = _NARROW_MARK.sub(_widened, text)
    return " ".join(text.split())


def _widened(marks: re.Match[str]) -> str:
    return "".join(_WIDE[mark] for mark in marks[0])


def cut(text: str) -> list[str]:
    """Cut a sentence into words and marks, in small letters.

    White space is lost. Each Han character is a token, as Chinese sets no
    spaces. In French what is elided is a token of its own ("j'", "qu'"), as
    it would be a word if the next one began with a consonant; an apostrophe
    within other words stays ("don't"). What hangs on a word by a hyphen
    keeps it ("-tu"), so that no token is a hyphen alone.

    Args:
        text: as `normalize` returns it; may be empty.

    Returns:
        Words, Han characters, single marks.

    Source: rules as of Moses (Koehn et al., 2007), much reduced; single
    Han characters as in Li et al. (2019).
    Same as: `d2l.text.tokenizers.words`, in English without hyphens
    (tests/package/test_sentences.py).

    >>> cut("J'espère qu'il n'est pas là, as-tu dit.")
    ["j'", 'espère', "qu'", 'il', "n'", 'est', 'pas', 'là', ',', 'as', \
'-tu', 'dit', '.']
    >>> cut("I don't know iPads: 我不知道。")
    ['i', "don't", 'know', 'ipads', ':', '我', '不', '知', '道', '。']
    """
    return TOKEN.findall(text.lower())

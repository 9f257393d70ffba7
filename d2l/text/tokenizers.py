"""Small functions that cut a text into tokens."""

import re

WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*|[^\w\s]|_")


def characters(text: str) -> list[str]:
    """Cut a text into its characters.

    Args:
        text: of any language.

    Returns:
        Tokens that give the text when they are joined.

    Source: Shannon (1951).

    >>> characters("to be")
    ['t', 'o', ' ', 'b', 'e']
    """
    return list(text)


def words(text: str) -> list[str]:
    """Cut a text into words and punctuation marks, in small letters.

    White space is lost, an apostrophe within a word stays there, and digits
    count as letters. A language that sets no spaces, such as Chinese, comes
    in pieces of whole clauses; there characters are the better tokens.

    Args:
        text: of a language that separates words.

    Returns:
        Words, and single marks.

    Source: the usual rule of thumb of corpus linguistics (Manning and
    Schütze, 1999, Section 4.2.2).

    >>> words("Don't panic: it's 9 o'clock.")
    ["don't", 'panic', ':', "it's", '9', "o'clock", '.']
    """
    return WORD.findall(text.lower())

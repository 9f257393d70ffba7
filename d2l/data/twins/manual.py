"""Pages of Python's manual, the offline twin of running text."""

from pydoc_data.topics import topics

#: What the manual sets in signs that ASCII lacks.
PLAIN = str.maketrans(
    {
        "\u2018": "'",
        "\u2019": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u2013": "-",
        "\u2014": "-",
        "\u2026": "...",
    }
)


def draw(n: int | None = None) -> str:
    r"""Read the manual's pages on the language, one after the other.

    They come with Python, so that their text is not quite the same in each
    of its versions.

    Args:
        n: number of characters; all of them, about 465,000, if not given.

    Returns:
        ASCII text with line feeds, paragraphs separated by empty lines.

    Source: the pages that Python's own `help` shows.

    >>> draw(28)
    'The "assert" statement\n*****'
    """
    text = "\n\n".join(topics.values()).translate(PLAIN)
    return text.encode("ascii", "ignore").decode()[:n]

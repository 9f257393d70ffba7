"""What a page of the book needs from the notebook that it runs in."""

import sys
import warnings
from collections.abc import Callable
from typing import Any

GLUE_PREFIX = "application/papermill.record/"


def in_notebook() -> bool:
    """Tell whether this code runs in a Jupyter kernel (not in a terminal).

    Returns:
        True in Jupyter, Colab and in the build of the book.

    >>> in_notebook()
    False
    """
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return shell is not None and hasattr(shell, "kernel")


def note(message: str) -> None:
    """Tell the reader something: a visible note on a page, else a warning.

    Args:
        message: one or more whole sentences, Markdown allowed.
    """
    if in_notebook():
        from IPython.display import Markdown, display

        display(Markdown(f"> **Note.** {message}"))  # type: ignore[no-untyped-call]
    else:
        warnings.warn(message, stacklevel=3)


def glue(**values: Any) -> None:
    """Hand results to the prose, which quotes them with the role `glue:text`.

    The outputs are those of `myst_nb.glue`, without its dependencies, so that
    the cell also runs in Colab. Outside a notebook nothing happens.

    Args:
        values: names and results; tensors and NumPy scalars with one element
            become Python numbers, which format specifications understand.

    Raises:
        ValueError: if a tensor or array has more than one element.
    """
    plain = {name: _python_value(name, v) for name, v in values.items()}
    if not in_notebook():
        return
    from IPython.display import display

    for name, value in plain.items():
        display(  # type: ignore[no-untyped-call]
            {f"{GLUE_PREFIX}text/plain": repr(value)},
            metadata={"scrapbook": {"name": name, "mime_prefix": GLUE_PREFIX}},
            raw=True,
        )


def refuses(check: Callable[[Any], object], solution: Any) -> bool:
    """Tell whether the check of a project finds a solution wrong.

    Args:
        check: raises AssertionError if a solution is wrong.
        solution: what it is called with.

    Returns:
        True if it was found wrong.

    >>> def check(double):
    ...     assert double(3) == 6, "the double of 3 is 6"
    >>> refuses(check, lambda x: x + x), refuses(check, lambda x: x**2)
    (False, True)
    """
    try:
        check(solution)
    except AssertionError:
        return True
    return False


def _python_value(name: str, value: Any) -> Any:
    if not hasattr(value, "item"):
        return value
    if any(length != 1 for length in value.shape):
        raise ValueError(
            f"glue needs a single number for {name}, "
            f"got shape {tuple(value.shape)}"
        )
    return value.item()

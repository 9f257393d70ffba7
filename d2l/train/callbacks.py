"""What one sees while a model trains: a live figure, or a progress bar."""

from collections.abc import Mapping, Sequence
from itertools import cycle
from time import perf_counter
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from d2l.notebook import in_notebook
from d2l.palette import TRAIN, VALIDATION
from d2l.train import distributed
from d2l.train.trainer import Callback, Event, Trainer

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STYLE = {"train": ("training", TRAIN), "val": ("validation", VALIDATION)}


def progress() -> Callback:
    """Return a `LiveFigure` in a notebook and a `ProgressBar` elsewhere."""
    return LiveFigure() if in_notebook() else ProgressBar()


class ProgressBar:
    """Callback that shows the steps of each epoch, and what was measured.

    Written to the standard error of the first process.
    """

    def __init__(self) -> None:
        self.bar: tqdm[Any] | None = None

    def __call__(self, event: Event, trainer: Trainer) -> None:
        """Advance the bar on `step`; add the results on `report`."""
        if distributed.rank() != 0:
            return
        if event == "epoch_start":
            epochs = f"/{trainer.epochs}" if trainer.epochs else ""
            self.bar = tqdm(
                total=trainer.steps_per_epoch,
                initial=-(-trainer.seen // trainer.accumulate),
                desc=f"epoch {trainer.epoch + 1}{epochs}",
                unit="step",
            )
        elif self.bar is None:
            return
        elif event == "step":
            self.bar.update()
        elif event == "report":
            results = ", ".join(
                f"{name} {value:.4g}"
                for name, value in trainer.history[-1].items()
                if name not in ("step", "epoch") and _is_number(value)
            )
            self.bar.set_postfix_str(results, refresh=False)
        elif event in ("epoch_end", "fit_end"):
            self.bar.close()
            self.bar = None


class LiveFigure:
    """Callback that shows the history as one figure, redrawn as it grows.

    Drawing takes a tenth of the time at most: where reports are frequent,
    not each one is drawn, but the last always is.
    """

    def __init__(self) -> None:
        self.handle: Any = None
        self.rest = 0.0

    def __call__(self, event: Event, trainer: Trainer) -> None:
        """Redraw on `report` if it is time, and on `fit_end`."""
        now = perf_counter()
        if event == "fit_start":
            self.handle, self.rest = None, now
        due = event == "fit_end" or (event == "report" and now >= self.rest)
        if not due or not trainer.history or distributed.rank() != 0:
            return
        from IPython.display import display
        from matplotlib import pyplot as plt

        figure = draw_history(
            trainer.history, epochs=trainer.epochs, steps=trainer.steps
        )
        if self.handle is None:
            self.handle = display(figure, display_id=True)  # type: ignore[no-untyped-call]
        else:
            self.handle.update(figure)
        plt.close(figure)  # or the notebook would show it once more
        self.rest = perf_counter() + 9 * (perf_counter() - now)


def draw_history(
    history: Sequence[Mapping[str, Any]],
    *,
    epochs: int | None = None,
    steps: int | None = None,
) -> "Figure":
    """Draw losses on the left and validation metrics, if any, on the right.

    Over epochs if each row is of whole ones, else over steps. What is not a
    number, or neither of training nor of validation, is left out.

    Args:
        history: what `Trainer.fit` returned.
        epochs: right end of an axis of epochs; the last row if not given.
        steps: right end of an axis of steps.

    Returns:
        The figure, in the colours of `d2l.palette`.

    Raises:
        ValueError: if the history is empty.
    """
    from matplotlib import pyplot as plt

    if not history:
        raise ValueError("there is no epoch to draw")
    losses, metrics = _panels(history)
    panels = [losses, metrics] if metrics else [losses]
    size = (3.5 * len(panels), 2.6)
    figure, axes = plt.subplots(
        1, len(panels), figsize=size, squeeze=False, layout="constrained"
    )
    unit = _unit(history)
    end = max(history[-1][unit], (epochs if unit == "epoch" else steps) or 0)
    for ax, panel in zip(axes[0], panels, strict=True):
        strokes = cycle(("o-", "o--", "o:", "o-."))
        for name in panel:
            part, _, measure = name.partition("_")
            label, colour = STYLE[part]
            rows = [row for row in history if name in row]
            ax.plot(
                [row[unit] for row in rows],
                [row[name] for row in rows],
                next(strokes),
                color=colour,
                markersize=3,
                label=f"{label} {measure}",
            )
        measures = dict.fromkeys(name.partition("_")[2] for name in panel)
        ax.set(xlabel=unit, ylabel=", ".join(measures))
        ax.set_xlim(0.5 if unit == "epoch" else 0, end + 0.5)
        ax.xaxis.get_major_locator().set_params(integer=True)
        ax.legend()
    return figure


def _panels(
    history: Sequence[Mapping[str, Any]],
) -> tuple[list[str], list[str]]:
    """Return the names of losses, and of metrics, that can be drawn."""
    drawn: dict[str, None] = {}
    for row in history:
        for name, value in row.items():
            if name.partition("_")[0] in STYLE and _is_number(value):
                drawn[name] = None
    losses = [name for name in drawn if name in ("train_loss", "val_loss")]
    return losses, [name for name in drawn if name not in losses]


def _unit(history: Sequence[Mapping[str, Any]]) -> str:
    """Return "epoch" if every row ends one, else "step"."""
    first = history[0]
    whole = all(
        row["epoch"]
        and row["step"] * first["epoch"] == row["epoch"] * first["step"]
        for row in history
    )
    return "epoch" if whole else "step"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float)

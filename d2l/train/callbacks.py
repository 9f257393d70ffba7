"""What one sees while a model trains: a live figure, or a progress bar."""

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
    """Callback that shows the steps of each epoch, and then its results.

    Written to the standard error of the first process.
    """

    def __init__(self) -> None:
        self.bar: tqdm[Any] | None = None

    def __call__(self, event: Event, trainer: Trainer) -> None:
        """Advance the bar on `step`; add the results on `epoch_end`."""
        if distributed.rank() != 0:
            return
        if event == "epoch_start":
            self.bar = tqdm(
                total=trainer.steps_per_epoch,
                desc=f"epoch {trainer.epoch + 1}/{trainer.epochs}",
                unit="step",
            )
        elif event == "step" and self.bar is not None:
            self.bar.update()
        elif event == "epoch_end" and self.bar is not None:
            self.bar.set_postfix_str(
                ", ".join(
                    f"{name} {value:.4g}"
                    for name, value in trainer.history[-1].items()
                    if name != "epoch"
                ),
                refresh=False,
            )
            self.bar.close()


class LiveFigure:
    """Callback that shows the history as one figure, redrawn as it grows.

    Drawing takes a tenth of the time at most: where epochs are short, not
    each one is drawn, but the last always is.
    """

    def __init__(self) -> None:
        self.handle: Any = None
        self.rest = 0.0

    def __call__(self, event: Event, trainer: Trainer) -> None:
        """Redraw on `epoch_end` if it is time, and on `fit_end`."""
        now = perf_counter()
        if event == "fit_start":
            self.handle, self.rest = None, now
        due = event == "fit_end" or (event == "epoch_end" and now >= self.rest)
        if not due or not trainer.history or distributed.rank() != 0:
            return
        from IPython.display import display
        from matplotlib import pyplot as plt

        figure = draw_history(trainer.history, trainer.epochs)
        if self.handle is None:
            self.handle = display(figure, display_id=True)  # type: ignore[no-untyped-call]
        else:
            self.handle.update(figure)
        plt.close(figure)  # or the notebook would show it once more
        self.rest = perf_counter() + 9 * (perf_counter() - now)


def draw_history(
    history: list[dict[str, float]], epochs: int | None = None
) -> "Figure":
    """Draw losses on the left and validation metrics, if any, on the right.

    Args:
        history: what `Trainer.fit` returned.
        epochs: right end of the horizontal axis; the last epoch if not given.

    Returns:
        The figure, in the colours of `d2l.palette`.

    Raises:
        ValueError: if the history is empty.
    """
    from matplotlib import pyplot as plt

    if not history:
        raise ValueError("there is no epoch to draw")
    losses = [n for n in history[-1] if n in ("train_loss", "val_loss")]
    metrics = [n for n in history[-1] if n not in ("epoch", *losses)]
    panels: list[list[str]] = [losses, metrics] if metrics else [losses]
    size = (3.5 * len(panels), 2.6)
    figure, axes = plt.subplots(
        1, len(panels), figsize=size, squeeze=False, layout="constrained"
    )
    epoch = [row["epoch"] for row in history]
    for ax, panel in zip(axes[0], panels, strict=True):
        strokes = cycle(("o-", "o--", "o:", "o-."))
        for name in panel:
            part, colour = STYLE[name.partition("_")[0]]
            ax.plot(
                epoch,
                [row[name] for row in history],
                next(strokes),
                color=colour,
                markersize=3,
                label=f"{part} {name.partition('_')[2]}",
            )
        measures = dict.fromkeys(name.partition("_")[2] for name in panel)
        ax.set(xlabel="epoch", ylabel=", ".join(measures))
        ax.set_xlim(0.5, max(epochs or 0, len(history)) + 0.5)
        ax.xaxis.get_major_locator().set_params(integer=True)
        ax.legend()
    return figure

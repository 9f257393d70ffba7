"""Progress in a terminal, and one live figure in a real kernel."""

import nbformat
import pytest
import torch
from matplotlib import pyplot as plt
from nbclient import NotebookClient
from torch import nn

from d2l.losses import squared_error
from d2l.palette import TRAIN, VALIDATION
from d2l.train import callbacks
from d2l.train.callbacks import (
    LiveFigure,
    ProgressBar,
    draw_history,
    progress,
)
from d2l.train.trainer import Trainer

HISTORY = [
    {
        "step": 4 * epoch,
        "epoch": epoch,
        "train_loss": 1 / epoch,
        "val_loss": 2 / epoch,
        "val_accuracy": 1 - 1 / epoch,
        "val_top_5": 1 - 0.5 / epoch,
    }
    for epoch in (1, 2, 3)
]


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def fit(callback, batches=4, epochs=2, before=None, **options):
    model = nn.Linear(2, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    heard = [c for c in (before, callback) if c]
    trainer = Trainer(
        model, squared_error, optimizer, callbacks=heard, **options
    )
    data = [(torch.randn(3, 2), torch.randn(3, 1)) for _ in range(batches)]
    trainer.fit(data, epochs=epochs, validation=data)
    return trainer


def test_bar_shows_steps_and_results(capsys):
    trainer = fit(ProgressBar(), batches=5, accumulate=2)
    captured = capsys.readouterr()
    assert captured.out == ""
    lines = captured.err.replace("\r", "\n").splitlines()
    for epoch, row in enumerate(trainer.history, 1):
        (last,) = [
            line
            for line in lines
            if f"epoch {epoch}/2" in line and "val_loss" in line
        ]
        assert "100%" in last and "3/3" in last  # steps, not batches
        assert f"train_loss {row['train_loss']:.4g}" in last
        assert f"val_loss {row['val_loss']:.4g}" in last


def test_only_the_first_process_draws(capsys, monkeypatch):
    monkeypatch.setattr(callbacks.distributed, "rank", lambda: 1)
    fit(ProgressBar())
    fit(LiveFigure())
    assert capsys.readouterr() == ("", "")


def test_a_terminal_gets_a_bar():
    assert isinstance(progress(), ProgressBar)


def test_history_is_drawn_in_two_panels():
    figure = draw_history(HISTORY, epochs=10)
    losses, metrics = figure.axes
    assert [line.get_label() for line in losses.lines] == [
        "training loss",
        "validation loss",
    ]
    assert [line.get_label() for line in metrics.lines] == [
        "validation accuracy",
        "validation top_5",
    ]
    assert [line.get_color() for line in losses.lines] == [TRAIN, VALIDATION]
    assert {line.get_color() for line in metrics.lines} == {VALIDATION}
    assert len({line.get_linestyle() for line in metrics.lines}) == 2
    for ax in figure.axes:
        assert ax.get_xlabel() == "epoch"
        assert ax.get_xlim() == (0.5, 10.5)
        assert ax.get_legend() is not None
    assert losses.get_ylabel() == "loss"
    assert metrics.get_ylabel() == "accuracy, top_5"
    for line in (*losses.lines, *metrics.lines):
        assert list(line.get_xdata()) == [1, 2, 3]
    assert list(losses.lines[1].get_ydata()) == [2, 1, 2 / 3]


def test_history_without_validation_has_one_panel():
    rows = [
        {k: r[k] for k in ("step", "epoch", "train_loss")} for r in HISTORY
    ]
    (ax,) = draw_history(rows).axes
    assert len(ax.lines) == 1
    assert ax.get_xlim() == (0.5, 3.5)


def test_every_metric_is_drawn():
    row = HISTORY[0] | {f"val_m{i}": 0.0 for i in range(7)}
    assert len(draw_history([row]).axes[1].lines) == 9


def test_what_cannot_be_drawn_is_left_out():
    rows = [row | {"lr": 0.1, "val_matrix": torch.eye(2)} for row in HISTORY]
    rows[1] |= {"val_late": 3.0, "note": "half"}
    losses, metrics = draw_history(rows).axes
    assert len(losses.lines) == 2
    labels = [line.get_label() for line in metrics.lines]
    assert labels[2:] == ["validation late"] and len(labels) == 3
    assert list(metrics.lines[2].get_xdata()) == [2]


def test_rows_in_mid_epoch_are_drawn_over_steps():
    rows = [
        {"step": step, "epoch": step // 4, "train_loss": 1.0}
        for step in (3, 6, 9)
    ]
    (ax,) = draw_history(rows, epochs=3, steps=20).axes
    assert ax.get_xlabel() == "step"
    assert list(ax.lines[0].get_xdata()) == [3, 6, 9]
    assert ax.get_xlim()[1] == 20.5
    (ax,) = draw_history([*HISTORY, rows[0] | {"step": 14, "epoch": 3}]).axes[
        :1
    ]
    assert ax.get_xlabel() == "step"


def test_bar_of_steps_and_of_what_is_no_number(capsys):
    def matrix(event, trainer):
        if event == "report":
            trainer.history[-1]["matrix"] = torch.eye(2)

    model = nn.Linear(2, 1)
    trainer = Trainer(
        model,
        squared_error,
        torch.optim.SGD(model.parameters(), lr=0.01),
        callbacks=[matrix, ProgressBar()],
    )
    data = [(torch.randn(3, 2), torch.randn(3, 1)) for _ in range(4)]
    trainer.fit(data, steps=2)
    trainer.fit(data, steps=6, every=3)
    lines = capsys.readouterr().err.replace("\r", "\n").splitlines()
    assert any("epoch 1:" in line and "2/4" in line for line in lines)
    assert any("epoch 1:" in line and "4/4" in line for line in lines)
    assert any("epoch 2:" in line and "2/4" in line for line in lines)
    assert f"train_loss {trainer.history[-1]['train_loss']:.4g}" in lines[-1]
    assert not any("matrix" in line for line in lines)


def test_empty_history():
    with pytest.raises(ValueError, match="no epoch"):
        draw_history([])


CELL = """
import torch
from torch import nn
from d2l import plot
from d2l.losses import squared_error
from d2l.train.callbacks import LiveFigure, progress
from d2l.train.trainer import Trainer

model = nn.Linear(2, 1)
data = [(torch.randn(3, 2), torch.randn(3, 1))]
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
trainer = Trainer(model, squared_error, optimizer, callbacks=[progress()])
assert isinstance(trainer.callbacks[0], LiveFigure)
trainer.fit(data, epochs=3, validation=data);
"""


def test_one_figure_in_a_notebook(monkeypatch):
    """Also shows that a figure of `d2l.plot` appears exactly once."""
    monkeypatch.delenv("MPLBACKEND")  # the kernel chooses
    cells = [
        CELL,
        "trainer.fit(data, epochs=3, validation=data);",  # nothing left
        "trainer.fit(data, epochs=5, validation=data);",
        'figure = plot.bars(["a"], [1], xlabel="x")\nfigure.axes[0].grid()',
        "2 + 2;",
    ]
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in cells]
    )
    messages = []

    class Listening(NotebookClient):
        def process_message(self, message, cell, cell_index):
            messages.append((cell_index, message["msg_type"]))
            return super().process_message(message, cell, cell_index)

    Listening(notebook, timeout=100, kernel_name="python3").execute()
    images = [
        sum("image/png" in o.get("data", {}) for o in cell.outputs)
        for cell in notebook.cells
    ]
    assert images == [1, 1, 1, 1, 0]
    assert [len(cell.outputs) for cell in notebook.cells] == images
    drawn = [i for i, kind in messages if kind == "display_data"]
    redrawn = [i for i, kind in messages if kind == "update_display_data"]
    assert drawn == [0, 1, 2, 3]
    assert set(redrawn) == {0, 2}


class Screen:
    """Stands for the notebook: keeps what is drawn on it."""

    def __init__(self, monkeypatch, seconds_per_drawing):
        self.shown = []
        self.time = 0.0
        self.cost = seconds_per_drawing
        monkeypatch.setattr(callbacks, "perf_counter", lambda: self.time)
        monkeypatch.setattr("IPython.display.display", self.display)

    def display(self, figure, display_id):
        self.shown.append([])
        self.update(figure)
        return self

    def update(self, figure):
        self.time += self.cost
        self.shown[-1].append(len(figure.axes[0].lines[0].get_xdata()))

    def epoch(self, event, trainer):
        self.time += event == "epoch_start"  # an epoch takes a second


@pytest.mark.parametrize(
    ("cost", "drawn"),
    [
        (0.01, [1, 2, 3, 4, 5, 6, 7, 8, 8]),
        (0.3, [1, 4, 7, 8]),
        (60.0, [1, 8]),
    ],
)
def test_drawing_takes_a_tenth_of_the_time(monkeypatch, cost, drawn):
    screen = Screen(monkeypatch, cost)
    fit(LiveFigure(), epochs=8, before=screen.epoch)
    assert screen.shown == [drawn]


def test_each_fit_has_its_own_figure(monkeypatch):
    screen = Screen(monkeypatch, 0.0)
    trainer = fit(LiveFigure(), epochs=1)
    trainer.fit([], epochs=1)  # nothing left to train
    assert screen.shown == [[1, 1], [1]]
    assert plt.get_fignums() == []

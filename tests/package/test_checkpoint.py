"""Checkpoints: whole or absent, and refused as a whole or not at all.

Run as a script, this file is the run that is killed while it saves.
"""

import io
import os
import pickle
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.optim import lr_scheduler
from torch.utils._pytree import tree_map_only

from d2l.losses import squared_error
from d2l.train.checkpoint import Checkpoint, resume, save
from d2l.train.trainer import Trainer


def exponential(optimizer):
    return lr_scheduler.ExponentialLR(optimizer, 0.9)


def train(
    epochs,
    *,
    seed=0,
    outputs=1,
    kind=torch.optim.SGD,
    schedule=exponential,
    **options,
):
    """A trained trainer; the last layer makes `outputs` numbers."""
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, outputs))
    optimizer = kind(model.parameters(), lr=0.01, weight_decay=0.1)
    options["schedule"] = schedule and schedule(optimizer)
    trainer = Trainer(model, squared_error, optimizer, **options)
    trainer.data = [(torch.randn(8, 3), torch.randn(8, outputs))]
    trainer.fit(trainer.data, epochs)
    return trainer


def everything(trainer):
    """All state that must survive, as plain numbers that can be compared."""
    return tree_map_only(
        torch.Tensor,
        torch.Tensor.tolist,
        [
            dict(trainer.model.state_dict()),
            trainer.optimizer.state_dict(),
            trainer.schedule and trainer.schedule.state_dict(),
            trainer.scaler.state_dict(),
            [trainer.epoch, trainer.step, list(trainer.history)],
            torch.get_rng_state(),
        ],
    )


def test_round_trip(tmp_path):
    path = tmp_path / "run.pt"
    saved = train(2, kind=torch.optim.AdamW)
    save(saved, path)
    expected = everything(saved)
    fresh = train(1, seed=5, kind=torch.optim.AdamW)
    assert everything(fresh) != expected
    assert resume(fresh, path)
    assert everything(fresh) == expected


SCHEDULES = {
    "exponential": exponential,
    "function": lambda o: lr_scheduler.LambdaLR(o, lambda step: 0.5**step),
    "one cycle": lambda o: lr_scheduler.OneCycleLR(o, 0.1, total_steps=20),
    "warm-up, cosine": lambda o: lr_scheduler.SequentialLR(
        o,
        [lr_scheduler.LinearLR(o), lr_scheduler.CosineAnnealingLR(o, 10)],
        milestones=[3],
    ),
}


@pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=SCHEDULES)
def test_schedules_go_on(tmp_path, schedule):
    save(train(2, schedule=schedule), tmp_path / "run.pt")
    resumed = train(0, seed=5, schedule=schedule)
    assert resume(resumed, tmp_path / "run.pt")
    whole = train(6, schedule=schedule)
    resumed.fit(whole.data, 6)
    assert resumed.schedule.get_last_lr() == whole.schedule.get_last_lr()
    assert everything(resumed)[:2] == everything(whole)[:2]


def test_without_a_file_nothing_happens(tmp_path):
    trainer = train(1)
    before = everything(trainer)
    assert not resume(trainer, tmp_path / "none.pt")
    assert everything(trainer) == before


def test_kill_while_saving_leaves_the_previous(tmp_path):
    path = tmp_path / "run.pt"
    killed = subprocess.run(
        [sys.executable, __file__, str(path)], capture_output=True, text=True
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert [p.name for p in tmp_path.glob("*.part")] == ["run.pt.part"]
    trainer = train(0, seed=9)
    assert resume(trainer, path)
    assert trainer.epoch == 1
    assert everything(trainer) == everything(train(1))
    save(train(2), path)  # the leftover does not disturb
    assert resume(trainer, path)
    assert trainer.epoch == 2
    assert list(tmp_path.iterdir()) == [path]


class Exploit:
    """What an evil pickle looks like."""

    def __reduce__(self):
        return os.mkdir, ("exploited",)


def damaged(whole, state):
    """Files that are not checkpoints, by what is wrong with them."""
    cases = {
        "empty": b"",
        "truncated": whole[: len(whole) // 2],
        "one byte short": whole[:-1],
        "garbage": bytes(range(256)) * 8,
        "text": b"hello\n",
        "exploit": pickle.dumps(Exploit()),
    }
    wrong = {
        "no progress": {k: v for k, v in state.items() if k != "progress"},
        "two processes": state | {"random": 2 * state["random"]},
        "no dictionary": [1, 2, 3],
    }
    for name, value in wrong.items():
        buffer = io.BytesIO()
        torch.save(value, buffer)
        cases[name] = buffer.getvalue()
    return cases


@pytest.mark.parametrize(
    "what",
    [
        "empty",
        "truncated",
        "one byte short",
        "garbage",
        "text",
        "exploit",
        "no progress",
        "two processes",
        "no dictionary",
    ],
)
def test_damaged_file(tmp_path, monkeypatch, what):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "run.pt"
    save(train(2), path)
    cases = damaged(path.read_bytes(), torch.load(path))
    path.write_bytes(cases[what])
    trainer = train(1, seed=5)
    before = everything(trainer)
    with pytest.raises(ValueError, match=r"run\.pt is not a checkpoint"):
        resume(trainer, path)
    assert everything(trainer) == before
    assert list(tmp_path.iterdir()) == [path]  # nothing was executed


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"outputs": 2}, "RuntimeError: Error"),
        ({"kind": torch.optim.Adam}, "saved .*SGD.*, here .*Adam"),
        ({"schedule": None}, "ExponentialLR"),
        ({"precision": "fp16"}, "source state dict"),
    ],
)
def test_checkpoint_of_another_trainer(tmp_path, options, message):
    path = tmp_path / "run.pt"
    save(train(2), path)
    trainer = train(1, seed=5, **options)
    before = everything(trainer)
    with pytest.raises(ValueError, match=message):
        resume(trainer, path)
    assert everything(trainer) == before
    trainer.fit(trainer.data, 2)  # and it still trains


def test_nothing_is_loaded_when_the_optimizer_does_not_fit(tmp_path):
    path = tmp_path / "run.pt"
    saved = train(2)
    saved.optimizer.add_param_group({"params": [torch.zeros(1)]})
    save(saved, path)
    trainer = train(1, seed=5)
    before = everything(trainer)
    with pytest.raises(ValueError, match="parameter group"):
        resume(trainer, path)
    assert everything(trainer) == before


def test_saved_state_does_not_follow_the_run(tmp_path):
    path = tmp_path / "run.pt"
    trainer = train(2)
    save(trainer, path)
    before = everything(trainer)
    trainer.fit(trainer.data, 4)
    assert everything(trainer) != before
    torch.manual_seed(0)
    assert resume(trainer, path)
    assert everything(trainer) == before


@pytest.mark.parametrize(
    ("every", "saved"), [(1, [1, 2, 3]), (2, [2, 3]), (5, [3])]
)
def test_callback_saves_when_due(tmp_path, every, saved):
    path = tmp_path / "runs" / "run.pt"  # in a folder that it makes
    epochs = []

    def look(event, trainer):
        if event == "epoch_end" and path.exists():
            epochs.append(torch.load(path)["progress"][0])

    train(3, callbacks=[Checkpoint(path, every), look])
    assert sorted(set(epochs)) == saved


def test_callback_needs_a_period():
    with pytest.raises(ValueError, match=r"every \(=0\)"):
        Checkpoint("run.pt", every=0)


def test_unreadable_file(tmp_path):
    with pytest.raises(OSError, match=tmp_path.name):
        resume(train(0), tmp_path)  # a folder


def die_while_saving(path):
    save(train(1), path)
    whole = path.read_bytes()

    def half(_, file):
        file.write(whole[: len(whole) // 2])
        file.flush()
        os.kill(os.getpid(), signal.SIGKILL)

    torch.save = half
    save(train(2), path)


if __name__ == "__main__":
    die_while_saving(Path(sys.argv[1]))

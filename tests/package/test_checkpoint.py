"""Checkpoints: whole or absent, and refused as a whole or not at all.

Run as a script, this file is the run that is killed while it saves.
"""

import io
import os
import pickle
import random
import signal
import subprocess
import sys
from pathlib import Path

import numpy
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
    lr=0.01,
    schedule=exponential,
    **options,
):
    """A trained trainer; the last layer makes `outputs` numbers."""
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, outputs))
    optimizer = kind(model.parameters(), lr=lr, weight_decay=0.1)
    options["schedule"] = schedule and schedule(optimizer)
    trainer = Trainer(model, squared_error, optimizer, **options)
    trainer.data = [(torch.randn(8, 3), torch.randn(8, outputs))]
    trainer.fit(trainer.data, epochs=epochs)
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
    resumed.fit(whole.data, epochs=6)
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


def without_history(parts):
    return parts | {
        "progress": {
            k: v for k, v in parts["progress"].items() if k != "history"
        }
    }


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
        "no random": {k: v for k, v in state.items() if k != "random"},
        "no history": state | {"parts": without_history(state["parts"])},
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
        "no random",
        "no history",
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
        ({"precision": "fp16"}, "precision was 'fp32', here it is 'fp16'"),
        (
            {"lr": 0.1},
            r"\(ValueError: lr was 0.01, here it is 0.1; ",
        ),
        ({"accumulate": 2}, "accumulate was 1, here it is 2"),
        ({"clip_norm": 1.0}, "clip_norm was None, here it is 1.0"),
        (
            {"schedule": lambda o: lr_scheduler.ExponentialLR(o, 0.5)},
            r"schedule's gamma was 0.9, here it is 0.5\)",
        ),
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
    trainer.fit(trainer.data, epochs=2)  # and it still trains


PASSING = [
    OSError(5, "Input/output error"),
    MemoryError(),
    torch.OutOfMemoryError("CUDA out of memory"),
]


@pytest.mark.parametrize("error", PASSING, ids=lambda e: type(e).__name__)
@pytest.mark.parametrize("when", ["reading", "loading"])
def test_what_passes_does_not_condemn_the_file(
    tmp_path, monkeypatch, error, when
):
    path = tmp_path / "run.pt"
    save(train(2), path)
    trainer = train(1, seed=5)
    before = everything(trainer)

    def fail(*_, **__):
        monkeypatch.undo()
        raise error

    if when == "reading":
        monkeypatch.setattr(torch, "load", fail)
    else:
        monkeypatch.setattr(trainer.optimizer, "load_state_dict", fail)
    with pytest.raises(type(error)) as caught:
        resume(trainer, path)
    assert caught.value is error
    assert everything(trainer) == before
    assert resume(trainer, path)  # once it has passed


def test_what_changed_while_training_is_no_other_setting(tmp_path):
    path = tmp_path / "run.pt"
    trainer = train(1)
    trainer.optimizer.param_groups[0]["lr"] = 0.5
    save(trainer, path)
    assert resume(train(2, seed=5), path)


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
    trainer.fit(trainer.data, epochs=4)
    assert everything(trainer) != before
    torch.manual_seed(0)
    assert resume(trainer, path)
    assert everything(trainer) == before


@pytest.mark.parametrize(
    ("every", "saved"),
    [
        (None, [(1, 2), (2, 4), (3, 6)]),
        (1, [(0, 1), (0, 2), (1, 3), (1, 4), (2, 5), (2, 6), (3, 6)]),
        (4, [(1, 4), (3, 6)]),
        (50, [(3, 6)]),
    ],
)
def test_callback_saves_when_due(tmp_path, every, saved):
    path = tmp_path / "runs" / "run.pt"  # in a folder that it makes
    seen = []

    def look(event, trainer):
        if path.exists():
            state = torch.load(path)["parts"]["progress"]
            seen.append((state["epoch"], state["step"]))

    trainer = train(0, callbacks=[Checkpoint(path, every), look])
    path.unlink()  # of no step
    seen.clear()
    trainer.fit(2 * trainer.data, epochs=3)
    assert sorted(set(seen)) == saved


def test_resumes_once_and_undoes_nothing(tmp_path):
    """What is changed between two calls of `fit` stays changed."""
    path = tmp_path / "run.pt"
    trainer = train(1, callbacks=[Checkpoint(path)])
    trainer.optimizer.param_groups[0]["lr"] = 0.0
    trainer.schedule = None
    before = everything(trainer)[0]
    trainer.fit(trainer.data, epochs=2)
    assert trainer.optimizer.param_groups[0]["lr"] == 0.0
    assert everything(trainer)[0] == before


def test_one_callback_resumes_each_trainer(tmp_path):
    callback = Checkpoint(tmp_path / "run.pt")
    first = train(2, callbacks=[callback])
    second = train(2, seed=5, callbacks=[callback])  # nothing left to do
    assert everything(second)[:1] == everything(first)[:1]


class Counter:
    """A callback with a state of its own."""

    def __init__(self):
        self.steps = 0

    def __call__(self, event, trainer):
        self.steps += event == "step"

    def state_dict(self):
        return {"steps": self.steps}

    def load_state_dict(self, state):
        self.steps = state["steps"]


def averaged(trainer):
    return torch.optim.swa_utils.AveragedModel(
        trainer.model,
        multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.5),
    )


def test_callbacks_and_named_parts_are_restored(tmp_path):
    path = tmp_path / "run.pt"
    saved = train(2, callbacks=[Counter()])
    average = averaged(saved)
    saved.fit(saved.data, epochs=3)
    average.update_parameters(saved.model)
    save(saved, path, {"average": average})
    fresh = train(0, seed=5, callbacks=[Counter()])
    other = averaged(fresh)
    assert resume(fresh, path, {"average": other})
    assert fresh.callbacks[0].steps == 3
    assert tree_map_only(
        torch.Tensor, torch.Tensor.tolist, dict(other.state_dict())
    ) == tree_map_only(
        torch.Tensor, torch.Tensor.tolist, dict(average.state_dict())
    )
    with pytest.raises(ValueError, match="average"):
        resume(fresh, path)
    with pytest.raises(ValueError, match=r"other names than \['model'\]"):
        save(saved, path, {"model": average})


def test_a_loss_with_parameters_is_restored(tmp_path):
    class Scaled(nn.Module):
        def __init__(self):
            super().__init__()
            self.log_scale = nn.Parameter(torch.zeros(()))

        def forward(self, model, batch):
            loss = squared_error(model, batch)
            scale = self.log_scale.exp()
            return loss.sum / scale + loss.count * self.log_scale, loss.count

    path = tmp_path / "run.pt"
    losses = Scaled(), Scaled()
    for loss in losses:
        model = nn.Linear(3, 1)
        optimizer = torch.optim.SGD(
            [*model.parameters(), *loss.parameters()], 0.1
        )
        trainer = Trainer(model, loss, optimizer)
        data = [(torch.randn(8, 3), torch.randn(8, 1))]
        trainer.fit(data, epochs=0 if path.exists() else 3)
        if not path.exists():
            save(trainer, path)
    assert losses[0].log_scale.item() != 0
    assert resume(trainer, path)
    assert torch.equal(losses[1].log_scale, losses[0].log_scale)


@pytest.mark.parametrize("seeded", ["torch", "numpy", "python"])
def test_random_numbers_go_on(tmp_path, seeded):
    draw = {
        "torch": lambda: torch.rand(2).tolist(),
        "numpy": lambda: numpy.random.rand(2).tolist(),
        "python": lambda: [random.random(), random.gauss()],
    }[seeded]
    trainer = train(1)
    save(trainer, tmp_path / "run.pt")
    expected = draw()
    assert draw() != expected
    resume(trainer, tmp_path / "run.pt")
    assert draw() == expected


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

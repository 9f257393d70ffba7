"""The Trainer against loops written out, killed runs and other processes.

Run as a script, this file is the training run that tests kill or distribute.
"""

import math
import os
import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.utils._python_dispatch import TorchDispatchMode

from d2l.data.batches import Batches
from d2l.data.synthetic import linear_data
from d2l.losses import cross_entropy, squared_error
from d2l.metrics import ConfusionMatrix, accuracy, bits, perplexity
from d2l.models.linear import LinearRegression
from d2l.train import distributed
from d2l.train.callbacks import draw_history
from d2l.train.checkpoint import Checkpoint, resume, save
from d2l.train.device import seed
from d2l.train.sharding import gather
from d2l.train.trainer import Trainer


def data(n=60):
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(n, 6, generator=generator)
    return x, torch.randint(3, (n,), generator=generator)


def build(dropout=0.0, seed=0):
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Linear(6, 16), nn.Tanh(), nn.Dropout(dropout), nn.Linear(16, 3)
    )


def sgd(model, lr=0.5):
    return torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)


def trainer_of(model, optimizer=None, **options):
    optimizer = optimizer or sgd(model)
    return Trainer(model, cross_entropy, optimizer, **options)


def parameters(model):
    return torch.cat([p.detach().flatten() for p in model.parameters()])


def whole_run(seed, *callbacks):
    """Everything that a resume has to restore, in one trainer."""
    model = build(dropout=0.3, seed=seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.05)
    return trainer_of(
        model,
        optimizer,
        metrics={"accuracy": accuracy},
        schedule=torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 100),
        accumulate=2,
        clip_norm=0.5,
        callbacks=callbacks,
    )


def whole_data():
    x, y = data()
    return (
        Batches(x[:50], y[:50], batch_size=8, shuffle=True, seed=3),
        Batches(x[50:], y[50:], batch_size=7),
    )


def fit_whole(trainer, epochs):
    train, validation = whole_data()
    return trainer.fit(train, epochs=epochs, validation=validation)


def assert_same_run(ours, theirs):
    assert torch.equal(parameters(ours.model), parameters(theirs.model))
    assert ours.history == theirs.history
    assert (ours.epoch, ours.step) == (theirs.epoch, theirs.step)
    assert ours.schedule.get_last_lr() == theirs.schedule.get_last_lr()


def launch(*arguments):
    environment = os.environ | {"OMP_NUM_THREADS": "1", "D2L_DEVICE": "cpu"}
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_resume_after_kill_is_bit_identical(tmp_path):
    path = tmp_path / "run.pt"
    killed = launch(__file__, "die", path)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    uninterrupted = whole_run(0)
    fit_whole(uninterrupted, 5)
    after_uninterrupted = torch.rand(3)
    resumed = whole_run(99, Checkpoint(path))  # other weights, to be replaced
    fit_whole(resumed, 5)
    assert_same_run(resumed, uninterrupted)
    assert torch.equal(torch.rand(3), after_uninterrupted)


@pytest.mark.parametrize("kind", ["batches", "loader"])
def test_resume_in_mid_epoch_is_bit_identical(tmp_path, kind):
    """Also where the order comes from the generator that dropout uses."""

    def kill(event, trainer):
        if event == "step" and trainer.step == 10:
            raise KeyboardInterrupt

    def run(seeded, steps, *callbacks):
        seed(seeded)
        trainer = whole_run(seeded, *callbacks)
        train, validation = whole_data()
        if kind == "loader":
            train = torch.utils.data.DataLoader(
                torch.utils.data.TensorDataset(*train.tensors),
                batch_size=8,
                shuffle=True,
            )
        trainer.fit(train, steps=steps, validation=validation, every=3)
        return trainer

    path = tmp_path / "run.pt"
    expected = run(0, 16)
    after = torch.rand(3)
    with pytest.raises(KeyboardInterrupt):
        run(0, 16, Checkpoint(path, every=2), kill)  # 8 is saved, then 10
    part = torch.load(path)["parts"]["progress"]
    assert (part["step"], part["epoch"], part["seen"]) == (10, 2, 4)
    resumed = run(99, 16, Checkpoint(path, every=2))
    assert_same_run(resumed, expected)
    assert torch.equal(torch.rand(3), after)


def test_fit_goes_on_where_it_stopped():
    once, twice = whole_run(0), whole_run(0)
    torch.manual_seed(5)
    fit_whole(once, 4)
    torch.manual_seed(5)
    fit_whole(twice, 1)
    fit_whole(twice, 4)
    assert_same_run(twice, once)
    assert fit_whole(twice, 2) == once.history  # nothing left to do


@pytest.mark.parametrize("clip_norm", [None, 0.1])
def test_accumulation_equals_one_big_batch(clip_norm):
    runs = []
    for batch_size, accumulate in ((40, 1), (8, 5)):  # 60: an uneven tail
        trainer = trainer_of(
            build(), accumulate=accumulate, clip_norm=clip_norm
        )
        batches = Batches(*data(), batch_size=batch_size)
        runs.append(
            (trainer, trainer.fit(batches, epochs=3, validation=batches))
        )
    (big, big_history), (small, small_history) = runs
    assert big.step == small.step == 6
    difference = parameters(big.model) - parameters(small.model)
    assert difference.abs().max() < 1e-6
    for ours, theirs in zip(small_history, big_history, strict=True):
        assert ours == pytest.approx(theirs, abs=1e-6)


@pytest.mark.parametrize("clip_norm", [None, 0.1])
def test_equals_a_loop_written_out(clip_norm):
    x, y = data()
    trainer = trainer_of(build(), clip_norm=clip_norm)
    history = trainer.fit(Batches(x, y, batch_size=25), epochs=2)
    model = build()
    optimizer = sgd(model)
    for epoch in range(2):
        losses = 0.0
        for rows in torch.arange(60).split(25):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x[rows]), y[rows])
            loss.backward()
            if clip_norm:
                nn.utils.clip_grad_norm_(model.parameters(), clip_norm)
            optimizer.step()
            losses += len(rows) * loss.item()
        assert history[epoch]["train_loss"] == pytest.approx(losses / 60)
    torch.testing.assert_close(parameters(trainer.model), parameters(model))


@pytest.fixture(scope="module")
def two_processes(tmp_path_factory):
    """What `distribute` reports."""
    folder = tmp_path_factory.mktemp("distributed")
    launched = launch(
        "-m",
        "torch.distributed.run",
        "--standalone",
        "--nproc-per-node=2",
        __file__,
        "distributed",
        folder,
    )
    assert launched.returncode == 0, launched.stderr
    return torch.load(folder / "found.pt") | {"folder": folder}


def test_two_processes_equal_one_big_batch(two_processes):
    alone = trainer_of(build())
    x, y = data(61)
    history = alone.fit(
        Batches(x, y, batch_size=40),
        epochs=3,
        validation=Batches(x, y, batch_size=60),
    )
    difference = two_processes["parameters"] - parameters(alone.model)
    assert difference.abs().max() < 1e-6
    for ours, theirs in zip(two_processes["history"], history, strict=True):
        assert ours.pop("step") == theirs.pop("step")
        assert ours == pytest.approx(theirs, abs=1e-6)
    assert two_processes["exchanges"] == alone.step == 6  # one a step: no_sync
    assert two_processes["resumed"] == [True, True]


def test_metrics_are_exact_where_a_process_has_nothing(two_processes):
    x, y = data()
    alone = trainer_of(build(), metrics=measures())
    expected = alone.evaluate([(x[:40], y[:40])])
    found = two_processes["measured"]
    assert torch.equal(found.pop("confusion"), expected.pop("confusion"))
    assert found == pytest.approx(expected)


def test_processes_measure_the_model_that_is_saved(two_processes):
    recorded, state = two_processes["normalized"]
    model = Shaken()
    model.load_state_dict(state)
    alone = Trainer(model, cross_entropy, sgd(model))
    loss = alone.evaluate([data()])["loss"]
    assert recorded == pytest.approx(loss, abs=1e-6)


def test_sharded_parameters_train_and_resume(two_processes):
    first, second = two_processes["sharded"]
    alone = build()
    optimizer = torch.optim.AdamW(alone.parameters(), lr=0.05)
    batches = Batches(*data(), batch_size=14)
    trainer_of(alone, optimizer, accumulate=2, clip_norm=0.5).fit(
        batches, epochs=3
    )
    for name, value in alone.state_dict().items():
        assert torch.equal(first[name], second[name])
        torch.testing.assert_close(first[name], value, atol=1e-5, rtol=0)
    saved = torch.load(two_processes["folder"] / "sharded.pt")
    whole = saved["parts"]["model"]
    assert {k: v.shape for k, v in whole.items()} == {
        k: v.shape for k, v in alone.state_dict().items()
    }


def test_training_meets_least_squares():
    X, y = linear_data(torch.tensor([2.0, -3.4, 0.5]), 4.2, 200)
    model = LinearRegression(3)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    Trainer(model, squared_error, optimizer).fit(
        Batches(X, y, batch_size=200), epochs=150
    )
    A = torch.cat([X, torch.ones(200, 1)], 1)
    best = torch.linalg.lstsq(A, y[:, None]).solution[:, 0]
    torch.testing.assert_close(parameters(model), best, atol=1e-5, rtol=0)


@pytest.mark.parametrize(
    ("precision", "dtype"),
    [
        ("fp32", torch.float32),
        ("bf16", torch.bfloat16),
        ("fp16", torch.float16),
    ],
)
def test_precisions_train(precision, dtype):
    seen = set()

    def loss(model, batch):
        seen.add(model(batch[0]).dtype)
        return cross_entropy(model, batch)

    exact = trainer_of(build())
    expected = exact.fit(Batches(*data(), batch_size=20), epochs=10)
    model = build()
    trainer = Trainer(model, loss, sgd(model), precision=precision)
    batches = Batches(*data(), batch_size=20)
    history = trainer.fit(batches, epochs=10, validation=batches)
    assert seen == {dtype}
    assert all(p.dtype == torch.float32 for p in model.parameters())
    assert history[-1]["train_loss"] < 0.9 * history[0]["train_loss"]
    for ours, theirs in zip(history, expected, strict=True):
        assert ours["train_loss"] == pytest.approx(
            theirs["train_loss"], abs=0.03
        )
    assert torch.get_autocast_dtype("cpu") == torch.bfloat16  # as before


def test_fp16_skips_a_step_that_overflows():
    trainer = trainer_of(build(), precision="fp16")
    before, scale = parameters(trainer.model), trainer.scaler.get_scale()
    x, y = data()
    trainer.optimizer_step([(x * 1e30, y)])
    assert torch.equal(parameters(trainer.model), before)
    assert trainer.scaler.get_scale() == scale / 2


@pytest.mark.filterwarnings("error")
def test_fp16_holds_the_schedule_where_it_skips():
    model = build()
    optimizer = sgd(model)
    trainer = trainer_of(
        model,
        optimizer,
        precision="fp16",
        schedule=torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda k: 0.5**k
        ),
    )
    x, y = data()
    trainer.optimizer_step([(x * 1e30, y)])
    assert (trainer.step, trainer.schedule.get_last_lr()) == (0, [0.5])
    trainer.fit([(x * 1e30, y), (x, y)], steps=3)
    assert (trainer.step, trainer.schedule.get_last_lr()) == (3, [0.0625])
    assert trainer.epoch == 3
    with pytest.raises(ValueError, match="not finite"):
        trainer.fit([(x * float("nan"), y)], steps=4)


def test_fp16_clips_the_unscaled_gradient():
    model = build()
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    trainer = trainer_of(model, optimizer, precision="fp16", clip_norm=1e-3)
    before = parameters(model)
    trainer.optimizer_step([data()])
    moved = (parameters(model) - before).norm()
    assert moved.item() == pytest.approx(1e-3, rel=1e-2)


def test_schedule_advances_once_a_step():
    model = build()
    optimizer = sgd(model, lr=1.0)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda k: 0.5**k)
    used = []
    trainer = trainer_of(
        model,
        optimizer,
        schedule=schedule,
        accumulate=2,
        callbacks=[
            lambda event, _: (
                event == "step" and used.append(schedule.get_last_lr()[0])
            )
        ],
    )
    trainer.fit(
        Batches(*data(), batch_size=12), epochs=2
    )  # 5 batches: 3 steps
    assert used == [0.5**k for k in range(1, 7)]


def test_evaluate_is_exact_with_uneven_batches():
    x, y = data()
    model = build(dropout=0.5)
    trainer = trainer_of(model, metrics={"accuracy": accuracy})
    found = trainer.evaluate(Batches(x, y, batch_size=7))
    with torch.no_grad():
        logits = model.eval()(x)
    assert found == {
        "loss": pytest.approx(F.cross_entropy(logits, y).item(), abs=1e-6),
        "accuracy": (logits.argmax(1) == y).sum().item() / 60,
    }
    trainer.fit(Batches(x, y, batch_size=60), epochs=1)
    assert model.training  # dropout is on again


def test_counts_may_be_tensors_and_zero():
    """A mask decides how many items count; a batch may hold none."""

    def loss(model, batch):
        x, y, mask = batch
        losses = F.cross_entropy(model(x), y, reduction="none")
        return (losses * mask).sum(), mask.sum()

    x, y = data()
    mask = torch.arange(60) % 3 == 0
    model, expected = build(), build()
    trainer = Trainer(model, loss, sgd(model))
    trainer.optimizer_step([(x, y, mask & False)])
    assert torch.equal(parameters(model), parameters(expected))
    trainer.optimizer_step([(x, y, mask)])
    trainer_of(expected).optimizer_step([(x[mask], y[mask])])
    torch.testing.assert_close(parameters(model), parameters(expected))


@pytest.mark.parametrize("weight", [0.1, 1e-3, 7.0])
def test_weights_that_are_all_equal_change_nothing(weight):
    def weighted(model, batch):
        loss = cross_entropy(model, batch)
        return weight * loss.sum, weight * loss.count

    x, y = data(3)
    ours, plain = build(), build()
    Trainer(ours, weighted, sgd(ours)).optimizer_step([(x, y)])
    trainer_of(plain).optimizer_step([(x, y)])
    torch.testing.assert_close(parameters(ours), parameters(plain))


def test_counts_of_zero_are_an_error():
    def nothing(model, batch):
        return 0 * cross_entropy(model, batch).sum, 0

    model = build()
    trainer = Trainer(model, nothing, sgd(model))
    batches = Batches(*data(), batch_size=20)
    with pytest.raises(ValueError, match=r"train on.*counts .* zero"):
        trainer.fit(batches, epochs=1)
    with pytest.raises(ValueError, match=r"evaluate on.*counts .* zero"):
        trainer.evaluate(batches)


def test_gradients_do_not_pile_up_outside_the_optimizer():
    model = build()
    optimizer = torch.optim.SGD(model[3].parameters(), lr=0.0)
    trainer = trainer_of(model, optimizer)
    trainer.optimizer_step([data()])
    once = model[0].weight.grad.clone()
    trainer.optimizer_step([data()])
    assert torch.equal(model[0].weight.grad, once)


def test_callbacks_hear_events_in_order():
    heard = []

    def hear(event, trainer):
        heard.append((event, trainer.epoch, trainer.step))
        if event == "epoch_start":
            assert trainer.steps_per_epoch == 2
        if event == "epoch_end":
            assert len(trainer.history) == trainer.epoch

    trainer = trainer_of(build(), accumulate=2, callbacks=[hear])
    history = trainer.fit(Batches(*data(), batch_size=20), epochs=2)
    assert heard == [
        ("fit_start", 0, 0),
        ("epoch_start", 0, 0),
        ("step", 0, 1),
        ("step", 0, 2),
        ("report", 1, 2),
        ("epoch_end", 1, 2),
        ("epoch_start", 1, 2),
        ("step", 1, 3),
        ("step", 1, 4),
        ("report", 2, 4),
        ("epoch_end", 2, 4),
        ("fit_end", 2, 4),
    ]
    assert [row["epoch"] for row in history] == [1, 2]


def test_steps_and_epochs_agree():
    by_epochs, by_steps, in_parts = whole_run(0), whole_run(0), whole_run(0)
    train, validation = whole_data()  # 7 batches: 4 steps
    torch.manual_seed(5)
    by_epochs.fit(train, epochs=3, validation=validation)
    torch.manual_seed(5)
    by_steps.fit(train, steps=12, validation=validation)
    assert_same_run(by_steps, by_epochs)
    torch.manual_seed(5)
    for steps in (2, 3, 9, 12):
        in_parts.fit(train, steps=steps)
        assert in_parts.step == steps
    assert torch.equal(parameters(in_parts.model), parameters(by_steps.model))
    assert (in_parts.epoch, in_parts.seen) == (3, 0)
    rows = [(row["step"], row["epoch"]) for row in in_parts.history]
    assert rows == [(2, 0), (3, 0), (4, 1), (8, 2), (9, 2), (12, 3)]


def test_reports_come_every_so_many_steps():
    often, plain = whole_run(0), whole_run(0)
    train, validation = whole_data()
    torch.manual_seed(5)
    often.fit(train, epochs=3, validation=validation, every=3)
    torch.manual_seed(5)
    plain.fit(train, epochs=3)
    assert torch.equal(parameters(often.model), parameters(plain.model))
    rows = [(row["step"], row["epoch"]) for row in often.history]
    assert rows == [(3, 0), (6, 1), (9, 2), (12, 2)]  # before it ends
    # Each row holds the examples since the last: steps of 16, 16, 16 and 2.
    total = sum(
        n * row["train_loss"]
        for n, row in zip((48, 34, 34, 34), often.history, strict=True)
    )
    expected = sum(50 * row["train_loss"] for row in plain.history)
    assert total == pytest.approx(expected)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, r"epochs \(=None\) or steps \(=None\)"),
        ({"epochs": 1, "steps": 2}, r"epochs \(=1\) or steps \(=2\)"),
        ({"epochs": 1, "every": 0}, r"every \(=0\)"),
    ],
)
def test_wrong_lengths(options, message):
    with pytest.raises(ValueError, match=message):
        trainer_of(build()).fit([data()], **options)


@pytest.mark.parametrize(
    ("event", "done"),
    [("step", 2), ("epoch_end", 4), ("report", 3), ("fit_start", 0)],
)
def test_stop_ends_after_the_step(event, done):
    def stop(now, trainer):
        if now == event and trainer.step >= 2:
            trainer.stop()
        if now == event == "fit_start":
            trainer.stop()

    batches = Batches(*data(), batch_size=15)  # 4 steps an epoch
    trainer = trainer_of(build(), callbacks=[stop])
    history = trainer.fit(batches, epochs=5, every=3)
    assert trainer.step == done
    assert [row["step"] for row in history][-1:] == ([done] if done else [])
    trainer.callbacks.clear()
    trainer.fit(batches, epochs=5)  # and goes on when asked
    assert (trainer.step, trainer.epoch) == (20, 5)


class Shaken(nn.Module):
    """A model that draws and remembers, and a part that is frozen."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(6, 16), nn.BatchNorm1d(16), nn.Dropout(0.3)
        )
        self.head = nn.Linear(16, 3)

    def forward(self, x):
        return self.head(self.body(x))


def noisy(model, batch):
    x, y = batch
    noise = torch.randn_like(x) + np.random.rand() + random.random()
    return cross_entropy(model, (x + 0.1 * noise, y))


def test_validation_changes_nothing():
    def run(validation):
        seed(0)
        model = Shaken()
        trainer = Trainer(model, noisy, sgd(model, 0.1))
        batches = Batches(*data(), batch_size=16)
        trainer.fit(batches, epochs=2, validation=validation, every=2)
        return trainer

    x, y = data()
    shuffled = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(x, y), batch_size=9, shuffle=True
    )
    without, measured = run(None), run(shuffled)
    for name, value in without.model.state_dict().items():
        assert torch.equal(measured.model.state_dict()[name], value), name
    measured.model.body[1].eval()  # frozen statistics
    modes = [m.training for m in measured.objective.modules()]
    assert set(modes) == {True, False}
    seed(3)
    measured.evaluate(shuffled)
    assert [m.training for m in measured.objective.modules()] == modes
    drawn = [torch.rand(1).item(), np.random.rand(), random.random()]
    seed(3)
    assert drawn == [torch.rand(1).item(), np.random.rand(), random.random()]


def test_a_failed_evaluation_leaves_no_trace():
    model = build(dropout=0.5)
    trainer = Trainer(model, noisy, sgd(model))
    before = torch.get_rng_state()
    with pytest.raises(ValueError, match="don't fit"):
        trainer.evaluate([(torch.ones(2, 6), torch.zeros(2, 1))])
    assert model.training
    assert torch.equal(torch.get_rng_state(), before)


def test_the_model_runs_once_a_batch():
    model = build()
    calls = []
    model.register_forward_hook(lambda *_: calls.append(1))
    metrics = {"accuracy": accuracy, "perplexity": perplexity, "bits": bits}
    trainer = trainer_of(model, metrics=metrics)
    batches = Batches(*data(), batch_size=12)
    found = trainer.evaluate(batches)
    assert len(calls) == len(batches) == 5
    assert found["perplexity"] == pytest.approx(math.exp(found["loss"]))
    assert found["bits"] == pytest.approx(found["loss"] / math.log(2))


def test_metrics_need_what_was_compared():
    def bare(model, batch):
        return cross_entropy(model, batch)[:2]

    model = build()
    trainer = Trainer(model, bare, sgd(model), metrics={"a": accuracy})
    with pytest.raises(ValueError, match=r"Loss\(sum, count, output, target"):
        trainer.evaluate([data()])


class Batch(NamedTuple):
    """A batch with names and with things that are no tensors."""

    inputs: dict
    target: torch.Tensor
    words: list


def test_batches_may_be_trees():
    def loss(model, batch):
        assert batch.words == ["the", "end", None]
        return cross_entropy(model, (batch.inputs["x"][0], batch.target))

    x, y = data()
    model, plain = build(), build()
    tree = Batch({"x": [x, 3]}, y, ["the", "end", None])
    trainer = Trainer(model, loss, sgd(model), metrics={"a": accuracy})
    trainer.fit([tree], epochs=2, validation=[tree])
    trainer_of(plain).fit([(x, y)], epochs=2)
    assert torch.equal(parameters(model), parameters(plain))


def test_a_loss_may_call_the_model_twice_and_by_a_method():
    class Twins(nn.Sequential):
        def embed(self, x):
            return self[:2](x)

    def consistency(model, batch):
        x, _ = batch
        difference = model.embed(x) - model.embed(x.flip(1))
        return difference.square().sum() + cross_entropy(model, batch).sum, 60

    model = Twins(*build())
    trainer = Trainer(model, consistency, sgd(model, 0.1))
    history = trainer.fit([data()], epochs=5)
    assert history[-1]["train_loss"] < history[0]["train_loss"]
    assert set(model.state_dict()) == set(build().state_dict())


def test_any_iterable_of_batches_will_do():
    loader = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(*data()), batch_size=20
    )
    from_loader, from_list = trainer_of(build()), trainer_of(build())
    from_loader.fit(loader, epochs=2)
    from_list.fit(list(Batches(*data(), batch_size=20)), epochs=2)
    assert_equal = torch.testing.assert_close
    assert_equal(parameters(from_loader.model), parameters(from_list.model))


@pytest.mark.parametrize("first", [True, False])
def test_validation_in_one_of_two_fits_is_drawn(first):
    trainer = trainer_of(build())
    for i, validation in enumerate([data(), None][:: 1 if first else -1]):
        validation = validation and [validation]
        trainer.fit([data()], epochs=i + 1, validation=validation)
    (ax,) = draw_history(trainer.history).axes
    assert [list(line.get_xdata()) for line in ax.lines] == [
        [1, 2],
        [1] if first else [2],
    ]


def test_each_epoch_is_shuffled_anew():
    class Recorded(Batches):
        def set_epoch(self, epoch):
            epochs.append(epoch)
            super().set_epoch(epoch)

    epochs = []
    trainer_of(build()).fit(Recorded(*data(), batch_size=20), epochs=3)
    assert epochs == [0, 1, 2]


class HostReads(TorchDispatchMode):
    """Counts reads of a single value by the host: item, bool, float."""

    def __init__(self):
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.count += func is torch.ops.aten._local_scalar_dense.default
        return func(*args, **(kwargs or {}))


def test_host_waits_once_an_epoch(monkeypatch):
    lists = []
    tolist = torch.Tensor.tolist
    monkeypatch.setattr(
        torch.Tensor, "tolist", lambda t: lists.append(1) or tolist(t)
    )
    trainer = trainer_of(build(), accumulate=2, clip_norm=1.0)
    batches = list(Batches(*data(), batch_size=5))
    with HostReads() as reads:
        trainer.fit(batches, epochs=3)
        assert (reads.count, len(lists)) == (0, 3)
        trainer.evaluate(batches)
        assert (reads.count, len(lists)) == (0, 4)
        torch.ones(1).item()
        assert reads.count == 1  # the counter counts


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_no_step_waits_for_the_gpu(precision):
    trainer = trainer_of(
        build(), device="cuda", precision=precision, clip_norm=1.0
    )
    batch = tuple(t.cuda() for t in data())
    trainer.optimizer_step([batch])
    torch.cuda.set_sync_debug_mode("error")
    try:
        trainer.optimizer_step([batch, batch])
    finally:
        torch.cuda.set_sync_debug_mode("default")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"accumulate": 0}, r"accumulate \(=0\)"),
        ({"precision": "fp8"}, r"precision \(='fp8'\)"),
    ],
)
def test_wrong_options(options, message):
    with pytest.raises(ValueError, match=message):
        trainer_of(build(), **options)


def test_no_batches():
    with pytest.raises(ValueError, match="no batch to train on"):
        trainer_of(build()).fit([], epochs=1)
    with pytest.raises(ValueError, match="no batch to evaluate on"):
        trainer_of(build()).evaluate([])
    once = iter(Batches(*data(), batch_size=20))  # nothing in epoch 2
    with pytest.raises(ValueError, match="no batch to train on"):
        trainer_of(build()).fit(once, epochs=2)


def die(path):
    """Train, and be killed in the middle of the third epoch."""

    def kill(event, trainer):
        if event == "step" and trainer.step == 2 * trainer.steps_per_epoch + 2:
            os.kill(os.getpid(), signal.SIGKILL)

    fit_whole(whole_run(0, Checkpoint(path), kill), 5)


def distribute(folder):
    """Train in two processes and report what came out."""
    before = distributed.world_size(), distributed.rank()
    assert len(Batches(*data(), batch_size=5)) == 6  # two times five a step
    # A step takes 5 batches of 4 rows in 2 processes, the last step 21 rows.
    trainer = trainer_of(build(), accumulate=5)
    assert before == (distributed.world_size(), distributed.rank())
    exchanges = []

    def count(_, bucket):
        exchanges.append(1)
        work = torch.distributed.all_reduce(bucket.buffer(), async_op=True)
        mean = bucket.buffer()
        return work.get_future().then(
            lambda _: mean.div_(distributed.world_size())
        )

    trainer.parallel.register_comm_hook(None, count)
    x, y = data(61)
    history = trainer.fit(
        Batches(x, y, batch_size=4),
        epochs=3,
        validation=Batches(x, y, batch_size=30),
    )  # the last batch has one row, so that one process has none
    found = {
        "parameters": parameters(trainer.model),
        "history": history,
        "exchanges": len(exchanges),
        "resumed": distributed.all_gather(resumes(folder)),
        "measured": measure_uneven(),
        "normalized": measure_normalized(),
        "sharded": shard(folder),
    }
    if distributed.rank() == 0:
        torch.save(found, folder / "found.pt")
    distributed.stop()


def resumes(folder):
    """Whether a run goes on in this process as if it had not stopped."""

    def fresh(seed, *callbacks):
        trainer = whole_run(seed, *callbacks)
        torch.manual_seed(1000 + seed + distributed.rank())  # own dropout
        return trainer

    path = folder / "run.pt"
    uninterrupted = fresh(0)
    fit_whole(uninterrupted, 4)
    fit_whole(fresh(0, Checkpoint(path)), 2)
    resumed = fresh(7, Checkpoint(path))
    fit_whole(resumed, 4)
    return torch.equal(
        parameters(resumed.model), parameters(uninterrupted.model)
    )


def measure_uneven():
    """Measure on rows of which one process has none, and one has 40."""
    trainer = trainer_of(build(), metrics=measures())
    x, y = data()
    mine = [(x[:40], y[:40])] if distributed.rank() else []
    return trainer.evaluate(mine)


def measures():
    return {
        "accuracy": accuracy,
        "perplexity": perplexity,
        "confusion": ConfusionMatrix(3),
    }


def measure_normalized():
    """What training recorded, and what the saved model gives."""
    seed(0)
    model = Shaken()
    trainer = Trainer(model, cross_entropy, sgd(model, 0.1))
    x, y = data()
    validation = Batches(x, y, batch_size=30)
    history = trainer.fit(
        Batches(x, y, batch_size=10), epochs=2, validation=validation
    )
    saved = {k: v.clone() for k, v in model.state_dict().items()}
    distributed.barrier()
    return history[-1]["val_loss"], saved


def shard(folder):
    """Train sharded, save, and go on from it in another trainer."""

    def fresh(seed):
        model = build(seed=seed)
        fully_shard(model, mesh=init_device_mesh("cpu", (2,)))
        optimizer = torch.optim.AdamW(model.parameters(), lr=0.05)
        return trainer_of(model, optimizer, accumulate=2, clip_norm=0.5)

    x, y = data()
    batches = Batches(x, y, batch_size=7)
    first, path = fresh(0), folder / "sharded.pt"
    assert first.parallel is first.objective
    first.fit(batches, steps=4)
    save(first, path)
    first.fit(batches, epochs=3)
    second = fresh(5)
    assert resume(second, path)
    assert second.step == 4
    second.fit(batches, epochs=3)
    return [gather(trainer.model) for trainer in (first, second)]


if __name__ == "__main__":
    what, where = sys.argv[1], Path(sys.argv[2])
    {"die": die, "distributed": distribute}[what](where)

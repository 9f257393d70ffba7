"""The Trainer against loops written out, killed runs and other processes.

Run as a script, this file is the training run that tests kill or distribute.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from d2l.data.batches import Batches
from d2l.data.synthetic import linear_data
from d2l.losses import cross_entropy, squared_error
from d2l.metrics import accuracy
from d2l.models.linear import LinearRegression
from d2l.train import distributed
from d2l.train.checkpoint import Checkpoint
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
    return trainer.fit(train, epochs, validation)


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
        runs.append((trainer, trainer.fit(batches, 3, batches)))
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
    history = trainer.fit(Batches(x, y, batch_size=25), 2)
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


def test_two_processes_equal_one_big_batch(tmp_path):
    launched = launch(
        "-m",
        "torch.distributed.run",
        "--standalone",
        "--nproc-per-node=2",
        __file__,
        "distributed",
        tmp_path,
    )
    assert launched.returncode == 0, launched.stderr
    found = torch.load(tmp_path / "found.pt")
    alone = trainer_of(build())
    x, y = data(61)
    history = alone.fit(
        Batches(x, y, batch_size=40), 3, Batches(x, y, batch_size=60)
    )
    difference = found["parameters"] - parameters(alone.model)
    assert difference.abs().max() < 1e-6
    for ours, theirs in zip(found["history"], history, strict=True):
        assert ours == pytest.approx(theirs, abs=1e-6)
    assert found["exchanges"] == alone.step == 6  # one a step: no_sync
    assert found["resumed"] == [True, True]


def test_training_meets_least_squares():
    X, y = linear_data(torch.tensor([2.0, -3.4, 0.5]), 4.2, 200)
    model = LinearRegression(3)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    Trainer(model, squared_error, optimizer).fit(
        Batches(X, y, batch_size=200), 150
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
    expected = exact.fit(Batches(*data(), batch_size=20), 10)
    model = build()
    trainer = Trainer(model, loss, sgd(model), precision=precision)
    batches = Batches(*data(), batch_size=20)
    history = trainer.fit(batches, 10, batches)
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
    trainer.fit(Batches(*data(), batch_size=12), 2)  # 5 batches: 3 steps
    assert used == [0.5**k for k in range(1, 7)]


def test_evaluate_is_exact_with_uneven_batches():
    x, y = data()
    model = build(dropout=0.5)
    trainer = trainer_of(model, metrics={"accuracy": accuracy})
    found = trainer.evaluate(Batches(x, y, batch_size=7))
    assert not model.training
    with torch.no_grad():
        logits = model(x)
    assert found == {
        "loss": pytest.approx(F.cross_entropy(logits, y).item(), abs=1e-6),
        "accuracy": (logits.argmax(1) == y).sum().item() / 60,
    }
    trainer.fit(Batches(x, y, batch_size=60), 1)
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
    history = trainer.fit(Batches(*data(), batch_size=20), 2)
    assert heard == [
        ("fit_start", 0, 0),
        ("epoch_start", 0, 0),
        ("step", 0, 1),
        ("step", 0, 2),
        ("epoch_end", 1, 2),
        ("epoch_start", 1, 2),
        ("step", 1, 3),
        ("step", 1, 4),
        ("epoch_end", 2, 4),
        ("fit_end", 2, 4),
    ]
    assert [row["epoch"] for row in history] == [1, 2]


def test_any_iterable_of_batches_will_do():
    loader = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(*data()), batch_size=20
    )
    from_loader, from_list = trainer_of(build()), trainer_of(build())
    from_loader.fit(loader, 2)
    from_list.fit(list(Batches(*data(), batch_size=20)), 2)
    assert_equal = torch.testing.assert_close
    assert_equal(parameters(from_loader.model), parameters(from_list.model))


def test_each_epoch_is_shuffled_anew():
    class Recorded(Batches):
        def set_epoch(self, epoch):
            epochs.append(epoch)
            super().set_epoch(epoch)

    epochs = []
    trainer_of(build()).fit(Recorded(*data(), batch_size=20), 3)
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
        trainer.fit(batches, 3)
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
        trainer_of(build()).fit([], 1)
    with pytest.raises(ValueError, match="no batch to evaluate on"):
        trainer_of(build()).evaluate([])
    once = iter(Batches(*data(), batch_size=20))  # nothing in epoch 2
    with pytest.raises(ValueError, match="no batch to train on"):
        trainer_of(build()).fit(once, 2)


def die(path):
    """Train, and be killed in the middle of the third epoch."""

    def kill(event, trainer):
        if event == "step" and trainer.step == 2 * trainer.steps_per_epoch + 2:
            os.kill(os.getpid(), signal.SIGKILL)

    fit_whole(whole_run(0, Checkpoint(path), kill), 5)


def distribute(folder):
    """Train in two processes and report what came out."""
    # A step takes 5 batches of 4 rows in 2 processes, the last step 21 rows.
    trainer = trainer_of(build(), accumulate=5)
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
        Batches(x, y, batch_size=4), 3, Batches(x, y, batch_size=30)
    )  # the last batch has one row, so that one process has none

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
    same = [None, None]
    mine = torch.equal(
        parameters(resumed.model), parameters(uninterrupted.model)
    )
    torch.distributed.all_gather_object(same, mine)
    if distributed.rank() == 0:
        found = {
            "parameters": parameters(trainer.model),
            "history": history,
            "exchanges": len(exchanges),
            "resumed": same,
        }
        torch.save(found, folder / "found.pt")
    distributed.stop()


if __name__ == "__main__":
    what, where = sys.argv[1], Path(sys.argv[2])
    {"die": die, "distributed": distribute}[what](where)

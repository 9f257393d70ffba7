"""The training loop of the whole book."""

from collections.abc import Callable, Iterable, Mapping, Sequence, Sized
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from d2l.losses import Batch, Measure
from d2l.train import distributed
from d2l.train.device import best_device

#: When callbacks are called.
Event = Literal["fit_start", "epoch_start", "step", "epoch_end", "fit_end"]
#: Is told what happened, and to which trainer.
Callback = Callable[[Event, "Trainer"], None]

AUTOCAST = {"fp32": None, "bf16": torch.bfloat16, "fp16": torch.float16}


class Trainer:
    """Fits a model; knows nothing about what the model is.

    One optimizer step uses `accumulate` batches of every process. Because
    losses are sums with counts, the step equals that of one big batch.
    Losses stay on the device; the host waits for them once an epoch (under
    fp16 it also waits in each step, to see whether the gradient overflowed).

    Args:
        model: any module; moved to `device`.
        loss: `(model, batch) -> (sum, count)`, see `d2l.losses`.
        optimizer: over the parameters of the model.
        metrics: further measures to take on validation data, by name.
        schedule: learning-rate scheduler, advanced once an optimizer step.
        accumulate: batches whose gradients make one step.
        clip_norm: largest Euclidean norm of the whole gradient.
        precision: "fp32", or forward passes autocast to "bf16" or "fp16".
        device: where to train; `best_device()` if not given.
        callbacks: called as `callback(event, trainer)`.

    Raises:
        ValueError: if `accumulate` is less than 1, or `precision` unknown.

    Source: stochastic gradient descent (Robbins and Monro, 1951);
    accumulation and several processes as in Goyal et al. (2017).
    Same as: one big batch in one process; an uninterrupted run, bit for
    bit, after a resume (tests/package/test_trainer.py). Batch normalisation
    sees batches, so there the equality with one big batch ends.
    """

    def __init__(
        self,
        model: nn.Module,
        loss: Measure,
        optimizer: Optimizer,
        *,
        metrics: Mapping[str, Measure] | None = None,
        schedule: LRScheduler | None = None,
        accumulate: int = 1,
        clip_norm: float | None = None,
        precision: Literal["fp32", "bf16", "fp16"] = "fp32",
        device: torch.device | str | None = None,
        callbacks: Sequence[Callback] = (),
    ) -> None:
        if accumulate < 1:
            raise ValueError(f"accumulate (={accumulate}) must be at least 1")
        if precision not in AUTOCAST:
            raise ValueError(
                f"precision (={precision!r}) must be fp32, bf16 or fp16"
            )
        distributed.start()
        self.device = torch.device(device or best_device())
        self.model = model.to(self.device)
        self.parallel: nn.Module = self.model
        if distributed.world_size() > 1:
            self.parallel = DistributedDataParallel(self.model)
        self.loss = loss
        self.metrics = dict(metrics or {})
        self.optimizer = optimizer
        self.schedule = schedule
        self.accumulate = accumulate
        self.clip_norm = clip_norm
        dtype = AUTOCAST[precision]
        self.autocast = torch.autocast(
            self.device.type, dtype, enabled=dtype is not None
        )
        # Losses are sums, so the scale starts below PyTorch's 2**16.
        self.scaler = torch.amp.GradScaler(
            self.device.type, init_scale=2**8, enabled=precision == "fp16"
        )
        self.callbacks = list(callbacks)
        self.epoch = 0  # finished, as are steps
        self.epochs = 0
        self.step = 0
        self.steps_per_epoch: int | None = None
        self.history: list[dict[str, float]] = []

    def fit(
        self,
        train: Iterable[Batch],
        epochs: int,
        validation: Iterable[Batch] | None = None,
    ) -> list[dict[str, float]]:
        """Train until `epochs` epochs are done, counting those resumed from.

        Args:
            train: batches, iterated once an epoch; `set_epoch` is called on
                it where it has that method.
            epochs: epochs in all.
            validation: batches to measure loss and metrics on after each.

        Returns:
            One dictionary an epoch: `epoch`, `train_loss`, and with
            validation data `val_loss` and `val_<metric>`.

        Raises:
            ValueError: if there is no batch to train on.
        """
        self.epochs = epochs
        self.emit("fit_start")
        while self.epoch < epochs:
            loss = self.train_epoch(train)
            row = {"epoch": self.epoch + 1, "train_loss": loss}
            if validation is not None:
                measured = self.evaluate(validation)
                row |= {f"val_{name}": v for name, v in measured.items()}
            self.history.append(row)
            self.epoch += 1
            self.emit("epoch_end")
        self.emit("fit_end")
        return self.history

    def train_epoch(self, train: Iterable[Batch]) -> float:
        """Train for one epoch and return the mean loss of its examples.

        Raises:
            ValueError: if there is no batch to train on.
        """
        if hasattr(train, "set_epoch"):
            train.set_epoch(self.epoch)
        if isinstance(train, Sized):
            self.steps_per_epoch = -(-len(train) // self.accumulate)
        self.emit("epoch_start")
        self.model.train()
        total = self._zeros(2)
        group: list[Batch] = []
        for batch in train:
            group.append(batch)
            if len(group) == self.accumulate:
                total += self.optimizer_step(group)
                group = []
        if group:
            total += self.optimizer_step(group)
        loss, count = total.tolist()  # the one wait of the epoch
        if not count:
            raise ValueError("there is no batch to train on")
        return float(loss / count)

    def optimizer_step(self, group: Sequence[Batch]) -> Tensor:
        """Descend along the gradient of the mean loss of several batches.

        Shape:
            returns (2,): sum of losses and count, over all processes.
        """
        self.model.zero_grad()
        total = self._zeros(2)
        for i, batch in enumerate(group):
            with self._exchange_if(i == len(group) - 1):
                total += self.micro_step(batch)
        distributed.all_sum(total)
        self.scaler.unscale_(self.optimizer)
        # So far a sum over examples, averaged over processes: make it a mean.
        factor = distributed.world_size() / total[1].clamp(min=1)
        for p in self.model.parameters():
            if p.grad is not None:
                p.grad.mul_(factor)
        if self.clip_norm is not None:
            nn.utils.clip_grad_norm_(self.model.parameters(), self.clip_norm)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        if self.schedule is not None:
            self.schedule.step()
        self.step += 1
        self.emit("step")
        return total

    def micro_step(self, batch: Batch) -> Tensor:
        """Add the gradient of one batch's summed loss.

        Shape:
            returns (2,): this process's sum of losses and count.
        """
        with self.autocast:
            loss, count = self.loss(self.parallel, self._move(batch))
        self.scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
        total = self._zeros(2)
        total[0], total[1] = loss.detach(), count
        return total

    @torch.no_grad()
    def evaluate(self, batches: Iterable[Batch]) -> dict[str, float]:
        """Measure loss and metrics, averaged over all examples.

        Leaves the model in evaluation mode.

        Returns:
            `loss` and every metric, by name.

        Raises:
            ValueError: if there is no batch.
        """
        self.model.eval()
        measures = {"loss": self.loss} | self.metrics
        total = self._zeros(len(measures), 2)
        for batch in batches:
            moved = self._move(batch)
            with self.autocast:
                for row, measure in zip(total, measures.values(), strict=True):
                    value, count = measure(self.model, moved)
                    row[0] += value
                    row[1] += count
        rows = distributed.all_sum(total).tolist()
        if not all(count for _, count in rows):
            raise ValueError("there is no batch to evaluate on")
        return {k: s / n for k, (s, n) in zip(measures, rows, strict=True)}

    def emit(self, event: Event) -> None:
        """Tell every callback that something happened."""
        for callback in self.callbacks:
            callback(event, self)

    def _zeros(self, *shape: int) -> Tensor:
        # Apple's GPUs have no float64.
        exact = torch.float32 if self.device.type == "mps" else torch.float64
        return torch.zeros(*shape, dtype=exact, device=self.device)

    def _move(self, batch: Batch) -> Batch:
        return tuple(t.to(self.device, non_blocking=True) for t in batch)

    def _exchange_if(self, last: bool) -> AbstractContextManager[Any]:
        """Average gradients over processes only after a group's last batch."""
        if isinstance(self.parallel, DistributedDataParallel) and not last:
            return self.parallel.no_sync()
        return nullcontext()

"""The training loop of the whole book."""

from collections.abc import Callable, Iterable, Mapping, Sequence, Sized
from itertools import islice
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from d2l.losses import Batch, Loss, LossFunction
from d2l.metrics import Metric
from d2l.train import distributed, objective
from d2l.train.device import best_device, random_state
from d2l.train.evaluation import evaluate
from d2l.train.feeding import batches_from, check_length, move
from d2l.train.precision import Precision, forward_in, scaler_for, step
from d2l.train.settings import settings_of

#: When callbacks are called: a report is a new row of the history, and a
#: step is over when everything that belongs to it is done.
Event = Literal[
    "fit_start", "epoch_start", "report", "step", "epoch_end", "fit_end"
]
#: Is told what happened, and to which trainer.
Callback = Callable[[Event, "Trainer"], None]


class Trainer:
    """Fits a model; knows nothing about what the model is.

    One optimizer step uses `accumulate` batches of every process. Because
    losses are sums with counts, the step equals that of one big batch.
    Losses stay on the device; the host waits for them once a report (under
    fp16 it also waits in each step, to see whether the gradient overflowed).

    Args:
        model: any module; moved to `device`.
        loss: `(model, batch) -> Loss`, see `d2l.losses`; a module may have
            parameters of its own.
        optimizer: over the parameters of the model.
        metrics: what to measure on validation data beside the loss, by name.
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
        loss: LossFunction,
        optimizer: Optimizer,
        *,
        metrics: Mapping[str, Metric] | None = None,
        schedule: LRScheduler | None = None,
        accumulate: int = 1,
        clip_norm: float | None = None,
        precision: Precision = "fp32",
        device: torch.device | str | None = None,
        callbacks: Sequence[Callback] = (),
    ) -> None:
        if accumulate < 1:
            raise ValueError(f"accumulate (={accumulate}) must be at least 1")
        distributed.start()
        self.device = torch.device(device or best_device())
        self.model = model
        self.objective = objective.Objective(model, loss).to(self.device)
        self.parallel = objective.parallelize(self.objective)
        self.optimizer = optimizer
        self.metrics = dict(metrics or {})
        self.schedule = schedule
        self.accumulate = accumulate
        self.clip_norm = clip_norm
        self.autocast = forward_in(precision, self.device)
        self.scaler = scaler_for(precision, self.device)
        self.callbacks = list(callbacks)
        self.epochs: int | None = None  # to be done in all, as are steps
        self.steps: int | None = None
        self.steps_per_epoch: int | None = None  # if known
        self.is_stopped = False
        self.epoch = 0  # finished, as are steps
        self.step = 0
        self.seen = 0  # batches of the epoch that is not finished
        self.unreported = 0  # batches since the last report
        self.total = objective.nothing(self.device)  # losses since then
        self.history: list[dict[str, Any]] = []
        self.epoch_start: Any = None  # the random generators at that time
        self.settings = settings_of(self, precision)

    def fit(
        self,
        train: Iterable[Batch],
        *,
        epochs: int | None = None,
        steps: int | None = None,
        validation: Iterable[Batch] | None = None,
        every: int | None = None,
    ) -> list[dict[str, Any]]:
        """Train until so many epochs or steps are done in all.

        What was done before, and resumed from, counts. An epoch may end in
        the middle, and is finished by the next call.

        Args:
            train: batches; see `d2l.train.feeding` for what they may offer.
            epochs: epochs in all, or else
            steps: optimizer steps in all.
            validation: batches to measure loss and metrics on.
            every: steps from one report to the next; if not given, there is
                one after each epoch. What is left gets one at the end.

        Returns:
            One row a report: `step` and `epoch`, so many finished by then;
            `train_loss`, since the last report; and with validation data
            `val_loss` and `val_<metric>`.

        Raises:
            ValueError: if not exactly one of `epochs` and `steps` is given,
                or `every` is less than 1, or there is nothing to train on.
        """
        check_length(epochs, steps, every)
        self.epochs, self.steps, self.is_stopped = epochs, steps, False
        self.emit("fit_start")
        while not self.is_done:
            self._train_epoch(train, validation, every)
        if self.unreported:
            self.report(validation)
        self.emit("fit_end")
        return self.history

    def stop(self) -> None:
        """End the training after this step; in all processes, if in one."""
        self.is_stopped = True

    @property
    def is_done(self) -> bool:
        """Whether all epochs or steps are done, or `stop` was called."""
        return (
            self.is_stopped
            or (self.epochs is not None and self.epoch >= self.epochs)
            or (self.steps is not None and self.step >= self.steps)
        )

    def _train_epoch(
        self,
        train: Iterable[Batch],
        validation: Iterable[Batch] | None,
        every: int | None,
    ) -> None:
        """Train to the end of the epoch, or until all is done."""
        if isinstance(train, Sized):
            self.steps_per_epoch = -(-len(train) // self.accumulate)
        if not self.seen:
            self.epoch_start = random_state(self.device)
        batches = batches_from(
            train, self.epoch, self.seen, self.device, self.epoch_start
        )
        self.emit("epoch_start")
        self.objective.train()
        while group := list(islice(batches, self.accumulate)):
            before = self.step
            self.total += self.optimizer_step(group)
            self.seen += len(group)
            self.unreported += len(group)
            if self.step > before:
                if every and self.step % every == 0:
                    self.report(validation)
                self.emit("step")
            at_end = isinstance(train, Sized) and self.seen == len(train)
            if self.is_done and not at_end:
                return
        if not self.seen:
            raise ValueError("there is no batch to train on")
        self.epoch, self.seen = self.epoch + 1, 0
        if every is None and self.unreported:
            self.report(validation)
        self.emit("epoch_end")

    def optimizer_step(self, group: Sequence[Batch]) -> Tensor:
        """Descend along the gradient of the mean loss of several batches.

        Shape:
            returns (2,): sum of losses and count, over all processes.
        """
        self.objective.zero_grad()
        total = objective.nothing(self.device)
        for i, batch in enumerate(group):
            with objective.exchange_if(self.parallel, i == len(group) - 1):
                total += self.micro_step(batch)
        distributed.all_sum(total)
        self.scaler.unscale_(self.optimizer)
        objective.divide_gradients(self.objective, total[1])
        if self.clip_norm is not None:
            parameters = self.objective.parameters()
            nn.utils.clip_grad_norm_(parameters, self.clip_norm)
        if step(self.optimizer, self.scaler):
            self.step += 1
            if self.schedule is not None:
                self.schedule.step()
        return total

    def micro_step(self, batch: Batch) -> Tensor:
        """Add the gradient of one batch's summed loss.

        Shape:
            returns (2,): this process's sum of losses and count.
        """
        with self.autocast:
            # Without the output, which is large and only metrics need.
            loss = Loss(*self.parallel(move(batch, self.device))[:2])
        self.scaler.scale(loss.sum).backward()  # type: ignore[no-untyped-call]
        return objective.sum_and_count(loss, self.device)

    def report(self, validation: Iterable[Batch] | None = None) -> None:
        """Add a row to the history."""
        loss = objective.mean(self.total, "train on")  # here the host waits
        self.total, self.unreported = objective.nothing(self.device), 0
        row = {"step": self.step, "epoch": self.epoch, "train_loss": loss}
        if validation is not None:
            measured = self.evaluate(validation)
            row |= {f"val_{name}": v for name, v in measured.items()}
        self.history.append(row)
        self.emit("report")

    def evaluate(self, batches: Iterable[Batch]) -> dict[str, Any]:
        """Measure the loss and each metric, and leave no trace."""
        return evaluate(
            self.objective, batches, self.metrics, self.device, self.autocast
        )

    def emit(self, event: Event) -> None:
        """Tell every callback that something happened."""
        for callback in self.callbacks:
            callback(event, self)

"""Checkpoints that are whole or absent, and that resume exactly."""

import copy
import errno
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import nn

from d2l.train import distributed
from d2l.train.device import random_state, set_random_state
from d2l.train.settings import differences
from d2l.train.sharding import gather, load
from d2l.train.trainer import Event, Trainer


class Stateful(Protocol):
    """Whatever gives its state as tensors and numbers, and takes it back."""

    def state_dict(self) -> dict[str, Any]:
        """Return the state."""

    def load_state_dict(self, state: dict[str, Any], /) -> Any:
        """Take over a state."""


Parts = Mapping[str, Stateful]


class Progress:
    """How far a trainer is, as a part of its checkpoint.

    Args:
        trainer: between two steps.
    """

    NAMES = ("epoch", "step", "seen", "unreported", "total", "history")

    def __init__(self, trainer: Trainer) -> None:
        self.trainer = trainer

    def state_dict(self) -> dict[str, Any]:
        """Return the state."""
        return {name: getattr(self.trainer, name) for name in self.NAMES}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over a state."""
        for name in self.NAMES:
            setattr(self.trainer, name, state[name])
        self.trainer.total = state["total"].to(self.trainer.device)


def save(
    trainer: Trainer, path: str | Path, parts: Parts | None = None
) -> None:
    """Write everything that a training run needs to go on, atomically.

    The file appears under its name only when it is complete, so a run that
    is killed while saving leaves the previous checkpoint intact
    (tests/package/test_checkpoint.py). Sharded tensors are written whole.

    Args:
        trainer: between two steps.
        path: file to write; the first of several processes writes it.
        parts: what else has a state, by name, as averaged weights.
            Callbacks with a `state_dict` are saved in any case.

    Raises:
        OSError: if the file can't be written.
        ValueError: if a part has the name of one of the trainer's.
    """
    every = _parts(trainer, parts)
    mine = [trainer.epoch_start, random_state(trainer.device)]
    state = {
        "kinds": _kinds(every),
        "settings": trainer.settings,
        "parts": {name: gather(part) for name, part in every.items()},
        "random": distributed.all_gather(mine),
    }
    if distributed.rank() == 0:
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + ".part")
        with part.open("wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    distributed.barrier()


def resume(
    trainer: Trainer, path: str | Path, parts: Parts | None = None
) -> bool:
    """Continue from a checkpoint if there is one.

    Restores all that `save` wrote, the random generators included. After an
    error everything is as before. A trainer that was given other settings, as
    another learning rate, is refused: it would be a run that neither of the
    two describes. Data and loss are not compared.

    Args:
        trainer: built like the one that was saved.
        path: file written by `save`.
        parts: named as when saved.

    Returns:
        Whether there was a checkpoint.

    Raises:
        ValueError: if the file is not a checkpoint of such a trainer.
        OSError, MemoryError: if the file can't be read now.
    """
    path = Path(path)
    if not path.exists():
        return False
    every = _parts(trainer, parts)
    before = {name: copy.deepcopy(gather(p)) for name, p in every.items()}
    with path.open("rb") as file:
        try:
            state = torch.load(file, map_location="cpu", weights_only=True)
            if state["kinds"] != _kinds(every):
                raise ValueError(
                    f"saved {state['kinds']}, here {_kinds(every)}"
                )
            if changed := differences(state["settings"], trainer.settings):
                raise ValueError(changed)
            epoch_start, now = _mine(state["random"])
            for name, part in every.items():
                load(part, state["parts"][name])
            set_random_state(trainer.device, now)
        except Exception as error:
            for name, part in every.items():
                load(part, before[name])
            if _passes(error):
                raise
            reason, _, _ = str(error).partition("\n")
            raise ValueError(
                f"{path} is not a checkpoint of this trainer "
                f"({type(error).__name__}: {reason}). Name another file to "
                "start anew."
            ) from error
    trainer.epoch_start = epoch_start
    return True


class Checkpoint:
    """Callback that resumes when training first starts, and saves as it goes.

    Only the first `fit` of a trainer resumes: what is changed between two,
    as a learning rate, stays changed.

    Args:
        path: the checkpoint file; its folder is made where missing.
        every: steps between two saves; if not given, it saves after each
            epoch. The end of `fit` is saved in any case.
        parts: what else has a state, by name, as averaged weights.

    Raises:
        ValueError: if `every` is less than 1.

    Source: write beside, flush, rename, as POSIX `rename` allows.
    Same as: never having stopped (tests/package/test_trainer.py).
    """

    def __init__(
        self,
        path: str | Path,
        every: int | None = None,
        parts: Parts | None = None,
    ) -> None:
        if every is not None and every < 1:
            raise ValueError(f"every (={every}) must be at least 1")
        self.path = Path(path)
        self.every = every
        self.parts = parts
        self.trainer: Trainer | None = None

    def __call__(self, event: Event, trainer: Trainer) -> None:
        """Resume on the first `fit_start`; save where it is due."""
        if event == "fit_start" and self.trainer is not trainer:
            self.trainer = trainer
            resume(trainer, self.path, self.parts)
        due = event == "fit_end" or (
            event == "epoch_end"
            if self.every is None
            else event == "step" and trainer.step % self.every == 0
        )
        if due:
            save(trainer, self.path, self.parts)


def _passes(error: Exception) -> bool:
    """Tell whether an error says nothing about the file."""
    if isinstance(error, OSError):
        # A file that was cut makes PyTorch seek to before its beginning.
        return error.errno != errno.EINVAL
    return isinstance(error, MemoryError | torch.OutOfMemoryError)


def _parts(trainer: Trainer, parts: Parts | None) -> dict[str, Stateful]:
    every: dict[str, Any] = {
        "progress": Progress(trainer),
        "model": trainer.model,
        "optimizer": trainer.optimizer,
        "scaler": trainer.scaler,
    }
    if trainer.schedule is not None:
        every["schedule"] = trainer.schedule
    if isinstance(trainer.objective.loss, nn.Module):
        every["loss"] = trainer.objective.loss
    for i, callback in enumerate(trainer.callbacks):
        if hasattr(callback, "state_dict"):
            every[f"callback {i}"] = callback
    taken = sorted(every.keys() & (parts or {}).keys())
    if taken:
        raise ValueError(f"parts must have other names than {taken}")
    return every | dict(parts or {})


def _kinds(parts: Parts) -> dict[str, str]:
    return {name: type(part).__name__ for name, part in parts.items()}


def _mine(states: list[Any]) -> Any:
    if len(states) != distributed.world_size():
        raise ValueError(
            f"saved by {len(states)} processes, here are "
            f"{distributed.world_size()}"
        )
    return states[distributed.rank()]

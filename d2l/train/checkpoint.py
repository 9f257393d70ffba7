"""Checkpoints that are whole or absent, and that resume exactly."""

import copy
import os
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

from d2l.train import distributed
from d2l.train.trainer import Event, Trainer


def save(trainer: Trainer, path: str | Path) -> None:
    """Write everything that a training run needs to go on, atomically.

    The file appears under its name only when it is complete, so a run that
    is killed while saving leaves the previous checkpoint intact
    (tests/package/test_checkpoint.py).

    Args:
        trainer: between two epochs.
        path: file to write; the first of several processes writes it.

    Raises:
        OSError: if the file can't be written.
    """
    parts = _parts(trainer)
    state = {
        "kinds": _kinds(parts),
        "parts": _states(parts),
        "random": _random_states(trainer.device),
        "progress": [trainer.epoch, trainer.step, trainer.history],
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


def resume(trainer: Trainer, path: str | Path) -> bool:
    """Continue from a checkpoint if there is one.

    Restores all that `save` wrote, torch's random numbers included (not
    those of `random` and NumPy). After an error the trainer is as before.

    Args:
        trainer: built like the one that was saved.
        path: file written by `save`.

    Returns:
        Whether there was a checkpoint.

    Raises:
        ValueError: if the file is not a checkpoint of such a trainer.
        OSError: if the file can't be read.
    """
    path = Path(path)
    if not path.exists():
        return False
    parts = _parts(trainer)
    before = copy.deepcopy(_states(parts))
    with path.open("rb") as file:
        try:
            state = torch.load(file, map_location="cpu", weights_only=True)
            if state["kinds"] != _kinds(parts):
                raise ValueError(
                    f"saved {state['kinds']}, here {_kinds(parts)}"
                )
            epoch, step, history = state["progress"]
            _load(parts, state["parts"])
            _set_random_state(trainer.device, state["random"])
        except Exception as error:
            _load(parts, before)
            reason, _, _ = str(error).partition("\n")
            raise ValueError(
                f"{path} is not a checkpoint of this trainer "
                f"({type(error).__name__}: {reason}). Delete it to start anew."
            ) from error
    trainer.epoch, trainer.step, trainer.history = epoch, step, history
    return True


class Checkpoint:
    """Callback that resumes when training starts and saves after epochs.

    Args:
        path: the checkpoint file; its folder is made where missing.
        every: epochs between two saves; the last epoch is saved too.

    Raises:
        ValueError: if `every` is less than 1.

    Source: write beside, flush, rename, as POSIX `rename` allows.
    Same as: never having stopped (tests/package/test_trainer.py).
    """

    def __init__(self, path: str | Path, every: int = 1) -> None:
        if every < 1:
            raise ValueError(f"every (={every}) must be at least 1")
        self.path = Path(path)
        self.every = every

    def __call__(self, event: Event, trainer: Trainer) -> None:
        """Resume on `fit_start`; save on `epoch_end` where it is due."""
        if event == "fit_start":
            resume(trainer, self.path)
        elif event == "epoch_end" and (
            trainer.epoch % self.every == 0 or trainer.epoch == trainer.epochs
        ):
            save(trainer, self.path)


def _parts(trainer: Trainer) -> dict[str, Any]:
    return {
        "model": trainer.model,
        "optimizer": trainer.optimizer,
        "scaler": trainer.scaler,
    } | ({"schedule": trainer.schedule} if trainer.schedule else {})


def _kinds(parts: dict[str, Any]) -> dict[str, str]:
    return {name: type(part).__name__ for name, part in parts.items()}


def _states(parts: dict[str, Any]) -> dict[str, Any]:
    return {name: part.state_dict() for name, part in parts.items()}


def _load(parts: dict[str, Any], states: dict[str, Any]) -> None:
    for name, part in parts.items():
        part.load_state_dict(states[name])


def _random_states(device: torch.device) -> list[dict[str, Tensor]]:
    """Return the state of torch's generators in every process."""
    mine = {"cpu": torch.get_rng_state()}
    if device.type == "cuda":
        mine["cuda"] = torch.cuda.get_rng_state(device)
    if device.type == "mps":
        mine["mps"] = torch.mps.get_rng_state()
    states = [mine] * distributed.world_size()
    if dist.is_initialized():
        dist.all_gather_object(states, mine)
    return states


def _set_random_state(
    device: torch.device, states: list[dict[str, Tensor]]
) -> None:
    if len(states) != distributed.world_size():
        raise ValueError(
            f"saved by {len(states)} processes, here are "
            f"{distributed.world_size()}"
        )
    mine = states[distributed.rank()]
    torch.set_rng_state(mine["cpu"])
    if device.type == "cuda" and "cuda" in mine:
        torch.cuda.set_rng_state(mine["cuda"], device)
    if device.type == "mps" and "mps" in mine:
        torch.mps.set_rng_state(mine["mps"])

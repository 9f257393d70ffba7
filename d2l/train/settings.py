"""How a training run was set up, so that another one is told apart."""

from typing import TYPE_CHECKING, Any

from torch import Tensor

if TYPE_CHECKING:
    from d2l.train.trainer import Trainer

Settings = dict[str, str]


def settings_of(trainer: "Trainer", precision: str) -> Settings:
    """Describe what was chosen for a run, as text by name.

    Args:
        trainer: before its first step; each group of its optimizer counts.
        precision: of its forward passes.
    """
    found: dict[str, Any] = {
        "precision": precision,
        "accumulate": trainer.accumulate,
        "clip_norm": trainer.clip_norm,
    }
    for i, group in enumerate(trainer.optimizer.param_groups):
        place = f" of group {i}" if i else ""
        found |= {
            name + place: value
            for name, value in group.items()
            if name not in ("params", "param_names")
        }
    if trainer.schedule is not None:
        for name, value in trainer.schedule.state_dict().items():
            found[f"schedule's {name}"] = value
    return {
        name: repr(value.tolist() if isinstance(value, Tensor) else value)
        for name, value in found.items()
    }


def differences(saved: Settings, here: Settings) -> str:
    """Say which settings of two runs differ, of those that both have.

    Args:
        saved: of the one.
        here: of the other.

    >>> differences({"lr": "0.1", "eps": "1"}, {"lr": "0.01", "eps": "1"})
    'lr was 0.1, here it is 0.01'
    """
    return "; ".join(
        f"{name} was {saved[name]}, here it is {here[name]}"
        for name in saved
        if name in here and saved[name] != here[name]
    )

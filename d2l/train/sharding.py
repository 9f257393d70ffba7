"""States of modules and optimizers whose tensors are spread over processes."""

from typing import Any

from torch import Tensor, nn
from torch.distributed.tensor import DTensor, distribute_tensor
from torch.optim import Optimizer


def gather(part: Any) -> Any:
    """Return the state of a part with every tensor whole and on the host.

    Args:
        part: has a `state_dict`. If it is sharded, all processes must call
            this together.
    """
    return _whole(part.state_dict())


def load(part: Any, state: dict[str, Any]) -> None:
    """Give a part a state, spread over processes as the part is.

    Args:
        part: built like the one that the state is of, whatever the number
            of processes of either.
        state: what `gather` returned.
    """
    if isinstance(part, nn.Module):
        ours = part.state_dict()
        state = {k: _spread(v, ours.get(k)) for k, v in state.items()}
    elif isinstance(part, Optimizer):
        parameters = [
            p for group in part.param_groups for p in group["params"]
        ]
        kept = {
            i: {k: _spread(v, parameters[i]) for k, v in values.items()}
            for i, values in state["state"].items()
        }
        state = state | {"state": kept}
    part.load_state_dict(state)


def _whole(state: Any) -> Any:
    match state:
        case DTensor():
            return state.full_tensor().detach().cpu()
        case Tensor():
            return state.detach().cpu()
        case dict():
            return {name: _whole(part) for name, part in state.items()}
        case list() | tuple():
            return type(state)(_whole(part) for part in state)
    return state


def _spread(value: Any, like: Any) -> Any:
    """Shard a value as something of the same shape is; leave others whole."""
    if (
        isinstance(like, DTensor)
        and getattr(value, "shape", None) == like.shape
    ):
        mesh, places = like.device_mesh, like.placements
        return distribute_tensor(value.to(like.device), mesh, places)
    return value

"""Lets a page believe that it computes on a CUDA device.

The numbers stay where they are, and experiments keep their size for a CPU.
What changes is that each tensor knows a place, "cpu" or "cuda", which follows
from where it was made, what it was computed from and where it was moved; and
that an operation fails, as on a real device, whose tensors are in different
places. A page that forgot to move a batch is found out without a GPU.

What it can't show: results, speed and memory of a GPU, and what PyTorch
computes without telling Python, such as gradients that a hook receives, which
are trusted wherever they are.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode, resolve_name

import d2l.train.device

CUDA = torch.device("cuda", 0)
# May have one tensor here and one there.
MOVING = ("copy_", "_has_compatible_shallow_copy_type", "type_as")
# Share the place of the tensor that they belong to.
PARTS = ("data", "grad", "_grad", "T", "mT", "H", "mH", "real", "imag")
# The place of what lies at an address: parameters are made from tensors
# without a call that could be seen.
STORAGES: dict[int, str] = {}


class PretendedCuda(TorchFunctionMode):
    """Knows the place of each tensor, and refuses to mix them."""

    def __torch_function__(
        self,
        function: Callable[..., Any],
        types: Iterable[type],
        arguments: tuple[Any, ...] = (),
        options: dict[str, Any] | None = None,
    ) -> Any:
        """Call a function of torch, and note where its results are.

        Raises:
            RuntimeError: if tensors, or a tensor and the generator that it
                is drawn from, are in different places.
            TypeError: if a tensor on the device is to be a NumPy array.
        """
        options = dict(options or {})
        name = resolve_name(function) or function.__name__
        parts = name.split(".")
        if parts[-1] in ("__get__", "__set__"):
            return attribute(function, parts[-2], parts[-1], *arguments)
        name = parts[-1]
        tensors = list(tensors_in((arguments, options)))
        wanted = options.get("device")
        if name in ("to", "cpu", "cuda"):
            return move(arguments[0], name, *arguments[1:], **options)
        if name in ("numpy", "__array__") and place(tensors[0]) == "cuda":
            raise TypeError(
                "can't convert cuda:0 device type tensor to numpy. Use "
                "Tensor.cpu() to copy the tensor to host memory first."
            )
        if wanted is not None:
            wanted = torch.device(wanted).type
            options["device"] = "cpu" if wanted == "cuda" else wanted
        check(name, arguments, tensors)
        found = wanted or following(name, tensors)
        drawn_by = options.get("generator")
        if drawn_by is not None and found != drawn_by.device.type:
            raise RuntimeError(
                f"{name}: expected a {found!r} device type for generator but "
                f"found {drawn_by.device.type!r}"
            )
        return put(function(*arguments, **options), found)


def tensors_in(value: object) -> Iterator[Tensor]:
    """Yield the tensors in nested arguments or results, in order."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, dict):
        yield from tensors_in(tuple(value.values()))
    elif isinstance(value, list | tuple):
        for part in value:
            yield from tensors_in(part)


def place(tensor: Tensor) -> str | None:
    """Return where a tensor is, None if nobody told."""
    found: str | None = tensor.__dict__.get("_place")
    if found is None and isinstance(tensor, nn.Parameter):
        found = STORAGES.get(address(tensor), "cpu")
    return found


def put(value: Any, where: str | None) -> Any:
    """Note where the tensors of a value are; return the value."""
    for tensor in tensors_in(value):
        tensor.__dict__["_place"] = where
        if where and tensor.layout == torch.strided:
            STORAGES[address(tensor)] = where
    return value


def address(tensor: Tensor) -> int:
    """Return where the numbers of a tensor lie."""
    return tensor.untyped_storage().data_ptr()


def following(name: str, tensors: list[Tensor]) -> str | None:
    """Return where the result of an operation is, by its tensors."""
    if not tensors or name == "tensor":
        return "cpu"
    if name == "__getitem__" or (name[-1] == "_" and name[-2:] != "__"):
        return place(tensors[0])
    places = [place(tensor) for tensor in tensors]
    return next((p for p in ("cuda", "cpu") if p in places), None)


def check(
    name: str, arguments: tuple[Any, ...], tensors: list[Tensor]
) -> None:
    """Raise an error if an operation mixes what is in different places.

    Single numbers may come from the CPU, and so may the indices of a tensor.
    """
    places = [place(tensor) for tensor in tensors if tensor.ndim]
    if "cpu" not in places or "cuda" not in places or name in MOVING:
        return
    if name in ("__getitem__", "__setitem__"):
        index = [place(tensor) for tensor in tensors_in(arguments[1])]
        if place(arguments[0]) == "cuda" or "cuda" not in index:
            return
    raise RuntimeError(
        f"{name}: expected all tensors to be on the same device, but found "
        + " and ".join(f"{tuple(t.shape)} on {place(t)}" for t in tensors)
    )


def attribute(
    function: Callable[..., Any], name: str, kind: str, *arguments: Any
) -> Any:
    """Read or set an attribute of a tensor, the first argument."""
    tensor = arguments[0]
    result = function(*arguments)
    if kind == "__set__":
        return put(tensor, place(arguments[1])) if name == "data" else None
    if name == "device" and result.type == "cpu":
        return CUDA if place(tensor) == "cuda" else result
    if name == "is_cuda":
        return place(tensor) == "cuda"
    return put(result, place(tensor)) if name in PARTS else result


def move(tensor: Tensor, name: str, *arguments: Any, **options: Any) -> Tensor:
    """Move a tensor, convert it, or both."""
    if name != "to":
        arguments, options = (name,), {}
    given = [*arguments, options.get("device")]
    wanted = [torch.device(a).type for a in given if is_device(a)]
    wanted += [place(a) or "cpu" for a in given if isinstance(a, Tensor)]
    before = place(tensor)
    after = wanted[0] if wanted else before
    real = "meta" if after == "meta" else "cpu"
    convert: Any = tensor.to
    result = convert(
        *(real if is_device(a) else a for a in arguments),
        **{k: real if k == "device" else a for k, a in options.items()},
    )
    if result is tensor and after != (before or "cpu"):
        result = tensor.clone()  # to move is to copy
    moved: Tensor = put(result, after)
    return moved


def is_device(value: object) -> bool:
    """Tell whether an argument names a device."""
    return isinstance(value, str | torch.device) or type(value) is int


def nothing() -> Callable[..., int]:
    """Return what stands for a function that a page calls or asks.

    A new one each time: PyTorch's compiler takes no function by two names.
    """
    return lambda *_arguments, **_options: 0


# What there is of `torch.cuda`. Random numbers are those of the host, whose
# state is saved with them.
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "synchronize": nothing(),
    "empty_cache": nothing(),
    "current_device": nothing(),
    "memory_allocated": nothing(),
    "max_memory_allocated": nothing(),
    "reset_peak_memory_stats": nothing(),
    "get_device_name": lambda *_: "pretended",
    "get_rng_state": lambda *_: torch.get_rng_state(),
    "set_rng_state": nothing(),
}


def start() -> None:
    """Pretend from now on, with experiments as small as on a CPU."""
    for name, function in FUNCTIONS.items():
        setattr(torch.cuda, name, function)
    d2l.train.device.scale = lambda *, cpu, cuda: cpu
    PretendedCuda().__enter__()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    start()

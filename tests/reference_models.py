"""torchvision's models, also where its compiled operators are missing."""

from torch.library import Library

# The wheel made for CUDA lacks them beside a torch made for the CPU, and its
# import fails. Once declared, all works that does not call them.
_missing = Library("torchvision", "FRAGMENT")
for _operator in ("nms", "qnms"):
    try:
        _missing.define(f"{_operator}(Tensor a, Tensor b, float c) -> Tensor")
    except RuntimeError:  # the wheel is whole
        break

from torchvision import models, ops  # noqa: E402
from torchvision.models.convnext import CNBlockConfig  # noqa: E402

__all__ = ["CNBlockConfig", "models", "ops"]

"""torchvision's models, also where its compiled operators are missing."""

import torch

try:
    import torchvision
except RuntimeError as error:  # a wheel for CUDA beside a torch for the CPU
    if "torchvision::nms" not in str(error):
        raise
    # Once declared, all works that does not call them.
    _missing = torch.library.Library("torchvision", "DEF")
    for _operator in ("nms", "qnms"):
        _missing.define(f"{_operator}(Tensor a, Tensor b, float c) -> Tensor")
    import torchvision

from torchvision.models.convnext import CNBlockConfig

models, ops = torchvision.models, torchvision.ops

__all__ = ["CNBlockConfig", "models", "ops"]

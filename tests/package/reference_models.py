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

from torch import nn
from torchvision.models.convnext import CNBlockConfig

from d2l.models.googlenet import GoogLeNet, Inception, conv_relu, googlenet

models, ops = torchvision.models, torchvision.ops

__all__ = ["CNBlockConfig", "googlenet_of_torchvision", "models", "ops"]


def googlenet_of_torchvision(
    num_classes: int = 1000, *, auxiliary: bool = False
) -> GoogLeNet:
    """Our GoogLeNet with torchvision's departures from the paper.

    Its blocks have two kernels of 3 x 3 and none of 5 x 5, and its last
    pooling is 2 x 2.
    """
    model = googlenet(num_classes, auxiliary=auxiliary)
    last = 0
    for i, layer in enumerate(model.features):
        if isinstance(layer, nn.MaxPool2d):
            last = i
        if isinstance(layer, Inception):
            large = layer.branches[2][1][0]
            layer.branches[2][1] = conv_relu(
                large.in_channels, large.out_channels, 3, batch_norm=True
            )
    model.features[last] = nn.MaxPool2d(2, 2, ceil_mode=True)
    return model

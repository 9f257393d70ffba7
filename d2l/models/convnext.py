"""ConvNeXt, a convolutional network with the habits of a Transformer."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from d2l.nn.norm import LayerNorm2d
from d2l.nn.stochastic_depth import StochasticDepth


class ConvNeXtBlock(nn.Module):
    """A block that mixes places map by map, then maps place by place.

    Args:
        channels: number C of maps.
        kernel_size: side of the depthwise kernel, odd.
        stochastic_depth: probability with which an example skips the block
            while training, in [0, 1).
        layer_scale: what the block's output is multiplied by at the start.

    Shape:
        x: (B, C, H, W); returns the same.

    Source: Liu et al. (2022), Figure 4; layer scale as in Touvron et al.
    (2021).
    Same as: torchvision's `CNBlock` (tests/package/test_convnets.py).

    >>> ConvNeXtBlock(4, 7, 0.0, 0.1)(torch.zeros(2, 4, 6, 6)).shape
    torch.Size([2, 4, 6, 6])
    """

    def __init__(
        self,
        channels: int,
        kernel_size: int,
        stochastic_depth: float,
        layer_scale: float,
    ) -> None:
        super().__init__()
        self.layer_scale = nn.Parameter(torch.full((channels,), layer_scale))
        self.depthwise = nn.Conv2d(
            channels,
            channels,
            kernel_size,
            padding=kernel_size // 2,
            groups=channels,
        )  # (B, C, H, W)
        self.pointwise = nn.Sequential(
            nn.LayerNorm(channels, eps=1e-6),
            nn.Linear(channels, 4 * channels),  # (B, H, W, 4 * C)
            nn.GELU(),
            nn.Linear(4 * channels, channels),  # (B, H, W, C)
        )
        self.stochastic_depth = StochasticDepth(stochastic_depth)

    def forward(self, x: Tensor) -> Tensor:
        """Map maps (B, C, H, W) to maps of the same shape."""
        h = self.depthwise(x).permute(0, 2, 3, 1)  # (B, H, W, C)
        h = self.layer_scale * self.pointwise(h)
        h = h.permute(0, 3, 1, 2)  # (B, C, H, W)
        return x + self.stochastic_depth(h)


class ConvNeXt(nn.Module):
    """ConvNeXt, stages of blocks with large kernels (Liu et al., 2022).

    Args:
        depths: blocks of each stage.
        widths: maps of each stage; from the second on, a stage halves the
            sides of the maps first.
        num_classes: number of classes.
        in_channels: number C of channels of the images.
        patch_size: side of the patches into which the image is cut at the
            start.
        kernel_size: side of the depthwise kernels, odd.
        stochastic_depth: probability with which an example skips the last
            block while training, in [0, 1); it grows linearly from zero at
            the first.
        layer_scale: what each block's output is multiplied by at the start.

    Shape:
        x: (B, C, H, W); returns logits (B, num_classes).

    Raises:
        ValueError: if there is not one depth for each width.

    Cost: 28,589,128 parameters for `convnext_tiny()`.
    Same as: torchvision's `convnext_tiny` to `convnext_large`
    (tests/package/test_convnets.py).

    >>> small = ConvNeXt((1, 1), (16, 32), 10, 1, patch_size=2)
    >>> small(torch.zeros(2, 1, 28, 28)).shape
    torch.Size([2, 10])
    """

    def __init__(
        self,
        depths: Sequence[int],
        widths: Sequence[int],
        num_classes: int = 1000,
        in_channels: int = 3,
        *,
        patch_size: int = 4,
        kernel_size: int = 7,
        stochastic_depth: float = 0.0,
        layer_scale: float = 1e-6,
    ) -> None:
        super().__init__()
        if len(depths) != len(widths):
            raise ValueError(
                f"depths (={depths}) and widths (={widths}) must have equal "
                "length"
            )
        layers: list[nn.Module] = [
            nn.Conv2d(in_channels, widths[0], patch_size, patch_size),
            LayerNorm2d(widths[0]),
        ]  # (B, widths[0], H // patch_size, W // patch_size)
        steps = max(sum(depths) - 1, 1)
        skipped = (stochastic_depth * i / steps for i in range(sum(depths)))
        for i, (depth, width) in enumerate(zip(depths, widths, strict=True)):
            if i > 0:
                layers += [
                    LayerNorm2d(widths[i - 1]),
                    nn.Conv2d(widths[i - 1], width, 2, stride=2),
                ]  # (B, width, H', W'), half of the H' before
            layers += [
                ConvNeXtBlock(width, kernel_size, next(skipped), layer_scale)
                for _ in range(depth)
            ]
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(
            nn.LayerNorm(widths[-1], eps=1e-6),
            nn.Linear(widths[-1], num_classes),
        )  # (B, num_classes)
        for part in self.modules():
            if isinstance(part, nn.Conv2d | nn.Linear):
                nn.init.trunc_normal_(part.weight, std=0.02)
                assert part.bias is not None
                nn.init.zeros_(part.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Map images (B, C, H, W) to logits (B, num_classes)."""
        h = self.features(x)  # (B, widths[-1], H', W')
        return self.classifier(h.mean((2, 3)))  # (B, num_classes)


def convnext_tiny(num_classes: int = 1000, in_channels: int = 3) -> ConvNeXt:
    """ConvNeXt-T (Liu et al., 2022, Section 3)."""
    depths, widths = (3, 3, 9, 3), (96, 192, 384, 768)
    return ConvNeXt(
        depths, widths, num_classes, in_channels, stochastic_depth=0.1
    )


def convnext_small(num_classes: int = 1000, in_channels: int = 3) -> ConvNeXt:
    """ConvNeXt-S (Liu et al., 2022, Section 3)."""
    depths, widths = (3, 3, 27, 3), (96, 192, 384, 768)
    return ConvNeXt(
        depths, widths, num_classes, in_channels, stochastic_depth=0.4
    )


def convnext_base(num_classes: int = 1000, in_channels: int = 3) -> ConvNeXt:
    """ConvNeXt-B (Liu et al., 2022, Section 3)."""
    depths, widths = (3, 3, 27, 3), (128, 256, 512, 1024)
    return ConvNeXt(
        depths, widths, num_classes, in_channels, stochastic_depth=0.5
    )


def convnext_large(num_classes: int = 1000, in_channels: int = 3) -> ConvNeXt:
    """ConvNeXt-L (Liu et al., 2022, Section 3)."""
    depths, widths = (3, 3, 27, 3), (192, 384, 768, 1536)
    return ConvNeXt(
        depths, widths, num_classes, in_channels, stochastic_depth=0.5
    )

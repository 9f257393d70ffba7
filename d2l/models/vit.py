"""The Vision Transformer: an image read as a sequence of patches."""

import torch
from torch import Tensor, nn

from d2l.nn.attention import MultiHeadAttention
from d2l.nn.positions import LearntPositions


class ViTBlock(nn.Module):
    """A block of attention and of two layers patch by patch, norms first.

    Args:
        num_hidden: width D.
        num_heads: number N of heads.
        dropout: probability with which a value is set to zero while
            training, after each layer but queries, keys and values.

    Shape:
        x: (B, T, D); returns the same.

    Source: Dosovitskiy et al. (2021), Section 3.1, Equations 2 and 3.
    Same as: torchvision's `EncoderBlock` (tests/package/test_vit.py).

    >>> ViTBlock(8, 2)(torch.zeros(2, 5, 8)).shape
    torch.Size([2, 5, 8])
    """

    def __init__(
        self, num_hidden: int, num_heads: int, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(num_hidden, eps=1e-6)
        self.attention = MultiHeadAttention(num_hidden, num_heads)
        self.dropout = nn.Dropout(dropout)
        self.patch_norm = nn.LayerNorm(num_hidden, eps=1e-6)
        wide = nn.Linear(num_hidden, 4 * num_hidden)  # (B, T, 4 D)
        narrow = nn.Linear(4 * num_hidden, num_hidden)  # (B, T, D)
        for part in (wide, narrow):
            nn.init.xavier_uniform_(part.weight)
            nn.init.normal_(part.bias, std=1e-6)
        self.patch_wise = nn.Sequential(
            wide, nn.GELU(), nn.Dropout(dropout), narrow, nn.Dropout(dropout)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map patches (B, T, D) to patches of the same shape."""
        x = x + self.dropout(self.attention(self.attention_norm(x)))
        return x + self.patch_wise(self.patch_norm(x))


class ViT(nn.Module):
    """The Vision Transformer, which classifies by what one token collects.

    Args:
        image_size: side of the images.
        patch_size: side of the patches, which divides it.
        num_hidden: width D of the vectors that stand for patches.
        num_heads: number N of heads.
        num_layers: number of blocks.
        num_classes: number of classes.
        in_channels: number C of channels of the images.
        dropout: as of `ViTBlock`, and after positions are added, in [0, 1).

    Shape:
        x: (B, C, H, W), H = W = image_size; returns logits (B, num_classes).

    Raises:
        ValueError: if a size does not fit another, or images are not of the
            size.

    Source: Dosovitskiy et al. (2021), Section 3.1.
    Cost: 86,567,656 parameters for `vit_b_16()`.
    Differs from the paper: the last layer starts with small weights and not
    with zeros, so that all learn from the first step.
    Same as: torchvision's `VisionTransformer` (tests/package/test_vit.py).

    >>> ViT(28, 7, 32, 4, 2, 10, 1)(torch.zeros(2, 1, 28, 28)).shape
    torch.Size([2, 10])
    """

    def __init__(
        self,
        image_size: int,
        patch_size: int,
        num_hidden: int,
        num_heads: int,
        num_layers: int,
        num_classes: int = 1000,
        in_channels: int = 3,
        *,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        if patch_size < 1 or image_size < 1 or image_size % patch_size:
            raise ValueError(
                f"image_size (={image_size}) must be a multiple of patch_size "
                f"(={patch_size})"
            )
        self.image_size = image_size
        self.class_token = nn.Parameter(torch.zeros(1, 1, num_hidden))
        self.patches = nn.Conv2d(
            in_channels, num_hidden, patch_size, patch_size
        )  # (B, D, H / patch_size, W / patch_size)
        num_patches = (image_size // patch_size) ** 2
        self.positions = LearntPositions(num_patches + 1, num_hidden)
        self.dropout = nn.Dropout(dropout)
        self.blocks = nn.Sequential(
            *(
                ViTBlock(num_hidden, num_heads, dropout)
                for _ in range(num_layers)
            )
        )
        self.norm = nn.LayerNorm(num_hidden, eps=1e-6)
        self.classifier = nn.Linear(num_hidden, num_classes)  # (B, C)
        fan_in = in_channels * patch_size**2
        nn.init.trunc_normal_(self.patches.weight, std=fan_in**-0.5)
        assert self.patches.bias is not None
        nn.init.zeros_(self.patches.bias)
        nn.init.trunc_normal_(self.classifier.weight, std=0.02)
        nn.init.zeros_(self.classifier.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Map images (B, C, H, W) to logits (B, num_classes)."""
        if x.ndim != 4 or x.shape[2:] != (self.image_size, self.image_size):
            raise ValueError(
                f"images must be {self.image_size} x {self.image_size}, got "
                f"{tuple(x.shape)}"
            )
        h = self.patches(x).flatten(2).mT  # (B, T, D)
        token = self.class_token.expand(len(h), -1, -1)  # (B, 1, D)
        h = torch.cat((token, h), 1)  # (B, 1 + T, D)
        h = self.blocks(self.dropout(self.positions(h)))
        return self.classifier(self.norm(h[:, 0]))  # (B, num_classes)


def vit_b_16(num_classes: int = 1000, in_channels: int = 3) -> ViT:
    """ViT-B/16 (Dosovitskiy et al., 2021, Table 1)."""
    return ViT(224, 16, 768, 12, 12, num_classes, in_channels)


def vit_b_32(num_classes: int = 1000, in_channels: int = 3) -> ViT:
    """ViT-B/32 (Dosovitskiy et al., 2021, Table 1)."""
    return ViT(224, 32, 768, 12, 12, num_classes, in_channels)


def vit_l_16(num_classes: int = 1000, in_channels: int = 3) -> ViT:
    """ViT-L/16 (Dosovitskiy et al., 2021, Table 1)."""
    return ViT(224, 16, 1024, 16, 24, num_classes, in_channels)

"""Fashion-MNIST: 70,000 small pictures of ten kinds of clothing."""

import gzip
import math
import zlib
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from d2l.data import downloads
from d2l.data.batches import Batches, Splits, split
from d2l.data.twins import garments

#: Names of the classes, by their number.
LABELS = (
    "T-shirt/top",
    "trouser",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
)
SIZES = {"train": 60_000, "test": 10_000}
TWIN_SEEDS = {"train": 1, "test": 2}


def load(part: Literal["train", "test"]) -> tuple[Tensor, Tensor]:
    """Read the images and labels of one part, or draw their twin.

    Args:
        part: "train" (60,000 images) or "test" (10,000).

    Shape:
        returns images (n, 1, 28, 28), float32 in [0, 1], 0 being the empty
        background, and labels (n,), int64 in [0, 10), see `LABELS`.

    Raises:
        ValueError: if `part` is unknown or a file is damaged.

    Source: Xiao et al. (2017).
    Same as: the drawn twin in shapes, types and class counts
    (tests/package/test_fashion_mnist.py).
    """
    if part not in SIZES:
        raise ValueError(f"part (={part!r}) must be 'train' or 'test'")
    return _load(part, _files())


def batches(
    batch_size: int,
    *,
    validation: int = 5_000,
    seed: int = 0,
    device: torch.device | str = "cpu",
    standardize: bool = False,
) -> Splits[Batches]:
    """Load everything into the memory of a device and cut it into batches.

    Args:
        batch_size: of the training batches.
        validation: number of training images to set aside.
        seed: of the split and of the order.
        device: where the images are kept; 220 MB.
        standardize: give the training images mean 0 and spread 1, and use
            the same numbers for the others.

    Shape:
        images (batch_size, 1, 28, 28), as they come in [0, 1];
        labels (batch_size,).

    Raises:
        ValueError: as `load` and `d2l.data.batches.split`.

    Source: Xiao et al. (2017).
    """
    files = _files()
    train, test = (
        tuple(t.to(device) for t in _load(part, files)) for part in SIZES
    )
    return split(
        train,
        test,
        validation=validation,
        batch_size=batch_size,
        seed=seed,
        standardize=standardize,
    )


def _files() -> dict[str, Path] | None:
    files = downloads.fetch("fashion_mnist")
    if files is None:
        downloads.announce_twin("fashion_mnist", "drawn garments")
    return files


def _load(part: str, files: dict[str, Path] | None) -> tuple[Tensor, Tensor]:
    if files is None:
        return garments.draw(SIZES[part], seed=TWIN_SEEDS[part])
    prefix = "train" if part == "train" else "t10k"
    images = read_idx(files[f"{prefix}-images-idx3-ubyte.gz"])  # (n, 28, 28)
    labels = read_idx(files[f"{prefix}-labels-idx1-ubyte.gz"])  # (n,)
    return images.unsqueeze(1).float().div_(255), labels.long()


def read_idx(path: Path) -> Tensor:
    """Read a gzipped file in the IDX format.

    The header holds two zero bytes, a type code (8: unsigned bytes), the
    number of dimensions, and each length as a big-endian 32-bit integer.

    Args:
        path: the file.

    Shape:
        as the header says; dtype uint8.

    Raises:
        ValueError: if it is not such a file, or not a whole one.

    Source: LeCun's page of the MNIST data set, which defines the format.
    """
    try:
        with gzip.open(path) as stream:
            content = stream.read()
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(
            f"{path} is not a whole gzip file ({error}). Delete it and fetch "
            "it again."
        ) from None
    start = 4 * (1 + content[3]) if len(content) > 3 else 4
    if content[:3] != b"\0\0\x08" or len(content) < start:
        raise ValueError(f"{path} has no IDX header of unsigned bytes")
    shape = np.frombuffer(content[4:start], dtype=">u4").tolist()
    if len(content) != start + math.prod(shape):
        raise ValueError(
            f"{path} announces shape {tuple(shape)} but holds "
            f"{len(content) - start:,} bytes of data"
        )
    values = np.frombuffer(content, dtype=np.uint8, offset=start)
    return torch.from_numpy(values.reshape(shape).copy())

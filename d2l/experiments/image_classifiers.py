"""The fair comparison: every classifier on the same pictures and budget.

All networks see the same pictures in the same batches, once, under the same
optimizer, each at the best of the same learning rates.
`python -m benchmarks.comparison` trains them and records what came out
`image_classifiers.json`, which `load` reads.
"""

import json
from collections.abc import Callable
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

import torch
from torch import nn

from d2l.data.batches import Batches, Splits
from d2l.losses import cross_entropy
from d2l.metrics import accuracy
from d2l.models.alexnet import AlexNet
from d2l.models.convnext import ConvNeXt
from d2l.models.densenet import DenseNet
from d2l.models.googlenet import STAGES, GoogLeNet
from d2l.models.lenet import LeNet
from d2l.models.linear import SoftmaxRegression
from d2l.models.mlp import MLP
from d2l.models.mobilenet import MobileNetV2
from d2l.models.nin import NiN
from d2l.models.resnet import BasicBlock, Bottleneck, ResNet
from d2l.models.vgg import VGG
from d2l.train import device
from d2l.train.trainer import Trainer

RECORD = Path(str(files("d2l.experiments"))) / "image_classifiers.json"
BATCH = 64
LEARNING_RATES = (0.001, 0.003, 0.01, 0.03)  # to choose from
SEEDS = (1, 2, 3)
MOBILE_STAGES = ((1, 8, 1, 1), (6, 8, 2, 2), (6, 16, 3, 2), (6, 32, 3, 1))


def _times(multiplier: float, *maps: int) -> list[int]:
    return [int(multiplier * m) for m in maps]


def _enlarged(network: nn.Module) -> nn.Module:
    # Made for photographs, they would shrink 28 x 28 to nothing.
    return nn.Sequential(nn.Upsample(size=(64, 64), mode="bilinear"), network)


def _alexnet(multiplier: float) -> nn.Module:
    *widths, hidden = _times(multiplier, 20, 56, 80, 80, 56, 256)
    return _enlarged(
        AlexNet(
            widths,
            hidden,
            10,
            1,
            groups=1,
            normalize=False,
            dropout=0.0,
        )
    )


def _vgg(multiplier: float, *, batch_norm: bool = False) -> nn.Module:
    maps, hidden = _times(multiplier, 12, 128)
    return VGG(
        (2, 2, 2),
        10,
        1,
        width=maps,
        hidden=hidden,
        pool_size=3,
        batch_norm=batch_norm,
        dropout=0.0,
    )


def _nin(multiplier: float) -> nn.Module:
    few, more = _times(multiplier, 20, 24)
    blocks = ((few, few, few), (more, more, more))
    return NiN(
        blocks, (more, more), 10, 1, kernel_sizes=(5, 5, 3), dropout=0.0
    )


def _resnet(multiplier: float) -> nn.Module:
    maps = _times(multiplier, 8, 16, 32)
    return ResNet(
        BasicBlock, (1, 2, 2), maps, 10, 1, stem=maps[0], small_images=True
    )


def _resnext(multiplier: float) -> nn.Module:
    maps = _times(multiplier, 16, 32, 64)
    block = partial(Bottleneck, reduction=2, groups=4)
    return ResNet(
        block, (3, 3, 3), maps, 10, 1, stem=maps[0], small_images=True
    )


def _densenet(multiplier: float) -> nn.Module:
    growth, stem = _times(multiplier, 4, 8)
    return DenseNet((4, 6, 8), growth, 10, 1, stem=stem, small_images=True)


def _mobilenet(multiplier: float) -> nn.Module:
    return MobileNetV2(
        MOBILE_STAGES,
        128,
        10,
        1,
        width_multiplier=multiplier,
        small_images=True,
        dropout=0.0,
    )


#: What builds each network, from a width multiplier. With 1
#: those after LeNet multiply 3.3 to 4.5 million times for a picture.
NETWORKS: dict[str, Callable[[float], nn.Module]] = {
    "softmax regression": lambda _: SoftmaxRegression(784, 10),
    "MLP": lambda multiplier: MLP(784, _times(multiplier, 256), 10),
    "LeNet": lambda _: LeNet(),
    "AlexNet": _alexnet,
    "VGG": _vgg,
    "VGG, normalized": partial(_vgg, batch_norm=True),
    "NiN": _nin,
    "GoogLeNet": lambda multiplier: _enlarged(
        GoogLeNet(
            STAGES, 10, 1, width_multiplier=0.17 * multiplier, dropout=0.0
        )
    ),
    "ResNet": _resnet,
    "ResNeXt": _resnext,
    "DenseNet": _densenet,
    "MobileNet v2": _mobilenet,
    "ConvNeXt": lambda multiplier: ConvNeXt(
        (2, 2, 1),
        _times(multiplier, 20, 40, 80),
        10,
        1,
        patch_size=2,
        layer_scale=1.0,  # five blocks need no help to start
    ),
}
#: What each set out to improve on.
PREDECESSOR = {
    "MLP": "softmax regression",
    "LeNet": "MLP",
    "AlexNet": "LeNet",
    "VGG": "AlexNet",
    "VGG, normalized": "VGG",
    "NiN": "AlexNet",
    "GoogLeNet": "NiN",
    "ResNet": "VGG, normalized",
    "ResNeXt": "ResNet",
    "DenseNet": "ResNet",
    "MobileNet v2": "ResNet",
    "ConvNeXt": "ResNet",
}


def standardize(raw: Splits[Batches]) -> Splits[Batches]:
    """Return pictures with mean 0 and variance 1 over the training part.

    Args:
        raw: pictures and labels.

    Shape:
        pictures (n, 1, 28, 28), labels (n,), in and out.

    >>> parts = [Batches(torch.rand(5, 1, 28, 28), torch.zeros(5),
    ...          batch_size=2) for _ in range(3)]
    >>> abs(standardize(Splits(*parts)).train.tensors[0].mean()) < 1e-6
    tensor(True)
    """
    pictures = raw.train.tensors[0]
    mean, std = pictures.mean(), pictures.std()
    parts = []
    for part in raw:
        x, y = part.tensors
        parts.append(Batches((x - mean) / std, y, batch_size=part.batch_size))
    return Splits(*parts)


def fit(
    build: Callable[[], nn.Module],
    train: Batches,
    *,
    learning_rate: float,
    seed: int,
    epochs: int = 1,
) -> Trainer:
    """Train a network from a seed within the budget.

    Adam, with a learning rate that rises for a tenth of the steps and then
    falls to zero.

    Args:
        build: makes the network.
        train: pictures and labels, on the device to train on.
        learning_rate: the greatest of the schedule.
        seed: of the weights and of the order of the pictures.
        epochs: how often each picture is seen.

    Shape:
        train: pictures (B, 1, 28, 28), labels (B,).

    Returns:
        The trainer, with the trained network.

    Source: Kingma and Ba (2015); the schedule of Smith and Topin (2019).
    """
    device.seed(seed)
    model = build().to(memory_format=torch.channels_last)  # type: ignore
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    batches = Batches(
        *train.tensors, batch_size=BATCH, shuffle=True, seed=seed
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer,
        learning_rate,
        total_steps=epochs * len(batches),
        pct_start=0.1,
        cycle_momentum=False,
    )
    trainer = Trainer(
        model,
        cross_entropy,
        optimizer,
        metrics={"accuracy": accuracy},
        schedule=schedule,
        device=train.tensors[0].device,
    )
    trainer.fit(batches, epochs=epochs)
    return trainer


def compare(
    build: Callable[[], nn.Module], data: Splits[Batches], *, epochs: int = 1
) -> dict[str, Any]:
    """Choose a network's learning rate, and train it from every seed.

    Each rate is tried on a quarter of the training pictures, with a seed
    that is not used again.

    Args:
        build: makes the network.
        data: what `standardize` returns.
        epochs: how often each picture is seen.

    Shape:
        data: pictures (B, 1, 28, 28), labels (B,).

    Returns:
        `tried`, the validation accuracy at each rate; the `learning_rate`
        chosen; and, for each seed, the accuracies `validation` and `test`.
    """
    quarter = data.train.num_examples // 4
    part = Batches(
        *(t[:quarter] for t in data.train.tensors), batch_size=BATCH
    )
    tried = {}
    for learning_rate in LEARNING_RATES:
        trainer = fit(
            build, part, learning_rate=learning_rate, seed=0, epochs=epochs
        )
        tried[learning_rate] = trainer.evaluate(data.validation)["accuracy"]
    best = max(tried, key=lambda r: tried[r])
    found: dict[str, Any] = {"tried": tried, "learning_rate": best}
    found |= {"validation": [], "test": []}
    for seed in SEEDS:
        trainer = fit(
            build, data.train, learning_rate=best, seed=seed, epochs=epochs
        )
        for name, batches in (
            ("validation", data.validation),
            ("test", data.test),
        ):
            found[name].append(trainer.evaluate(batches)["accuracy"])
    return found


def load(data: str = "real", *, epochs: int = 1) -> list[dict[str, Any]]:
    """Read what was recorded, one entry for a network and width.

    Args:
        data: "real", or "twin" for the drawn garments.
        epochs: how often each picture was seen.

    Raises:
        ValueError: if nothing was recorded for such data and epochs.

    >>> sorted({entry["network"] for entry in load()} & {"LeNet", "ResNet"})
    ['LeNet', 'ResNet']
    """
    entries = json.loads(RECORD.read_text("utf8"))
    chosen = [e for e in entries if (e["data"], e["epochs"]) == (data, epochs)]
    if not chosen:
        kinds = sorted({(e["data"], e["epochs"]) for e in entries})
        raise ValueError(
            f"data (={data!r}) and epochs (={epochs}) must be one of {kinds}"
        )
    return chosen

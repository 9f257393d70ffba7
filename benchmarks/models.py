"""How fast the models compute: `python -m benchmarks.models`.

Each network takes turns with torchvision's of the same size, so that a
machine that slows down slows both: inference, and a step of training. Then
the same network of ours with the channels last in memory, and compiled. Last,
how time and memory grow when a ResNet becomes wider, deeper, or sees larger
images.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from matplotlib.figure import Figure
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks
from torch.utils.flop_counter import FlopCounterMode

from assets.diagrams import style
from benchmarks import report
from d2l.models import (
    alexnet,
    convnext,
    densenet,
    mobilenet,
    resnet,
    vgg,
)
from d2l.palette import TEST, TRAIN, VALIDATION
from tests.package.reference_models import googlenet_of_torchvision, models

Build = Callable[[], nn.Module]
REPEATS = 9
BATCH = 4
SIDE = 224
NETWORKS: dict[str, tuple[Build, Build]] = {
    "alexnet": (alexnet.alexnet_one_tower, models.alexnet),
    "vgg11": (vgg.vgg11, models.vgg11),
    "vgg16_bn": (partial(vgg.vgg16, batch_norm=True), models.vgg16_bn),
    "googlenet": (
        googlenet_of_torchvision,
        partial(models.googlenet, init_weights=False, aux_logits=False),
    ),
    "resnet18": (resnet.resnet18, models.resnet18),
    "resnet50": (resnet.resnet50, models.resnet50),
    "resnext50_32x4d": (resnet.resnext50_32x4d, models.resnext50_32x4d),
    "densenet121": (densenet.densenet121, models.densenet121),
    "mobilenet_v2": (mobilenet.mobilenet_v2, models.mobilenet_v2),
    "convnext_tiny": (convnext.convnext_tiny, models.convnext_tiny),
}
# What grows, by how much: width, blocks a stage, side of the images.
GROWTH = {
    "width": [(w, 2, 64) for w in (8, 16, 32, 64)],
    "depth": [(16, d, 64) for d in (1, 2, 4, 8)],
    "image size": [(16, 2, s) for s in (32, 64, 128, 256)],
}


def infer(model: Callable[[Tensor], object], x: Tensor) -> None:
    """Run a network forward, nothing kept for a gradient."""
    with torch.inference_mode():
        model(x)


def train(model: nn.Module, x: Tensor) -> None:
    """Make one step of training."""
    target = torch.zeros(len(x), dtype=torch.long, device=x.device)
    parameters = list(model.parameters())
    loss = F.cross_entropy(model(x), target)
    gradients = torch.autograd.grad(loss, parameters)
    with torch.no_grad():
        for p, gradient in zip(parameters, gradients, strict=True):
            p.sub_(gradient, alpha=1e-6)


def seconds(run: Callable[[], None]) -> float:
    """Return how long a call takes, the accelerator's work included."""
    start = time.perf_counter()
    run()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter() - start


def ratio(ours: Callable[[], None], reference: Callable[[], None]) -> float:
    """Return the median over turns of our time by the reference's.

    The first turn warms up. Who goes first alternates.
    """
    ratios = []
    for turn in range(REPEATS + 1):
        runs = [ours, reference]
        times = {run: seconds(run) for run in runs[:: (-1) ** turn]}
        ratios.append(times[ours] / times[reference])
    return round(statistics.median(ratios[1:]), 3)


def compare(build: Build, reference: Build, device: str) -> dict[str, float]:
    """Compare a network with torchvision's, and with itself in other forms.

    Args:
        build: makes ours.
        reference: makes torchvision's.
        device: where to compute.
    """
    x = torch.randn(BATCH, 3, SIDE, SIDE, device=device)
    ours, theirs = build().to(device), reference().to(device)
    found = {}
    for name, run in (("inference", infer), ("training", train)):
        for model in (ours, theirs):
            model.train(run is train)
        found[name] = ratio(partial(run, ours, x), partial(run, theirs, x))
    channels_last = torch.channels_last
    last = build().to(device).to(memory_format=channels_last)  # type: ignore
    x_last = x.to(memory_format=channels_last)
    found["channels last"] = ratio(
        partial(train, last, x_last), partial(train, ours, x)
    )
    ours.eval()
    compiled = torch.compile(ours)
    found["compiled"] = ratio(
        partial(infer, compiled, x), partial(infer, ours, x)
    )
    torch.compiler.reset()
    return found


def measure_growth(
    width: int, depth: int, side: int, device: str
) -> dict[str, float]:
    """Return seconds, bytes, and operations of a step of a ResNet.

    Args:
        width: maps of the first stage.
        depth: blocks of each of the three stages.
        side: of the images, in pixels.
        device: where to compute.
    """
    model = resnet.ResNet(
        resnet.BasicBlock,
        3 * [depth],
        [width, 2 * width, 4 * width],
        10,
        stem=width,
        small_images=True,
    ).to(device)
    x = torch.randn(BATCH, 3, side, side, device=device)
    times = [seconds(partial(train, model, x)) for _ in range(REPEATS + 1)]
    kept: dict[int, int] = {}

    def remember(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with saved_tensors_hooks(remember, lambda tensor: tensor):
        y = model(x)
    del y
    with FlopCounterMode(display=False) as counter:
        train(model, x)
    return {
        "seconds": statistics.median(times[1:]),
        "bytes": sum(kept.values()),
        "flops": counter.get_total_flops(),
    }


def measure(device: str) -> dict[str, Any]:
    """Measure all networks, and the growth; print what is found on the way."""
    found: dict[str, Any] = {
        "provenance": report.provenance() | {"device": device},
        "networks": {},
        "growth": {},
    }
    for name, builds in NETWORKS.items():
        found["networks"][name] = compare(*builds, device)
        print(name, found["networks"][name], flush=True)
    for name, settings in GROWTH.items():
        found["growth"][name] = [measure_growth(*s, device) for s in settings]
        print(name, found["growth"][name], flush=True)
    return found


def markdown(found: dict[str, Any]) -> str:
    """Return the ratios as a table, with what they depend on."""
    columns = list(next(iter(found["networks"].values())))
    about = found["provenance"]
    lines = [
        "Time of our network / torchvision's (inference, training), and with "
        "the channels last or compiled / without (training, inference)",
        "",
        "| network | " + " | ".join(columns) + " |",
        "| --- |" + " --- |" * len(columns),
    ]
    for name, ratios in found["networks"].items():
        cells = " | ".join(f"{ratios[column]:.2f}" for column in columns)
        lines.append(f"| {name} | {cells} |")
    lines += [
        "",
        f"Medians of {REPEATS} turns; batches of {BATCH} images of {SIDE} x "
        f"{SIDE}; commit {about['commit']}, {about['date']}, "
        f"{about['device']}, {about['cores']} cores ({about['machine']}), "
        f"torch {about['versions']['torch']}.",
    ]
    return "\n".join(lines)


def draw(found: dict[str, Any]) -> Figure:
    """Draw time and memory of a training step over its operations."""
    figure = Figure(figsize=(style.WIDTH / 96, 3), facecolor=style.WHITE)
    panels = figure.subplots(1, 2)
    for ax, what, label in zip(
        panels,
        ("seconds", "bytes"),
        ("seconds a step", "bytes kept for the gradient"),
        strict=True,
    ):
        for (name, points), colour in zip(
            found["growth"].items(), (TRAIN, VALIDATION, TEST), strict=True
        ):
            x = [point["flops"] for point in points]
            y = [point[what] for point in points]
            ax.plot(x, y, "o-", color=colour, label=name, markersize=3)
        ax.set(xscale="log", yscale="log")
        ax.set_xlabel("operations a step", color=style.INK)
        ax.set_ylabel(label, color=style.INK)
        ax.tick_params(labelsize=style.SMALL, colors=style.GREY)
        ax.grid(color=style.tint(style.GREY), linewidth=style.THIN)
        ax.spines[["top", "right"]].set_visible(False)
    panels[0].legend(loc="lower right", frameon=False, fontsize=style.SMALL)
    figure.tight_layout()
    return figure


def main() -> int:
    """Measure, and write `models.json`, `models.md` and `models.svg`."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    found = measure(device)
    folder = report.FOLDER
    text = json.dumps(found, indent=1) + "\n"
    (folder / "models.json").write_text(text, "utf8")
    (folder / "models.md").write_text(markdown(found) + "\n", "utf8")
    drawing = style.render(lambda: draw(found))
    (folder / "models.svg").write_bytes(drawing["svg"])
    print(markdown(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The maps of the chapters: their pages, and which of them each one needs."""

from collections.abc import Iterator
from functools import partial

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from assets.diagrams.style import (
    BLUE,
    GREY,
    LEVEL,
    SMALL,
    THIN,
    box,
    canvas,
    dark,
    text,
)

# Chapter, page: its title in short, and the pages without which it can't be
# understood. They come before it in the book.
CHAPTERS: dict[str, dict[str, tuple[str, tuple[str, ...]]]] = {
    "introduction": {
        "what-is-deep-learning": ("What is deep learning?", ()),
    },
    "preliminaries": {
        "tensors": ("Tensors", ()),
        "broadcasting": ("Broadcasting", ("tensors",)),
        "memory": ("Memory", ("tensors",)),
        "data-preprocessing": ("From a table to tensors", ("tensors",)),
        "linear-algebra": ("Linear algebra", ("tensors",)),
        "reductions": ("Sums and means", ("broadcasting",)),
        "calculus": ("Calculus", ("tensors",)),
        "vector-derivatives": (
            "Derivatives of vectors",
            ("linear-algebra", "calculus"),
        ),
        "autograd": ("Autograd", ("memory", "vector-derivatives")),
        "autograd-engine": ("An autograd engine", ("autograd",)),
        "curvature": ("Curvature", ("autograd",)),
        "probability": ("Probability", ("reductions",)),
        "information": ("Information", ("probability",)),
        "finding-help": ("Finding help", ()),
    },
    "linear-regression": {
        "linear-regression": (
            "Linear regression",
            ("vector-derivatives", "probability"),
        ),
        "linear-regression-scratch": (
            "From scratch",
            ("autograd", "linear-regression"),
        ),
        "linear-regression-library": (
            "With the library",
            ("linear-regression-scratch",),
        ),
        "optimizers-in-use": (
            "Optimizers in use",
            ("linear-regression-library",),
        ),
        "trainer": ("The Trainer", ("optimizers-in-use",)),
        "generalization": ("Generalization", ("linear-regression",)),
        "weight-decay": (
            "Weight decay",
            ("optimizers-in-use", "generalization"),
        ),
    },
    "classification": {
        "softmax-regression": (
            "Softmax regression",
            ("probability", "linear-regression"),
        ),
        "fashion-mnist": ("Fashion-MNIST", ("data-preprocessing",)),
        "softmax-scratch": (
            "Softmax from scratch",
            ("softmax-regression", "fashion-mnist"),
        ),
        "softmax-library": (
            "Softmax with the library",
            ("trainer", "softmax-scratch"),
        ),
        "distribution-shift": (
            "Distribution shift",
            ("generalization", "softmax-library"),
        ),
    },
    "multilayer-perceptrons": {
        "mlp": ("Multilayer perceptrons", ("softmax-regression",)),
        "mlp-scratch": ("MLP from scratch", ("softmax-scratch", "mlp")),
        "mlp-library": ("MLP with the library", ("trainer", "mlp-scratch")),
        "overfitting": ("Overfitting", ("generalization", "mlp-library")),
        "dropout": ("Dropout", ("overfitting",)),
        "backpropagation": ("Backpropagation", ("autograd", "mlp-scratch")),
        "initialization": ("Initialization", ("backpropagation",)),
        "house-prices": (
            "House prices",
            ("data-preprocessing", "weight-decay", "mlp-library"),
        ),
    },
    "builders-guide": {
        "modules": ("Modules", ("mlp-library",)),
        "parameters": ("Parameters", ("initialization", "modules")),
        "custom-layers": ("Custom layers", ("autograd", "parameters")),
        "saving": ("Saving and loading", ("memory", "parameters")),
        "devices": ("Devices", ("backpropagation", "modules")),
        "debugging-training": (
            "Debugging training",
            ("initialization", "devices"),
        ),
    },
    "convolutions": {
        "why-convolutions": ("Why convolutions?", ("softmax-scratch", "mlp")),
        "convolution": ("Convolution", ("why-convolutions",)),
        "padding-and-stride": ("Padding and stride", ("convolution",)),
        "channels": ("Channels", ("modules", "convolution")),
        "pooling": ("Pooling", ("padding-and-stride", "channels")),
        "lenet": ("LeNet", ("softmax-library", "pooling")),
    },
    "modern-convnets": {
        "alexnet": ("AlexNet", ("dropout", "lenet")),
        "vgg": ("VGG", ("initialization", "alexnet")),
        "nin": ("Network in network", ("alexnet",)),
        "googlenet": ("GoogLeNet", ("nin",)),
        "batch-norm": ("Batch normalization", ("initialization", "vgg")),
        "resnet": ("ResNet", ("batch-norm",)),
        "densenet": ("DenseNet", ("resnet",)),
        "depthwise": ("MobileNet", ("channels", "resnet")),
        "convnext": ("ConvNeXt", ("depthwise",)),
    },
    "recurrent": {
        "sequences": ("Sequences", ("curvature", "overfitting")),
        "text": ("Text as numbers", ("data-preprocessing",)),
        "language-models": (
            "Language models",
            ("information", "sequences", "text"),
        ),
        "rnn": ("Recurrent networks", ("mlp", "text")),
        "rnn-scratch": (
            "A language model from scratch",
            ("language-models", "rnn"),
        ),
        "rnn-library": ("With the library", ("rnn-scratch",)),
        "bptt": (
            "Backpropagation through time",
            ("backpropagation", "rnn-scratch"),
        ),
    },
    "modern-recurrent": {
        "gru": ("Gated recurrent units", ("rnn-library", "bptt")),
        "lstm": ("Long short-term memory", ("gru",)),
        "deep-rnn": ("Deep recurrent networks", ("dropout", "lstm")),
        "bidirectional": ("Bidirectional networks", ("rnn-library", "lstm")),
        "translation-data": ("Sentence pairs", ("text", "language-models")),
        "encoder-decoder": (
            "Encoder and decoder",
            ("lstm", "translation-data"),
        ),
        "seq2seq": (
            "Translating with one state",
            ("gru", "encoder-decoder"),
        ),
        "beam-search": ("Beam search", ("seq2seq",)),
    },
    "attention": {
        "attention-pooling": (
            "Looking things up by similarity",
            ("linear-regression-library", "softmax-regression"),
        ),
    },
}
TITLES = {
    page: title for c in CHAPTERS.values() for page, (title, _) in c.items()
}
TOP, STEP, HEIGHT = 22, 42, 28
LEFT, RIGHT, BESIDE = 112, 332, 350  # of the boxes, and the words next to them


def rest(names: list[str]) -> str:
    """Return titles of pages as the end of a sentence."""
    *others, last = [TITLES[name] for name in names]
    return f"{', '.join(others)} and {last}" if others else last


def needed(chapter: str) -> Iterator[tuple[str, list[str], list[str]]]:
    """Yield each page, what it needs of its chapter, and what of others.

    Args:
        chapter: a key of the table.
    """
    pages = CHAPTERS[chapter]
    for page, (_, needs) in pages.items():
        here = [name for name in needs if name in pages]
        yield page, here, [name for name in needs if name not in pages]


def described(chapter: str) -> str:
    """Return what a map shows, for those who can't see it.

    Args:
        chapter: a key of the table.
    """
    sentences = []
    for page, here, before in needed(chapter):
        if names := [*here, *before]:
            sentences.append(f"{TITLES[page]} needs {rest(names)}.")
        else:
            sentences.append(f"{TITLES[page]} needs no other page.")
    return " ".join(sentences)


def arc(ax: Axes, start: float, end: float) -> None:
    """Draw an arrow along the left of the boxes, wider the further it leads.

    Args:
        ax: where to draw.
        start: height of the page that is needed.
        end: height of the page that needs it.
    """
    length = end - start - 10
    out = min(8 + length / 5, LEFT - 15)
    path = FancyArrowPatch(
        (LEFT, start + 5),
        (LEFT, end - 5),
        arrowstyle="-|>,head_length=4.5,head_width=2.4",
        mutation_scale=1.3,
        shrinkA=0,
        shrinkB=0,
        color=dark(BLUE),
        linewidth=THIN,
        zorder=LEVEL,
        connectionstyle=f"arc3,rad={2 * out / length}",
    )
    ax.add_patch(path)


def draw(chapter: str) -> Figure:
    """Draw the pages as a column, arrows to each from those that it needs.

    Args:
        chapter: a key of the table.
    """
    pages = list(CHAPTERS[chapter])
    figure, ax = canvas(2 * TOP + (len(pages) - 1) * STEP)
    heights = {page: TOP + i * STEP for i, page in enumerate(pages)}
    for page, here, before in needed(chapter):
        y = heights[page]
        middle = (LEFT + RIGHT) / 2
        box(ax, middle, y, RIGHT - LEFT, HEIGHT, TITLES[page], BLUE)
        for name in here:
            arc(ax, heights[name], y)
        if before:
            words = f"needs {rest(before)}"
            text(ax, BESIDE, y, words, SMALL, GREY, "left")
    return figure


DRAWINGS = {f"map-{chapter}": partial(draw, chapter) for chapter in CHAPTERS}

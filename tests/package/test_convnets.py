"""Convolutional networks of every published size against their references.

The references start from the same random weights; outputs, gradients, and a
step of training are compared in double precision, on images whose sides are
odd and differ.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from d2l.models import (
    alexnet,
    convnext,
    densenet,
    googlenet,
    nin,
    resnet,
    vgg,
)
from d2l.models.alexnet import AlexNet
from d2l.models.convnext import ConvNeXt
from d2l.models.googlenet import GoogLeNet
from d2l.models.mobilenet import mobilenet_v2
from d2l.models.nin import NiN
from d2l.models.resnet import BasicBlock, Bottleneck, ResNet
from tests.package.reference_models import (
    CNBlockConfig,
    googlenet_of_torchvision,
    models,
    ops,
)


@dataclass(frozen=True)
class Pair:
    """A model of the package and torchvision's, of one published size."""

    ours: Callable[..., nn.Module]
    reference: Callable[..., nn.Module]
    num_parameters: int
    # What is compared where the whole is too large for a test.
    small_ours: Callable[..., nn.Module] | None = None
    small_reference: Callable[..., nn.Module] | None = None
    image: tuple[int, int] = (67, 95)

    def compared(self):
        """Return the reference and ours, both without initial values.

        Drawing a hundred million of them takes longer than what is tested.
        """
        with torch.device("meta"):
            pair = (
                (self.small_reference or self.reference)(),
                (self.small_ours or self.ours)(),
            )
            pair = [without_chance(with_small_head(m)) for m in pair]
        return [m.double().to_empty(device="cpu") for m in pair]


# The slowest; their last maps are still 2 x 2, or 1 x 1 after a pooling.
DeepPair = partial(Pair, image=(35, 47))


def convnext_pair(name, depths, num_parameters):
    """Compare ConvNeXts as deep as published, and narrow."""
    widths = (8, 16, 24, 32)
    settings = [
        CNBlockConfig(*sizes)
        for sizes in zip(widths, (*widths[1:], None), depths, strict=True)
    ]
    return Pair(
        getattr(convnext, name),
        getattr(models, name),
        num_parameters,
        partial(ConvNeXt, depths, widths),
        partial(models.convnext.ConvNeXt, settings),
    )


CLOSE = {"rtol": 1e-9, "atol": 1e-9}
googlenet_reference = partial(
    models.googlenet, init_weights=False, aux_logits=False
)
SIZES = {
    "alexnet": Pair(alexnet.alexnet_one_tower, models.alexnet, 61_100_840),
    "vgg11": DeepPair(vgg.vgg11, models.vgg11, 132_863_336),
    "vgg13": DeepPair(vgg.vgg13, models.vgg13, 133_047_848),
    "vgg16": DeepPair(vgg.vgg16, models.vgg16, 138_357_544),
    "vgg19": DeepPair(vgg.vgg19, models.vgg19, 143_667_240),
    "vgg11_bn": DeepPair(
        partial(vgg.vgg11, batch_norm=True), models.vgg11_bn, 132_868_840
    ),
    "vgg13_bn": DeepPair(
        partial(vgg.vgg13, batch_norm=True), models.vgg13_bn, 133_053_736
    ),
    "vgg16_bn": DeepPair(
        partial(vgg.vgg16, batch_norm=True), models.vgg16_bn, 138_365_992
    ),
    "vgg19_bn": DeepPair(
        partial(vgg.vgg19, batch_norm=True), models.vgg19_bn, 143_678_248
    ),
    "googlenet": Pair(
        googlenet_of_torchvision, googlenet_reference, 6_624_904
    ),
    "googlenet_auxiliary": Pair(
        partial(googlenet_of_torchvision, auxiliary=True),
        partial(models.googlenet, init_weights=False, aux_logits=True),
        13_004_888,
    ),
    "resnet18": DeepPair(resnet.resnet18, models.resnet18, 11_689_512),
    "resnet34": DeepPair(resnet.resnet34, models.resnet34, 21_797_672),
    "resnet50": DeepPair(resnet.resnet50, models.resnet50, 25_557_032),
    "resnet101": DeepPair(resnet.resnet101, models.resnet101, 44_549_160),
    "resnet152": DeepPair(resnet.resnet152, models.resnet152, 60_192_808),
    "resnext50_32x4d": DeepPair(
        resnet.resnext50_32x4d, models.resnext50_32x4d, 25_028_904
    ),
    "resnext101_64x4d": DeepPair(
        resnet.resnext101_64x4d,
        models.resnext101_64x4d,
        83_455_272,
        # In full it is the same 64 groups, 33 times.
        partial(
            ResNet,
            partial(Bottleneck, reduction=1, groups=64),
            (1, 1, 2, 1),
            resnet.WIDE,
        ),
        partial(
            models.resnet.ResNet,
            models.resnet.Bottleneck,
            (1, 1, 2, 1),
            groups=64,
            width_per_group=4,
        ),
    ),
    "densenet121": Pair(densenet.densenet121, models.densenet121, 7_978_856),
    "densenet161": Pair(densenet.densenet161, models.densenet161, 28_681_000),
    "densenet169": Pair(densenet.densenet169, models.densenet169, 14_149_480),
    "densenet201": Pair(densenet.densenet201, models.densenet201, 20_013_928),
    "mobilenet_v2": Pair(mobilenet_v2, models.mobilenet_v2, 3_504_872),
    "convnext_tiny": convnext_pair("convnext_tiny", (3, 3, 9, 3), 28_589_128),
    "convnext_small": convnext_pair(
        "convnext_small", (3, 3, 27, 3), 50_223_688
    ),
    "convnext_base": convnext_pair("convnext_base", (3, 3, 27, 3), 88_591_464),
    "convnext_large": convnext_pair(
        "convnext_large", (3, 3, 27, 3), 197_767_336
    ),
}
every_size = pytest.mark.parametrize("pair", SIZES.values(), ids=SIZES)


def count(model):
    return sum(p.numel() for p in model.parameters())


def randomize(model):
    """Leave nothing at 0 or 1, which would hide a missing or swapped term.

    Weights keep the size of signals, so that deep networks stay in range.
    """
    with torch.no_grad():
        for p in model.parameters():
            if p.ndim > 1:
                p.normal_(std=p[0].numel() ** -0.5)
            else:
                p.uniform_(0.2, 0.8)
        for name, buffer in model.named_buffers():
            if "running" in name:
                buffer.uniform_(0.5, 1.5)
            else:
                buffer.zero_()


def transplant(reference, ours):
    """Copy everything by position; return the parameters as pairs."""
    for theirs, own in zip(
        reference.state_dict().values(),
        ours.state_dict().values(),
        strict=True,
    ):
        # torchvision stores a layer's scale as (C, 1, 1).
        assert theirs.squeeze().shape == own.squeeze().shape
        own.copy_(theirs.reshape(own.shape))
    return list(zip(reference.parameters(), ours.parameters(), strict=True))


def without_chance(model):
    """Turn off what is drawn at random while training."""
    for part in model.modules():
        if isinstance(part, nn.Dropout):
            part.p = 0.0
        if isinstance(part, ops.StochasticDepth):
            part.p = 0.0
        if hasattr(part, "probability"):
            part.probability = 0.0
    return model


def with_small_head(model):
    """Replace the hundred million dense weights of AlexNet and VGG."""
    dense = [m for m in model.modules() if isinstance(m, nn.Linear)]
    if len(dense) == 3 and not hasattr(model, "aux1"):
        model.classifier = nn.Sequential(
            nn.Flatten(), nn.Linear(dense[0].in_features, 7)
        )
    return model


def outputs(y):
    """Return logits and those of auxiliary classifiers, first to last."""
    if isinstance(y, models.GoogLeNetOutputs):
        return y.logits, y.aux_logits1, y.aux_logits2
    return y if isinstance(y, tuple) else (y,)


@every_size
def test_number_of_parameters(pair):
    with torch.device("meta"):
        assert count(pair.ours()) == pair.num_parameters
        assert count(pair.reference()) == pair.num_parameters


@every_size
def test_equals_torchvision(pair):
    reference, ours = pair.compared()
    randomize(reference)
    pairs = transplant(reference, ours)
    x = torch.randn(3, 3, *pair.image, dtype=torch.double)
    target = torch.randint(7, (3,))

    with torch.no_grad():
        expected, y = reference.eval()(x), ours.eval()(x)
    assert y.std() > 1e-3  # the signal gets through
    torch.testing.assert_close(y, expected, **CLOSE)

    gradients = []
    for model in (reference.train(), ours.train()):
        leaf = x.clone().requires_grad_()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
        y = outputs(model(leaf))
        sum(F.cross_entropy(logits, target) for logits in y).backward()
        gradients.append(leaf.grad)
        optimizer.step()
    torch.testing.assert_close(*gradients, **CLOSE)
    for theirs, own in pairs:
        grad = theirs.grad.reshape(own.shape)
        torch.testing.assert_close(own.grad, grad, **CLOSE)
        torch.testing.assert_close(own, theirs.reshape(own.shape), **CLOSE)
    for theirs, own in zip(reference.buffers(), ours.buffers(), strict=True):
        torch.testing.assert_close(own, theirs, **CLOSE)


@pytest.mark.parametrize("name", ["alexnet", "vgg11", "vgg16_bn"])
def test_dense_layers_are_those_of_torchvision(name):
    """What `with_small_head` leaves out above."""

    def layers(model):
        for part in model.classifier:
            if not isinstance(part, nn.Flatten | nn.ReLU):
                yield str(part)
            elif isinstance(part, nn.ReLU):
                yield "ReLU"

    with torch.device("meta"):
        ours, reference = SIZES[name].ours(), SIZES[name].reference()
    assert list(layers(ours)) == list(layers(reference))


@pytest.mark.parametrize("width", [0.35, 0.5, 0.75, 1.3, 1.4])
def test_mobilenet_rounds_widths_as_torchvision(width):
    with torch.device("meta"):
        ours = mobilenet_v2(width_multiplier=width)
        reference = models.mobilenet_v2(width_mult=width)
    shapes = [p.shape for p in ours.parameters()]
    assert shapes == [p.shape for p in reference.parameters()]


@pytest.mark.parametrize(
    ("build", "num_parameters"),
    [
        (alexnet.alexnet, 60_965_224),
        (nin.nin_cifar10, 966_986),
        (nin.nin_imagenet, 7_595_176),
        (googlenet.googlenet, 7_005_832),
        (partial(googlenet.googlenet, batch_norm=False), 6_998_552),
    ],
    ids=["alexnet", "nin_cifar10", "nin_imagenet", "googlenet", "2014"],
)
def test_number_of_parameters_of_the_papers(build, num_parameters):
    with torch.device("meta"):
        assert count(build()) == num_parameters


def test_number_of_parameters_of_alexnet_without_groups():
    with torch.device("meta"):
        assert (
            count(AlexNet((96, 256, 384, 384, 256), 4096, groups=1))
            == 62_378_344
        )


def response_norm(x: Tensor) -> Tensor:
    """Equation (1) of the paper on AlexNet, literally."""
    squares = F.pad(x.square(), (0, 0, 0, 0, 2, 2))
    near = sum(squares[:, i : i + x.shape[1]] for i in range(5))
    return x / (2 + 1e-4 * near) ** 0.75


def test_alexnet_of_the_paper_equals_a_literal_computation():
    model = AlexNet((6, 8, 12, 12, 8), 16, 7).double().eval()
    randomize(model)
    w = list(model.parameters())
    x = 50 * torch.randn(2, 3, 79, 95, dtype=torch.double)

    def two_towers(h, weight, bias, padding):
        halves = zip(
            h.chunk(2, 1), weight.chunk(2), bias.chunk(2), strict=True
        )
        return torch.cat(
            [F.conv2d(a, b, c, padding=padding) for a, b, c in halves], 1
        )

    h = response_norm(F.conv2d(x, w[0], w[1], stride=4, padding=2).relu())
    h = F.max_pool2d(h, 3, 2)
    h = response_norm(two_towers(h, w[2], w[3], 2).relu())
    h = F.max_pool2d(h, 3, 2)
    h = F.conv2d(h, w[4], w[5], padding=1).relu()
    h = two_towers(h, w[6], w[7], 1).relu()
    h = two_towers(h, w[8], w[9], 1).relu()
    h = F.adaptive_avg_pool2d(F.max_pool2d(h, 3, 2), 6).flatten(1)
    h = F.linear(h, w[10], w[11]).relu()
    h = F.linear(h, w[12], w[13]).relu()
    torch.testing.assert_close(model(x), F.linear(h, w[14], w[15]), **CLOSE)


def test_nin_equals_a_dense_network_at_every_pixel():
    model = NiN(
        [(6, 5, 4), (5, 5, 5)], (5, 5), 7, kernel_sizes=(5, 5, 3), stride=2
    )
    model.double().eval()
    randomize(model)
    w = list(model.parameters())
    x = torch.randn(2, 3, 33, 41, dtype=torch.double)

    h, i = x, 0
    for stride, padding in ((2, 0), (1, 2), (1, 1)):
        h = F.conv2d(h, w[i], w[i + 1], stride, padding).relu()
        for j in (i + 2, i + 4):
            last = j + 2 == len(w)
            weight = w[j].flatten(1)  # (C, C', 1, 1) to (C, C')
            h = F.linear(h.permute(0, 2, 3, 1), weight, w[j + 1])
            h = (h if last else h.relu()).permute(0, 3, 1, 2)
        i += 6
        if i < len(w):
            h = F.max_pool2d(h, 3, 2, ceil_mode=True)
    torch.testing.assert_close(model(x), h.mean((2, 3)), **CLOSE)


def test_nin_wants_a_kernel_size_for_each_block():
    with pytest.raises(ValueError, match="needs 3 kernel sizes"):
        NiN([(4,), (4,)], (4,), 10, kernel_sizes=(5, 5))


def test_googlenet_looks_through_five_by_five():
    def kernels(model):
        return {
            m.kernel_size
            for m in model.modules()
            if hasattr(m, "weight") and isinstance(m, nn.Conv2d)
        }

    with torch.device("meta"):
        paper, shipped = googlenet.googlenet(), googlenet_of_torchvision()
    assert kernels(paper) - kernels(shipped) == {(5, 5)}


def test_googlenet_of_2014_normalizes_responses_and_adds_biases():
    with torch.device("meta"):
        model = googlenet.googlenet(batch_norm=False)
    parts = [type(m) for m in model.features]
    assert parts.count(nn.LocalResponseNorm) == 2
    assert not any(isinstance(m, nn.BatchNorm2d) for m in model.modules())


def test_gradients_of_googlenet_keep_their_size_from_block_to_block():
    model = GoogLeNet(
        googlenet.STAGES, 10, 1, width_multiplier=1 / 8, batch_norm=False
    ).eval()
    outputs = []

    def keep(block, inputs, output):
        output.retain_grad()
        outputs.append(output)

    for part in model.features:
        if isinstance(part, googlenet.Inception):
            part.register_forward_hook(keep)
    logits = model(torch.randn(8, 1, 64, 64))
    F.cross_entropy(logits, torch.arange(8)).backward()
    norms = [output.grad.norm() for output in outputs]
    assert len(norms) == 9 and 0.2 < norms[0] / norms[-1] < 5


def test_googlenet_has_auxiliary_classifiers_while_training_only():
    model = GoogLeNet(
        googlenet.STAGES, 7, 1, width_multiplier=0.125, auxiliary=True
    )
    x = torch.randn(2, 1, 64, 64)
    assert [y.shape for y in model.train()(x)] == 3 * [(2, 7)]
    assert model.eval()(x).shape == (2, 7)


def test_googlenet_names_wrong_settings():
    with pytest.raises(ValueError, match="second stage"):
        GoogLeNet(googlenet.STAGES[:1], auxiliary=True)


def test_a_residual_block_of_zeros_only_applies_relu():
    block = BasicBlock(4, 4)
    nn.init.zeros_(block.residual[-1].weight)
    x = torch.randn(2, 4, 5, 5)
    assert block(x).equal(x.relu())


def test_a_block_without_shortcut_is_plain():
    block = BasicBlock(4, 8, 2, shortcut=False)
    x = torch.randn(2, 4, 5, 5)
    assert block.shortcut is None
    torch.testing.assert_close(block(x), block.residual(x).relu())


@pytest.mark.parametrize("model", [partial(ResNet, BasicBlock), ConvNeXt])
def test_a_depth_for_each_width(model):
    with pytest.raises(ValueError, match=r"depths \(=\(1, 1\)\)"):
        model((1, 1), (8, 8, 8))


def test_convnext_drops_later_blocks_more_often():
    model = ConvNeXt((1, 2, 1), (8, 8, 8), stochastic_depth=0.3)
    found = [
        m.stochastic_depth.probability
        for m in model.modules()
        if isinstance(m, convnext.ConvNeXtBlock)
    ]
    assert found == pytest.approx([0.0, 0.1, 0.2, 0.3])

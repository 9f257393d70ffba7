"""Every model, in a small size: what holds for all of them.

Some are compared here with a literal computation that has the same random
weights; those of published sizes with libraries, in tests of their own.
"""

import inspect
import math
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import d2l.models
from d2l.losses import cross_entropy, squared_error
from d2l.models import mobilenet
from d2l.models.alexnet import AlexNet
from d2l.models.convnext import ConvNeXt
from d2l.models.densenet import DenseNet
from d2l.models.googlenet import STAGES, GoogLeNet
from d2l.models.lenet import LeNet
from d2l.models.linear import LinearRegression, SoftmaxRegression
from d2l.models.mlp import MLP
from d2l.models.mobilenet import MobileNetV2
from d2l.models.nin import NiN
from d2l.models.recurrent_lm import RecurrentLM
from d2l.models.resnet import BasicBlock, Bottleneck, ResNet
from d2l.models.seq2seq import EncoderDecoder
from d2l.models.transformer import Transformer
from d2l.models.vgg import VGG
from d2l.models.vit import ViT


@dataclass(frozen=True)
class Case:
    """A model, and everything that is known about it."""

    build: Callable[[], nn.Module]
    shape: tuple[int, ...]  # of one example
    reference: Callable[[list[Tensor], Tensor], Tensor] | None = None
    num_parameters: int | None = None
    num_classes: int | None = None  # None: regression
    learning_rate: float = 0.01  # of Adam, to learn a batch by heart
    reads_tokens: bool = False  # and says what comes next
    reads_pairs: bool = False  # of tokens, as `PairBatch` has them
    guesses: bool = True  # all alike, before it has learnt
    wrong_shapes: tuple[tuple[int, ...], ...] = ()

    def batch(self, n: int) -> tuple[Tensor, ...]:
        if self.reads_pairs:
            x, y = torch.randint(self.num_classes, (2, n, *self.shape))
            lengths = torch.randint(1, self.shape[0] + 1, (n,))
            return x, lengths, y, (x + y) % self.num_classes
        if self.reads_tokens:
            x = torch.randint(self.num_classes, (n, *self.shape))
            return x, x.cumsum(1) % self.num_classes
        x = torch.randn(n, *self.shape)
        if self.num_classes is None:
            return x, torch.randn(n)
        return x, torch.randint(self.num_classes, (n,))

    @property
    def loss(self):
        return squared_error if self.num_classes is None else cross_entropy


def linear_regression(w: list[Tensor], x: Tensor) -> Tensor:
    return (x * w[0][0]).sum(1) + w[1][0]


def softmax_regression(w: list[Tensor], x: Tensor) -> Tensor:
    return x.reshape(len(x), -1) @ w[0].T + w[1]


def lenet(w: list[Tensor], x: Tensor) -> Tensor:
    h = F.max_pool2d(F.relu(F.conv2d(x, w[0], w[1], padding=2)), 2)
    h = F.max_pool2d(F.relu(F.conv2d(h, w[2], w[3])), 2).flatten(1)
    h = F.relu(F.linear(h, w[4], w[5]))
    h = F.relu(F.linear(h, w[6], w[7]))
    return F.linear(h, w[8], w[9])


def mlp(w: list[Tensor], x: Tensor) -> Tensor:
    h = F.relu(F.linear(x.reshape(len(x), -1), w[0], w[1]))
    h = F.relu(F.linear(h, w[2], w[3]))
    return F.linear(h, w[4], w[5])


def convnet(build, shape=(1, 28, 28), learning_rate=0.01) -> Case:
    wrong_shapes = ((3, 3, *shape[1:]), (3, shape[1]))
    return Case(
        build,
        shape,
        num_classes=10,
        wrong_shapes=wrong_shapes,
        learning_rate=learning_rate,
    )


CASES = {
    "LinearRegression": Case(
        lambda: LinearRegression(20),
        shape=(20,),
        reference=linear_regression,
        num_parameters=21,
        wrong_shapes=((3, 19), (19,)),
    ),
    "SoftmaxRegression": Case(
        lambda: SoftmaxRegression(784, 10),
        shape=(1, 28, 28),
        reference=softmax_regression,
        num_parameters=7_850,
        num_classes=10,
        wrong_shapes=((3, 1, 28, 27), (784,)),
    ),
    "MLP": Case(
        lambda: MLP(784, (64, 32), 10),
        shape=(1, 28, 28),
        reference=mlp,
        num_parameters=784 * 64 + 64 + 64 * 32 + 32 + 32 * 10 + 10,
        num_classes=10,
        wrong_shapes=((3, 1, 28, 27), (784,)),
    ),
    "LeNet": Case(
        LeNet,
        shape=(1, 28, 28),
        reference=lenet,
        num_parameters=61_706,
        num_classes=10,
        wrong_shapes=((3, 3, 28, 28), (3, 1, 32, 32), (1, 28, 28)),
    ),
    "AlexNet": convnet(
        lambda: AlexNet((16, 32, 48, 48, 32), 64, 10, 1, dropout=0.0),
        shape=(1, 64, 64),
        learning_rate=0.002,
    ),
    "VGG": convnet(
        lambda: VGG(
            (1, 1), 10, 1, width=8, hidden=32, pool_size=3, dropout=0.0
        ),
        learning_rate=0.002,
    ),
    "NiN": convnet(
        lambda: NiN([(16, 16), (32, 32)], (32,), 10, 1, kernel_sizes=(5, 3, 3))
    ),
    "GoogLeNet": convnet(
        lambda: GoogLeNet(STAGES[:2], 10, 1, width_multiplier=0.125)
    ),
    "ResNet": convnet(
        lambda: ResNet(
            BasicBlock, (1, 1), (8, 16), 10, 1, stem=8, small_images=True
        )
    ),
    "ResNet of bottlenecks": convnet(
        lambda: ResNet(Bottleneck, (1, 1), (32, 64), 10, 1, stem=16)
    ),
    "DenseNet": convnet(
        lambda: DenseNet((2, 2), 8, 10, 1, stem=16, small_images=True)
    ),
    "MobileNetV2": convnet(
        lambda: MobileNetV2(mobilenet.STAGES, 64, 10, 1, width_multiplier=0.25)
    ),
    "ConvNeXt": convnet(
        lambda: ConvNeXt((1, 1), (16, 32), 10, 1, layer_scale=0.1)
    ),
    "ViT": convnet(lambda: ViT(28, 7, 32, 4, 2, 10, 1), learning_rate=0.002),
    "EncoderDecoder": Case(
        lambda: EncoderDecoder(12, 12, 32, num_embedding=16),
        shape=(5,),
        num_classes=12,
        reads_pairs=True,
    ),
    "RecurrentLM": Case(
        lambda: RecurrentLM(12, 32, num_layers=2, num_embedding=8),
        shape=(5,),
        num_classes=12,
        wrong_shapes=((3, 2, 5), (3, 5)),  # (3, 5) of real numbers
        reads_tokens=True,
    ),
    "Transformer": Case(
        lambda: Transformer(
            12, 32, num_heads=4, num_feedforward=64, num_layers=2
        ),
        shape=(5,),
        num_classes=12,
        reads_pairs=True,
        learning_rate=0.003,
        guesses=False,  # its logits start about as large as 1
    ),
}
every_model = pytest.mark.parametrize("case", CASES.values(), ids=CASES)
classifiers = {k: c for k, c in CASES.items() if c.num_classes and c.guesses}
compared = {k: c for k, c in CASES.items() if c.reference}


def randomize(module: nn.Module) -> None:
    """Leave no parameter at 0 or 1, which would hide a missing term."""
    with torch.no_grad():
        for p in module.parameters():
            p.copy_(0.1 * torch.randn(p.shape) + (0.5 if p.ndim == 1 else 0))


def test_no_model_is_forgotten():
    defined = {
        name
        for module in pkgutil.iter_modules(d2l.models.__path__)
        for name, member in inspect.getmembers(
            import_module(f"d2l.models.{module.name}"), inspect.isclass
        )
        if issubclass(member, nn.Module)
        and member.__module__ == f"d2l.models.{module.name}"
        and not name.startswith("_")
    }
    built = {
        type(part).__name__
        for case in CASES.values()
        for part in case.build().modules()
    }
    assert defined <= built


@pytest.mark.parametrize("case", compared.values(), ids=compared)
def test_number_of_parameters(case):
    with torch.device("meta"):
        model = case.build()
    assert sum(p.numel() for p in model.parameters()) == case.num_parameters


@pytest.mark.parametrize("case", compared.values(), ids=compared)
def test_equals_reference(case):
    """Outputs, gradients and one step of SGD, in double precision."""
    model = case.build().double()
    randomize(model)
    weights = [p.detach().clone().requires_grad_() for p in model.parameters()]
    x, target = case.batch(5)
    x = x.double().requires_grad_()
    if case.num_classes is None:
        target = target.double()
    y = model(x)
    expected = case.reference(weights, x)
    assert y.shape == expected.shape
    close = {"rtol": 1e-9, "atol": 1e-9}
    torch.testing.assert_close(y, expected, **close)

    total = case.loss(lambda _: y, (x, target)).sum
    grads = torch.autograd.grad(total, [x, *model.parameters()])
    total = case.loss(lambda _: expected, (x, target)).sum
    expected_grads = torch.autograd.grad(total, [x, *weights])
    for grad, expected_grad in zip(grads, expected_grads, strict=True):
        torch.testing.assert_close(grad, expected_grad, **close)

    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    loss = case.loss(model, (x.detach(), target))
    loss.mean.backward()
    optimizer.step()
    for p, w, grad in zip(
        model.parameters(), weights, expected_grads[1:], strict=True
    ):
        torch.testing.assert_close(p, w - 0.1 * grad / loss.count, **close)


@every_model
def test_wrong_shapes_raise(case):
    model = case.build()
    for shape in case.wrong_shapes:
        with pytest.raises((ValueError, RuntimeError, IndexError)):
            model(torch.zeros(shape))


def test_lenet_names_the_shapes_in_its_error():
    with pytest.raises(ValueError, match=r"\(1, 28, 28\), got \(3, 32, 32\)"):
        LeNet()(torch.zeros(2, 3, 32, 32))


def test_lenet_takes_colour_and_other_classes():
    model = LeNet(num_classes=3, in_channels=3)
    assert model(torch.zeros(2, 3, 28, 28)).shape == (2, 3)


@every_model
def test_overfits_one_batch(case):
    model = case.build()
    batch = case.batch(16)
    optimizer = torch.optim.Adam(model.parameters(), lr=case.learning_rate)
    for _ in range(500):
        optimizer.zero_grad()
        loss = case.loss(model, batch).mean
        loss.backward()
        optimizer.step()
        if loss < 0.01:
            return
    pytest.fail(f"mean loss {loss.item():.3f} after 500 steps")


@pytest.mark.parametrize("case", classifiers.values(), ids=classifiers)
def test_initial_loss_is_that_of_guessing(case):
    loss = case.loss(case.build(), case.batch(500)).mean
    guessing = math.log(case.num_classes)
    assert loss.item() == pytest.approx(guessing, abs=0.25)


@every_model
def test_every_parameter_learns(case):
    model = case.build()
    case.loss(model, case.batch(50)).sum.backward()
    for name, p in model.named_parameters():
        assert p.grad is not None and p.grad.any(), name


@every_model
def test_examples_do_not_mix(case):
    model = case.build().eval()
    *inputs, _ = case.batch(4)
    rows = zip(*(part.split(1) for part in inputs), strict=True)
    alone = torch.cat([model(*row) for row in rows])
    torch.testing.assert_close(model(*inputs), alone)


def test_mlp_without_hidden_layers_is_linear():
    model = MLP(6, (), 2)
    x = torch.randn(5, 6)
    weight, bias = model.parameters()
    torch.testing.assert_close(model(x), x @ weight.T + bias)


def test_mlp_takes_another_activation():
    model = MLP(6, (4,), 2, activation=nn.Tanh)
    randomize(model)
    w = list(model.parameters())
    x = torch.randn(5, 6)
    expected = F.linear(F.linear(x, w[0], w[1]).tanh(), w[2], w[3])
    torch.testing.assert_close(model(x), expected)


def test_mlp_drops_hidden_values_while_training_only():
    torch.manual_seed(0)
    model = MLP(6, (50, 40), 3, dropout=0.25)
    plain = MLP(6, (50, 40), 3)
    plain.load_state_dict(
        dict(zip(plain.state_dict(), model.state_dict().values(), strict=True))
    )
    x = torch.randn(4, 6)
    torch.testing.assert_close(model.eval()(x), plain(x))

    torch.manual_seed(1)
    dropped = model.train()(x)
    torch.manual_seed(1)
    w = list(model.parameters())
    h = F.dropout(F.relu(F.linear(x, w[0], w[1])), 0.25)
    h = F.dropout(F.relu(F.linear(h, w[2], w[3])), 0.25)
    torch.testing.assert_close(dropped, F.linear(h, w[4], w[5]))
    assert not torch.allclose(dropped, plain(x))


@pytest.mark.parametrize(
    ("hidden", "dropout"), [((0,), 0.0), ((4, -1), 0.0), ((4,), 1.0)]
)
def test_mlp_names_wrong_settings(hidden, dropout):
    with pytest.raises(ValueError, match=rf"6, .*dropout={dropout}"):
        MLP(6, hidden, 2, dropout=dropout)

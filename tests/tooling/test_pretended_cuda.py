"""Pages and the package on a CUDA device that is none."""

import pytest
import torch
from torch import nn

from d2l.data.batches import Batches
from d2l.experiments.image_classifiers import NETWORKS
from d2l.losses import cross_entropy
from d2l.train.trainer import Trainer
from tests.tooling.conftest import FRONT, cell
from tooling.execution.in_kernel.pretended_cuda import FUNCTIONS, PretendedCuda

MIXED = "expected all tensors to be on the same device"
SIZES = cell(
    "import torch\n\nfrom d2l.train.device import best_device, scale\n\n"
    "device = best_device()\nsize = scale(cpu=3, cuda=3000)"
)
GOOD = SIZES + cell(
    "layer = torch.nn.Linear(size, 2).to(device)\n"
    "x = torch.ones(4, size, device=device)\n"
    "print(layer(x).sum().item(), x.device, torch.cuda.max_memory_allocated())"
)
BAD = GOOD + cell("y = layer(x)\n\ny - torch.ones(4, 2)")


@pytest.fixture
def pretended(monkeypatch):
    for name, function in FUNCTIONS.items():
        monkeypatch.setattr(torch.cuda, name, function)
    with PretendedCuda():
        yield


@pytest.fixture
def there(pretended):
    return torch.ones(4, 3, device="cuda")


@pytest.mark.parametrize(
    "make",
    [
        lambda x: x,
        lambda x: x + 1,
        lambda x: x.clone().mul_(2),
        lambda x: x[0],
        lambda x: x[torch.tensor([0, 1])],
        lambda x: x * torch.tensor(2.0),
        lambda x: torch.zeros_like(x),
        lambda x: x.split(2)[1],
        lambda x: x.T,
        lambda x: x.max(dim=0).values,
        lambda x: nn.Parameter(x).data,
        lambda x: torch.stack([x, x]),
        lambda x: torch.ones(2).cuda(),
        lambda x: torch.ones(2).to("cuda", torch.float64),
        lambda x: torch.ones(2).to(device=x.device),
        lambda x: torch.ones(2).to(x),
        lambda x: nn.Linear(3, 2).to("cuda").state_dict()["weight"],
        lambda x: nn.Linear(3, 2, device="cuda")(x),
    ],
)
def test_stays_on_the_device(there, make):
    made = make(there)
    assert made.device == torch.device("cuda", 0) and made.is_cuda
    with pytest.raises(TypeError, match="convert cuda:0"):
        made.detach().numpy()
    back = made.detach().cpu()
    assert back.device.type == "cpu" and back.numpy().size
    assert made.is_cuda  # the copy moved, not the tensor


@pytest.mark.parametrize(
    "do",
    [
        lambda x: x + torch.ones(3),
        lambda x: torch.cat([x, torch.ones(1, 3)]),
        lambda x: nn.Linear(3, 2)(x),
        lambda x: torch.ones(4)[x[:, 0].long()],
        lambda x: x.masked_fill_(torch.ones(4, 3).bool(), 0),
        lambda x: nn.functional.mse_loss(x, target=torch.ones(4, 3)),
    ],
)
def test_does_not_mix(there, do):
    with pytest.raises(RuntimeError, match=MIXED):
        do(there)


def test_copies_between_devices(there):
    here = torch.zeros(4, 3)
    here.copy_(there)
    assert not here.is_cuda and here.sum() == 12
    layer = nn.Linear(3, 2).to("cuda")
    layer.load_state_dict(nn.Linear(3, 2).state_dict())
    assert layer.weight.is_cuda
    meta = there.to("meta")
    assert meta.device.type == "meta"


def test_draws_from_a_generator_of_the_device(pretended):
    here = torch.Generator()
    torch.rand(3, generator=here)
    with pytest.raises(RuntimeError, match="for generator but found 'cpu'"):
        torch.rand(3, generator=here, device="cuda")
    with pytest.raises(RuntimeError, match="for generator but found 'cpu'"):
        torch.empty(3, device="cuda").normal_(generator=here)


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_learn_on_the_device(pretended, name):
    torch.manual_seed(0)
    model = NETWORKS[name](1)
    x, y = torch.randn(8, 1, 28, 28), torch.arange(8)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
    batches = Batches(x.to("cuda"), y.to("cuda"), batch_size=4, shuffle=True)
    trainer = Trainer(model, cross_entropy, optimizer, device="cuda")
    history = trainer.fit(batches, epochs=1, validation=batches)
    assert history[0]["val_loss"] > 0
    for parameter in model.parameters():
        assert parameter.is_cuda and parameter.grad.is_cuda
        assert optimizer.state[parameter]["exp_avg"].is_cuda
    with pytest.raises(RuntimeError, match=MIXED):
        model(x)


def test_a_page_is_told_where_it_mixes(make_book):
    pages = {"index": FRONT + "# Good\n\n" + GOOD, "bad": FRONT + "# Bad\n\n"}
    pages["bad"] += BAD
    pages["none"] = FRONT + "# None\n\n" + cell("1 + 1")
    book = make_book(pages)
    done = book.run("pretend-cuda")
    assert done.returncode == 1
    line = pages["bad"].split("\n").index("y - torch.ones(4, 2)") + 1
    assert f"book/bad.md:{line}: " in done.stdout, done.stdout
    assert MIXED in done.stdout
    assert "1 executed" in done.stdout and "1 failed" in done.stdout

    # Nothing of it is kept, and the page itself is fine on a CPU.
    done = book.run("execute")
    assert "3 executed" in done.stdout, done.stdout + done.stderr
    one = book.run("pretend-cuda", "book/index.md")
    assert one.returncode == 0 and "1 executed" in one.stdout

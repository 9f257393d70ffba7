"""The Vision Transformer against torchvision's, with the same weights."""

from functools import partial

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from d2l.models.vit import ViT, vit_b_16, vit_b_32, vit_l_16
from tests.package.reference_models import models

close = partial(torch.testing.assert_close, rtol=1e-9, atol=1e-9)


def small(dropout=0.0):
    """Ours, and the parameters in the order of torchvision's."""
    model = ViT(12, 4, 16, 2, 3, 7, dropout=dropout).double()
    torch.manual_seed(1)
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(0.3 * torch.randn(p.shape) + (0.5 if p.ndim == 1 else 0))
    found = [[model.class_token], [model.patches.weight], [model.patches.bias]]
    found.append([model.positions.table])
    for block in model.blocks:
        attention = block.attention
        parts = (attention.query, attention.key, attention.value)
        found += [[p] for p in block.attention_norm.parameters()]
        found += [[p.weight for p in parts], [p.bias for p in parts]]
        for part in (attention.output, block.patch_norm, block.patch_wise):
            found += [[p] for p in part.parameters()]
    for part in (model.norm, model.classifier):
        found += [[p] for p in part.parameters()]
    assert sum(map(len, found)) == len(list(model.parameters()))
    return model, found


def test_equals_torchvision():
    """Logits, gradients and one step of training, in double precision."""
    ours, found = small()
    theirs = models.VisionTransformer(12, 4, 3, 2, 16, 64, num_classes=7)
    theirs = theirs.double()
    with torch.no_grad():
        for mine, p in zip(found, theirs.parameters(), strict=True):
            p.copy_(torch.cat(mine).reshape(p.shape))
    x = torch.randn(5, 3, 12, 12, dtype=torch.double)
    target = torch.randint(7, (5,))
    results = []
    for model in (ours, theirs):
        leaf = x.clone().requires_grad_()
        logits = model(leaf)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        F.cross_entropy(logits, target).backward()
        optimizer.step()
        results.append((logits, leaf.grad))
    for one, other in zip(*results, strict=True):
        close(one, other)
    for mine, p in zip(found, theirs.parameters(), strict=True):
        grad = torch.cat([part.grad for part in mine])
        close(grad.reshape(p.shape), p.grad)
        close(torch.cat(mine).reshape(p.shape), p)


@pytest.mark.parametrize(
    ("ours", "theirs", "num_parameters"),
    [
        (vit_b_16, models.vit_b_16, 86_567_656),
        (vit_b_32, models.vit_b_32, 88_224_232),
        (vit_l_16, models.vit_l_16, 304_326_632),
    ],
    ids=["vit_b_16", "vit_b_32", "vit_l_16"],
)
def test_number_of_parameters(ours, theirs, num_parameters):
    with torch.device("meta"):
        sizes = [
            sum(p.numel() for p in build().parameters())
            for build in (ours, theirs)
        ]
        heads = {m.num_heads for m in theirs().modules() if _attends(m)}
    assert sizes == [num_parameters, num_parameters]
    with torch.device("meta"):
        attention = ours().blocks[0].attention
    width = attention.query.in_features
    assert heads == {width // attention.num_head}


def _attends(module):
    return isinstance(module, nn.MultiheadAttention)


def test_patches_are_squares_of_pixels():
    model, _ = small()
    x = torch.randn(2, 3, 12, 12, dtype=torch.double)
    squares = F.unfold(x, 4, stride=4).mT  # (B, T, C * 4 * 4)
    weight = model.patches.weight.flatten(1)
    expected = F.linear(squares, weight, model.patches.bias)
    close(model.patches(x).flatten(2).mT, expected)


def test_without_positions_the_order_of_patches_does_not_count():
    model, _ = small()
    x = torch.randn(2, 3, 12, 12, dtype=torch.double)
    turned = torch.cat((x[..., 4:], x[..., :4]), -1)  # columns of patches
    assert not torch.allclose(model(turned), model(x))
    nn.init.zeros_(model.positions.table)
    close(model(turned), model(x))


def test_dropout_is_where_the_paper_has_it():
    model, _ = small(dropout=0.5)
    plain, _ = small()
    x = torch.randn(2, 3, 12, 12, dtype=torch.double)
    close(model.eval()(x), plain(x))
    found = []
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.register_forward_hook(lambda m, x, y: found.append(y))
    assert not torch.allclose(model.train()(x), plain(x))
    assert len(found) == 1 + 3 * len(model.blocks)
    assert all(0.2 < (y == 0).double().mean() < 0.8 for y in found)


def test_what_is_wrong_is_named():
    for sizes in ((12, 5), (12, 0), (0, 1)):
        with pytest.raises(ValueError, match=rf"patch_size \(={sizes[1]}\)"):
            ViT(*sizes, 16, 2, 1)
    model, _ = small()
    for shape in ((2, 3, 12, 16), (3, 12, 12)):
        with pytest.raises(ValueError, match="must be 12 x 12"):
            model(torch.zeros(shape))

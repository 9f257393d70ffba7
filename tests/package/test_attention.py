"""Attention against PyTorch's and against loops, and what masks hide."""

from functools import partial

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from d2l.nn.attention import (
    AdditiveAttention,
    MultiHeadAttention,
    attend,
    attention_weights,
    masked_softmax,
)
from d2l.nn.masks import causal_mask, length_mask
from d2l.nn.positions import alibi

B, T, S, N, K, D = 3, 4, 6, 2, 5, 10
close = partial(torch.testing.assert_close, rtol=1e-10, atol=1e-10)


def normal(*shape, grad=False):
    return torch.randn(*shape, dtype=torch.double, requires_grad=grad)


def queries_keys_values(T=T, S=S, shared=N):
    q = normal(B, N, T, K, grad=True)
    return q, *(normal(B, shared, S, K, grad=True) for _ in range(2))


def padding():
    """Keys that are real, (B, 1, 1, S); all, some and one."""
    return length_mask(torch.tensor([S, 3, 1]))[:, None, None]


def random_mask():
    mask = torch.rand(B, N, T, S) < 0.5
    mask[..., 2] = True
    return mask


ARGUMENTS = {
    "plain": {},
    "padding": {"mask": padding()},
    "each pair": {"mask": random_mask()},
    "of all": {"mask": causal_mask(T, S)},
    "bias": {"bias": normal(N, T, S)},
    "bias and mask": {"bias": normal(N, T, S), "mask": padding()},
    "scale": {"scale": 0.3},
}


def of_torch(q, k, v, mask=None, bias=None, **settings):
    """Call PyTorch's attention with mask and bias as one."""
    if bias is not None:
        hidden = torch.ones(1, dtype=bool) if mask is None else mask
        mask = bias + torch.zeros(()).double().where(hidden, -torch.inf)
    return F.scaled_dot_product_attention(q, k, v, mask, **settings)


@pytest.mark.parametrize("name", ARGUMENTS)
def test_equals_that_of_torch(name):
    """Outputs and gradients; and the sum with the weights of `weights`."""
    given, (q, k, v) = ARGUMENTS[name], queries_keys_values()
    found = attend(q, k, v, **given)
    expected = of_torch(q, k, v, **given)
    close(found, expected)
    close(attention_weights(q, k, **given) @ v, expected)
    for one, other in zip(
        torch.autograd.grad(found.square().sum(), [q, k, v]),
        torch.autograd.grad(expected.square().sum(), [q, k, v]),
        strict=True,
    ):
        close(one, other)


@pytest.mark.parametrize("given", [{}, {"bias": alibi(N, S).double()}])
@pytest.mark.parametrize("masked", [False, True])
def test_the_last_query_belongs_to_the_last_key(given, masked):
    """Queries asked alone get what they get among all."""
    q, k, v = queries_keys_values(T=S)
    given = given | ({"mask": padding()} if masked else {})
    whole = attend(q, k, v, causal=True, **given)
    if not given:
        expected = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        close(whole, expected)
    weights = attention_weights(q, k, causal=True, **given)
    close(weights @ v, whole)
    assert not weights[..., ~causal_mask(S)].any()
    for n in (1, 3):
        last = dict(given)
        if "bias" in given:
            last["bias"] = given["bias"][:, -n:]
        found = attend(q[:, :, -n:], k, v, causal=True, **last)
        close(found, whole[:, :, -n:])


@pytest.mark.parametrize("dtype", [torch.float, torch.double, torch.bfloat16])
@pytest.mark.parametrize("biased", [False, True])
def test_a_query_that_may_attend_to_nothing_gets_zeros(dtype, biased):
    """No NaN in values, weights or gradients, and the others as before."""
    q, k, v = (x.detach().to(dtype) for x in queries_keys_values())
    bias = torch.ones(N, T, S).to(dtype) if biased else None
    mask = length_mask(torch.tensor([S, 0, 2]))[:, None, None]
    mask = mask & (torch.arange(T) != 1)[:, None]  # (B, 1, T, S)
    leaves = [x.requires_grad_() for x in (q, k, v)]
    for f in (
        partial(attend, q, k, v),
        lambda *a, **b: attention_weights(q, k, *a, **b) @ v,
    ):
        found = f(mask, bias=bias)
        assert not found[1].any() and not found[:, :, 1].any()
        with torch.autograd.set_detect_anomaly(True):  # none on the way
            total = found.float().square().sum()
            grads = torch.autograd.grad(total, leaves)
        assert all(g.isfinite().all() for g in grads)
        assert not grads[0][1].any() and not grads[0][:, :, 1].any()
        assert not grads[1][1].any() and not grads[2][1].any()
        assert all(g[0].any() for g in grads)
        alone = attend(q[2:], k[2:, :, :2], v[2:, :, :2])
        torch.testing.assert_close(
            found[2:, :, [0, 2, 3]],
            alone[:, :, [0, 2, 3]],
            rtol=0.03 if dtype == torch.bfloat16 else 1e-5,
            atol=0.03 if dtype == torch.bfloat16 else 1e-5,
        )


@pytest.mark.parametrize("bias", [None, torch.ones(N, T, S).double()])
def test_no_kernel_is_asked_for_a_mean_of_nothing(bias, monkeypatch):
    """Not each of them, on all devices and in all versions, gives zeros."""
    found = []

    def kernel(q, k, v, mask, *_, **settings):
        found.append(mask if mask.dtype == torch.bool else mask.isfinite())
        return torch.ones_like(q)

    monkeypatch.setattr(F, "scaled_dot_product_attention", kernel)
    mask = length_mask(torch.tensor([S, 0, 2]))[:, None, None]
    y = attend(*queries_keys_values(), mask, bias=bias)
    assert found[0].any(-1).all()
    assert not y[1].any() and y[[0, 2]].all()


def test_softmax_of_what_is_not_masked():
    scores, mask = normal(B, 1, S), padding()[:, 0]
    found = masked_softmax(scores, mask)
    for row, n in enumerate((S, 3, 1)):
        close(found[row, :, :n], scores[row, :, :n].softmax(-1))
        assert not found[row, :, n:].any()
    close(masked_softmax(scores), scores.softmax(-1))


@pytest.mark.parametrize("causal", [False, True])
def test_heads_that_share_keys_equal_heads_with_copies(causal):
    N = 4
    q, k, v = normal(B, N, S, K), normal(B, 2, S, K), normal(B, 2, S, 3)
    copies = [x[:, [0, 0, 1, 1]] for x in (k, v)]
    mask = padding()
    close(
        attend(q, k, v, mask, causal=causal),
        attend(q, *copies, mask, causal=causal),
    )
    close(
        attention_weights(q, k, mask, causal=causal) @ copies[1],
        attend(q, k, v, mask, causal=causal),
    )


def test_dropout_is_that_of_torch():
    q, k, v = queries_keys_values()
    torch.manual_seed(1)
    found = attend(q, k, v, dropout=0.5)
    torch.manual_seed(1)
    close(found, F.scaled_dot_product_attention(q, k, v, dropout_p=0.5))
    assert not torch.allclose(found, attend(q, k, v))


def multi_head(**settings):
    torch.manual_seed(2)
    module = MultiHeadAttention(D, N, **settings).double()
    with torch.no_grad():
        for p in module.parameters():
            p.normal_(std=0.5)
    return module


def multi_head_of_torch(ours):
    """PyTorch's with the same weights, its parameters, and how ours go."""
    theirs = nn.MultiheadAttention(D, N, batch_first=True).double()
    parts = (ours.query, ours.key, ours.value)
    with torch.no_grad():
        theirs.in_proj_weight.copy_(torch.cat([p.weight for p in parts]))
        theirs.in_proj_bias.copy_(torch.cat([p.bias for p in parts]))
        theirs.out_proj.load_state_dict(ours.output.state_dict())
    return theirs


def matched(ours, theirs, of=lambda p: p):
    """Pairs of what belongs together, parameters or their gradients."""
    parts = (ours.query, ours.key, ours.value)
    yield torch.cat([of(p.weight) for p in parts]), of(theirs.in_proj_weight)
    yield torch.cat([of(p.bias) for p in parts]), of(theirs.in_proj_bias)
    yield of(ours.output.weight), of(theirs.out_proj.weight)
    yield of(ours.output.bias), of(theirs.out_proj.bias)


@pytest.mark.parametrize("kind", ["self", "cross", "causal"])
def test_multi_head_equals_that_of_torch(kind):
    """Outputs, weights, gradients and one step of training."""
    ours = multi_head()
    theirs = multi_head_of_torch(ours)
    x = normal(B, S, D)
    context = normal(B, S + 1, D) if kind == "cross" else x
    real = length_mask(torch.tensor([context.shape[1], 3, 1]))
    hidden = ~causal_mask(S) if kind == "causal" else None
    results = []
    for module in (ours, theirs):
        leaf = x.clone().requires_grad_()
        other = context if kind == "cross" else leaf
        if module is ours:
            settings = {"mask": real[:, None], "causal": kind == "causal"}
            given = context if kind == "cross" else None
            y = ours(leaf, given, **settings)
            weights = ours.weights(leaf, given, **settings)
        else:
            y, weights = theirs(
                leaf,
                other,
                other,
                key_padding_mask=~real,
                attn_mask=hidden,
                average_attn_weights=False,
            )
        optimizer = torch.optim.SGD(module.parameters(), lr=0.01)
        y.square().sum().backward()
        optimizer.step()
        results.append((y, weights, leaf.grad))
    for one, other in zip(*results, strict=True):
        close(one, other)
    for one, other in matched(ours, theirs, lambda p: p.grad):
        assert one.abs().max() > 1e-3 or other.abs().max() < 1e-9
        close(one, other)
    for one, other in matched(ours, theirs):
        close(one, other)


def test_fewer_heads_of_keys_equal_copied_ones():
    few = multi_head(num_kv_heads=1)
    many = multi_head()
    many.load_state_dict(
        few.state_dict()
        | {
            f"{name}.{kind}": torch.cat(
                [getattr(getattr(few, name), kind)] * N
            )
            for name in ("key", "value")
            for kind in ("weight", "bias")
        }
    )
    x = normal(B, T, D)
    close(few(x, causal=True), many(x, causal=True))
    assert few.remember(x)[0].shape == (B, 1, T, K)


@pytest.mark.parametrize("num_kv_heads", [1, 2])
def test_remembered_keys_equal_recomputed_ones(num_kv_heads):
    attention = multi_head(num_kv_heads=num_kv_heads)
    x = normal(B, 7, D)
    whole = attention(x, causal=True)
    found, memory = [], attention.remember(x[:, :0])
    for part in x.split((3, 1, 2, 1), 1):
        new = attention.remember(part)
        memory = [torch.cat(two, 2) for two in zip(memory, new, strict=True)]
        found.append(attention.recall(part, memory, causal=True))
    close(torch.cat(found, 1), whole)


@pytest.mark.parametrize("dtype", [torch.float, torch.double])
def test_what_comes_later_changes_no_bit(dtype):
    attention = multi_head().to(dtype)
    x = normal(B, S, D).to(dtype)
    whole = attention(x, causal=True)
    x[:, 4] += 1
    changed = attention(x, causal=True)
    assert torch.equal(changed[:, :4], whole[:, :4])
    assert (changed[:, 4:] != whole[:, 4:]).any((0, 2)).all()


def test_padding_changes_nothing():
    attention = multi_head()
    x, lengths = normal(B, S, D), torch.tensor([S, 3, 1])
    found = attention(x, mask=length_mask(lengths)[:, None])
    noise = x.masked_fill(~length_mask(lengths)[..., None], 1e3)
    other = attention(noise, mask=length_mask(lengths)[:, None])
    for row, n in enumerate(lengths):
        close(found[row, :n], attention(x[row : row + 1, :n])[0])
        assert torch.equal(found[row, :n], other[row, :n])


def test_without_positions_order_does_not_count():
    attention = multi_head()
    x, order = normal(B, S, D), torch.tensor([2, 0, 1, 5, 3, 4])
    close(attention(x[:, order]), attention(x)[:, order])
    context = normal(B, S, D)
    close(attention(x, context[:, order]), attention(x, context))


def test_scores_keep_their_size_with_the_width_of_a_head():
    for width in (4, 256):
        q, k = normal(2, 300, width)
        for scale, std in ((None, 1), (1.0, width**0.5)):
            weights = attention_weights(q, k, scale=scale)
            spread = weights.log().std(-1).mean().item()
            assert spread == pytest.approx(std, rel=0.1)


def test_dropout_of_multi_head_while_training_only():
    x = normal(B, T, D)
    plain, dropped = multi_head(), multi_head(dropout=0.5)
    close(dropped.eval()(x), plain(x))
    torch.manual_seed(1)
    found = dropped.train()(x)
    torch.manual_seed(1)
    q, (k, v) = plain._split(plain.query(x)), plain.remember(x)
    h = F.scaled_dot_product_attention(q, k, v, dropout_p=0.5)
    close(found, plain.output(h.transpose(1, 2).reshape(B, T, D)))


def test_additive_attention_equals_a_loop():
    attention = AdditiveAttention(3, 4, 6).double()
    q, k, v = normal(B, T, 3), normal(B, S, 4), normal(B, S, 2)
    lengths = torch.tensor([S, 3, 0])
    mask = length_mask(lengths)[:, None]
    found = attention(q, k, v, mask)
    W, U, w = (p.detach() for p in attention.parameters())
    for row, n in enumerate(lengths.tolist()):
        for t in range(T):
            scores = [
                w[0] @ torch.tanh(W @ q[row, t] + U @ k[row, s])
                for s in range(n)
            ]
            expected = torch.zeros(2).double()
            if n:
                weights = torch.stack(scores).softmax(0)
                expected = (weights[:, None] * v[row, :n]).sum(0)
            close(found[row, t], expected)
    close(attention.weights(q, k, mask) @ v, found)


def test_gradients_of_additive_attention_are_those_of_differences():
    attention = AdditiveAttention(2, 3, 3).double()
    q, k, v = (normal(2, n, d, grad=True) for n, d in ((2, 2), (3, 3), (3, 2)))
    mask = length_mask(torch.tensor([2, 0]), 3)[:, None]

    def f(q, k, v, *weights):
        names = dict(attention.named_parameters())
        given = dict(zip(names, weights, strict=True))
        return torch.func.functional_call(attention, given, (q, k, v, mask))

    weights = [p.detach().requires_grad_() for p in attention.parameters()]
    assert torch.autograd.gradcheck(f, (q, k, v, *weights))


def test_an_empty_batch_stays_empty():
    attention = MultiHeadAttention(D, N)
    mask = torch.ones(0, 1, 4, dtype=torch.bool)
    assert attention(torch.zeros(0, 4, D), mask=mask).shape == (0, 4, D)


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (torch.ones(T, S), "torch.float32"),
        (torch.ones(B, S, dtype=torch.bool), r"\(3, 2, 4, 6\), got \(3, 6\)"),
        (torch.ones(2, B, N, T, S, dtype=torch.bool), r"got \(2, 3, 2, 4, 6"),
    ],
)
def test_wrong_masks_are_named(mask, message):
    q, k, v = queries_keys_values()
    for f in (partial(attend, q, k, v), partial(attention_weights, q, k)):
        with pytest.raises(ValueError, match=message):
            f(mask)
    with pytest.raises(ValueError, match="mask is boolean"):
        masked_softmax(torch.zeros(B, N, T, S), mask)


def test_what_is_wrong_is_named():
    q, k, v = queries_keys_values()
    for wrong in (
        (q[..., 1:], k, v),
        (q, k[:, :, 1:], v),
        (q[1:], k, v),
        (q[0, 0, 0], k, v),
        (q, k[:, :0], v[:, :0]),
        (torch.zeros(B, 3, T, K), k, v),
        (torch.zeros(B, 1, T, K), k, v),
    ):
        with pytest.raises(ValueError, match=r"\(\.\.\., S, d\), got"):
            attend(*wrong)
    with pytest.raises(ValueError, match=r"bias of shape \(2, 4, 5\)"):
        attend(q, k, v, bias=torch.zeros(N, T, S - 1))
    with pytest.raises(ValueError, match="T=4 and S=3"):
        attend(q, k[:, :, :3], v[:, :, :3], causal=True)
    for sizes, settings in (
        ((10, 3), {}),
        ((10, 0), {}),
        ((8, 4), {"num_kv_heads": 3}),
        ((8, 4), {"num_kv_heads": 0}),
    ):
        with pytest.raises(ValueError, match=rf"num_hidden \(={sizes[0]}\)"):
            MultiHeadAttention(*sizes, **settings)
    with pytest.raises(
        ValueError, match=r"\(3, 2, 4, 4\), got \(3, 2, 1, 4, 4\)"
    ):
        multi_head()(normal(B, T, D), mask=torch.ones(B, N, T, T).bool())

"""The Transformer against PyTorch's, and its decoder step by step."""

import math
from functools import partial

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from d2l.data.sentence_batches import BEGIN, SentenceBatches
from d2l.losses import IGNORED, cross_entropy
from d2l.models.transformer import (
    DecoderLayer,
    EncoderLayer,
    Transformer,
    transformer_base,
    transformer_big,
)
from d2l.nn.masks import causal_mask, length_mask

V, D, N, FEED, LAYERS = 13, 12, 3, 20, 2
close = partial(torch.testing.assert_close, rtol=1e-9, atol=1e-9)
either_norm = pytest.mark.parametrize("norm_first", [False, True])
LENGTHS = torch.tensor([6, 2, 4])


def randomize(module):
    """Leave no parameter at 0 or 1, which would hide a missing term."""
    torch.manual_seed(4)
    with torch.no_grad():
        for p in module.parameters():
            p.copy_(0.4 * torch.randn(p.shape) + (0.5 if p.ndim == 1 else 0))
    return module.double()


def model_of(**settings):
    sizes = {"num_heads": N, "num_feedforward": FEED, "num_layers": LAYERS}
    return randomize(Transformer(V, D, **(sizes | settings)))


def pairs():
    """Sources with padding and targets, of about the same length."""
    torch.manual_seed(5)
    source = torch.randint(3, V, (3, 6)).masked_fill(
        ~length_mask(LENGTHS, 6), 0
    )
    return source, LENGTHS, torch.randint(3, V, (3, 5))


def of_attention(ours):
    """Weights in the order of `nn.MultiheadAttention`."""
    parts = (ours.query, ours.key, ours.value)
    return [
        [p.weight for p in parts],
        [p.bias for p in parts],
        [ours.output.weight],
        [ours.output.bias],
    ]


def of_layer(ours):
    """Weights in the order of PyTorch's layers."""
    found = of_attention(ours.attention)
    if isinstance(ours, DecoderLayer):
        found += of_attention(ours.source_attention)
    found += [[p] for p in ours.feed_forward.parameters()]
    return found + [[p] for p in ours.residuals.parameters()]


def copy(found, theirs):
    """Give PyTorch's module the weights of ours."""
    with torch.no_grad():
        for mine, p in zip(found, theirs.parameters(), strict=True):
            p.copy_(torch.cat(mine))


def layers_of_torch(norm_first):
    settings = {
        "dim_feedforward": FEED,
        "dropout": 0.0,
        "batch_first": True,
        "norm_first": norm_first,
    }
    return (
        nn.TransformerEncoderLayer(D, N, **settings).double(),
        nn.TransformerDecoderLayer(D, N, **settings).double(),
    )


@either_norm
def test_layers_equal_those_of_torch(norm_first):
    encoder, decoder = layers_of_torch(norm_first)
    sizes = (D, N, FEED, 0.0, norm_first)
    x, context = torch.randn(2, 3, 6, D, dtype=torch.double)
    real = length_mask(LENGTHS)
    ours = randomize(EncoderLayer(*sizes))
    copy(of_layer(ours), encoder)
    close(ours(x, real[:, None]), encoder(x, src_key_padding_mask=~real))
    ours = randomize(DecoderLayer(*sizes))
    copy(of_layer(ours), decoder)
    found, state = ours(x, ours.start(context), real[:, None])
    expected = decoder(
        x,
        context,
        tgt_mask=~causal_mask(6),
        memory_key_padding_mask=~real,
    )
    close(found, expected)
    assert state[1][0].shape == state[0][1].shape == (3, N, 6, D // N)


class Reference(nn.Module):
    """PyTorch's Transformer between embeddings that are tied."""

    def __init__(self, norm_first, source_size=None):
        super().__init__()
        self.embedding = nn.Embedding(V, D)
        self.source_embedding = source_size and nn.Embedding(source_size, D)
        encoder, decoder = layers_of_torch(norm_first)
        norms = [nn.LayerNorm(D) if norm_first else None for _ in range(2)]
        self.body = nn.Transformer(
            D,
            N,
            batch_first=True,
            custom_encoder=nn.TransformerEncoder(
                encoder, LAYERS, norms[0], enable_nested_tensor=False
            ),
            custom_decoder=nn.TransformerDecoder(decoder, LAYERS, norms[1]),
        )
        self.double()

    def embed(self, x, embedding):
        position = torch.arange(x.shape[1]).double()[:, None]
        i = torch.arange(0, D, 2).double()
        angle = position / 10_000 ** (i / D)
        places = torch.zeros(x.shape[1], D).double()
        places[:, 0::2], places[:, 1::2] = angle.sin(), angle.cos()
        return embedding(x) * math.sqrt(D) + places

    def forward(self, source, lengths, inputs):
        hidden = ~length_mask(lengths, source.shape[1])
        y = self.body(
            self.embed(source, self.source_embedding or self.embedding),
            self.embed(inputs, self.embedding),
            tgt_mask=~causal_mask(inputs.shape[1]),
            src_key_padding_mask=hidden,
            memory_key_padding_mask=hidden,
        )
        return y @ self.embedding.weight.T


def of_model(ours, shared):
    """Weights of the model in the order of the reference."""
    found = [[ours.embedding.weight]]
    if not shared:
        found.append([ours.source_embedding.weight])
    for layers, norm in (
        (ours.encoder, ours.encoder_norm),
        (ours.decoder, ours.decoder_norm),
    ):
        found += [part for layer in layers for part in of_layer(layer)]
        found += [[p] for p in norm.parameters()]
    return found


@either_norm
@pytest.mark.parametrize("source_size", [None, V + 4])
def test_equals_that_of_torch(norm_first, source_size):
    """Logits, gradients and one step of training, in double precision."""
    ours = model_of(norm_first=norm_first, source_size=source_size)
    theirs = Reference(norm_first, source_size)
    found = of_model(ours, source_size is None)
    assert sum(map(len, found)) == len(list(ours.parameters()))
    copy(found, theirs)
    source, lengths, inputs = pairs()
    if source_size:
        source = source + 4 * (source > 0)
    targets = torch.randint(V, inputs.shape)
    targets[1, 3:] = IGNORED
    batch = (source, lengths, inputs, targets)
    close(ours(*batch[:3]), theirs(*batch[:3]))
    for model in (ours, theirs):
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        cross_entropy(model, batch).mean.backward()
        optimizer.step()
    for mine, their in zip(found, theirs.parameters(), strict=True):
        grad = torch.cat([p.grad for p in mine])
        close(grad, their.grad)
        close(torch.cat(mine), their)


@pytest.mark.parametrize(
    ("build", "num_parameters", "reference"),
    [
        (transformer_base, 63_082_496, (512, 8, 6, 6, 2048)),
        (transformer_big, 214_245_376, (1024, 16, 6, 6, 4096)),
    ],
)
def test_number_of_parameters_of_the_paper(build, num_parameters, reference):
    with torch.device("meta"):
        model = build()
        body = nn.Transformer(*reference, batch_first=True)
    count = sum(p.numel() for p in model.parameters())
    assert count == num_parameters
    theirs = sum(p.numel() for p in body.parameters())
    # PyTorch adds two norms; ours has vectors for 37,000 tokens.
    D = reference[0]
    assert count == theirs - 4 * D + 37_000 * D
    assert {m.p for m in model.modules() if isinstance(m, nn.Dropout)} == (
        {0.1} if build is transformer_base else {0.3}
    )


@either_norm
def test_reading_on_equals_reading_at_once(norm_first):
    model = model_of(norm_first=norm_first)
    source, lengths, inputs = pairs()
    whole = model(source, lengths, inputs)
    state, found = model.encode(source, lengths), []
    for part in inputs.split((2, 1, 2), 1):
        logits, state = model.read(part, state)
        found.append(logits)
    close(torch.cat(found, 1), whole)


def tensors(state):
    if isinstance(state, torch.Tensor):
        return [state]
    return [tensor for part in state for tensor in tensors(part)]


def test_a_state_holds_a_row_for_each_example():
    """So that a search can go on from any of them, and others not at all."""
    model = model_of()
    source, lengths, inputs = pairs()
    start = model.encode(source, lengths)
    _, state = model.read(inputs[:, :2], start)
    assert {len(t) for t in tensors(start) + tensors(state)} == {3}
    assert all(k.shape[2] == 0 for _, (k, _) in start[1])
    order = torch.tensor([2, 2, 0])

    def select(part):
        if isinstance(part, torch.Tensor):
            return part[order]
        return tuple(select(p) for p in part)

    found, _ = model.read(inputs[order, 2:3], select(state))
    whole = model(source[order], lengths[order], inputs[order])
    close(found[:, 0], whole[:, 2])


@pytest.mark.parametrize("dtype", [torch.float, torch.double])
@either_norm
def test_what_comes_later_changes_no_bit(dtype, norm_first):
    model = model_of(norm_first=norm_first).to(dtype)
    source, lengths, inputs = pairs()
    whole = model(source, lengths, inputs)
    changed = inputs.clone()
    changed[:, 3] = (changed[:, 3] + 1) % V
    found = model(source, lengths, changed)
    assert torch.equal(found[:, :3], whole[:, :3])
    assert (found[:, 3:] != whole[:, 3:]).any((0, 2)).all()
    changed = source.clone()
    changed[:, 0] = (changed[:, 0] + 1) % V  # the source is seen from all
    found = model(changed, lengths, inputs)
    assert (found != whole).any(-1).all()


@either_norm
def test_padding_changes_nothing(norm_first):
    model = model_of(norm_first=norm_first)
    source, lengths, inputs = pairs()
    whole = model(source, lengths, inputs)
    noise = torch.where(length_mask(lengths), source, 7)
    assert torch.equal(model(noise, lengths, inputs), whole)
    wider = F.pad(source, (0, 3), value=5)
    close(model(wider, lengths, inputs), whole)
    longer = F.pad(inputs, (0, 2), value=6)
    close(model(source, lengths, longer)[:, :5], whole)
    for row, n in enumerate(lengths):
        at = slice(row, row + 1)
        close(model(source[at, :n], lengths[at], inputs[at]), whole[at])


def test_a_source_without_tokens_is_no_error():
    model = model_of()
    source, _, inputs = pairs()
    lengths = torch.tensor([6, 0, 4])
    logits = model(source, lengths, inputs)
    assert logits.isfinite().all()
    logits.square().sum().backward()
    assert all(p.grad.isfinite().all() for p in model.parameters())
    nothing = torch.zeros(0, 1, dtype=torch.long)
    assert model(nothing, nothing[:, 0], nothing).shape == (0, 1, V)


@pytest.mark.parametrize("side", ["source", "target"])
def test_order_counts_on_both_sides(side):
    model = model_of()
    source, _, inputs = pairs()
    lengths = torch.full((3,), 6)
    whole = model(source, lengths, inputs)
    if side == "source":
        found = model(source.flip(1), lengths, inputs)
    else:
        flipped = torch.cat((inputs[:, :-1].flip(1), inputs[:, -1:]), 1)
        found = model(source, lengths, flipped)
    assert not torch.allclose(found[:, -1], whole[:, -1])


def test_dropout_is_where_the_paper_has_it():
    """After embeddings and positions are added, and after each part."""
    model = model_of(dropout=0.5)
    plain = model_of()
    batch = pairs()
    close(model.eval()(*batch), plain(*batch))
    found = []
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.register_forward_hook(lambda m, x, y: found.append(y))
    torch.manual_seed(1)
    dropped = model.train()(*batch)
    assert not torch.allclose(dropped, plain(*batch))
    assert len(found) == 2 + 2 * LAYERS + 3 * LAYERS
    assert all(0.2 < (y == 0).double().mean() < 0.8 for y in found)


def test_learns_to_reverse_sentences():
    torch.manual_seed(0)
    sentences = [torch.randint(3, V, (n % 4 + 2,)) for n in range(400)]
    model = Transformer(
        V, 32, num_heads=4, num_feedforward=64, num_layers=1, norm_first=True
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    batches = SentenceBatches(
        sentences, [s.flip(0) for s in sentences], batch_size=50, shuffle=True
    )
    for _ in range(60):
        for batch in batches:
            optimizer.zero_grad()
            loss = cross_entropy(model, batch).mean
            loss.backward()
            optimizer.step()
    assert loss < 0.1
    source = torch.tensor([[4, 5, 6, 7, 2]])
    state = model.encode(source, torch.tensor([5]))
    token, written = torch.tensor([[BEGIN]]), []
    with torch.no_grad():
        for _ in range(5):
            logits, state = model.read(token, state)
            token = logits.argmax(-1)
            written.append(token.item())
    assert written == [7, 6, 5, 4, 2]


def test_logits_start_about_as_large_as_one():
    """Vectors of length 1 score what the last norm makes sqrt(D) long."""
    torch.manual_seed(0)
    model = Transformer(
        500, 64, num_heads=4, num_feedforward=128, num_layers=2
    )
    x = torch.randint(500, (20, 9))
    logits = model(x, torch.full((20,), 9), x)
    assert logits.std().item() == pytest.approx(1, abs=0.2)
    embedded = model.embedding(x) * 64**0.5
    assert embedded.std().item() == pytest.approx(1, abs=0.1)


def test_what_is_wrong_is_named():
    for wrong in (
        {"num_layers": 0},
        {"num_feedforward": 0},
        {"source_size": 0},
        {"dropout": 1.0},
    ):
        name, value = next(iter(wrong.items()))
        with pytest.raises(ValueError, match=rf"{name}\W+{value}"):
            model_of(**wrong)
    with pytest.raises(ValueError, match=r"num_hidden'?: 9"):
        Transformer(V, 9, num_heads=3, num_feedforward=4, num_layers=1)
    with pytest.raises(ValueError, match=r"num_heads\s+\(=5\)"):
        model_of(num_heads=5)
    model, (source, lengths, inputs) = model_of(source_size=20), pairs()
    with pytest.raises(ValueError, match=r"\[0, 20\), got 3 to 20"):
        model(
            torch.full_like(source, 3).index_fill(1, lengths[1:2], 20),
            lengths,
            inputs,
        )
    with pytest.raises(ValueError, match=rf"\[0, {V}\), got -1"):
        model(source, lengths, inputs.clamp(max=0) - 1)
    with pytest.raises(ValueError, match=r"lengths must lie in \[0, 6\]"):
        model(source, lengths + 1, inputs)

"""The recurrent encoder-decoder against PyTorch's parts."""

import pytest
import torch
from torch import nn

from d2l.data.sentence_batches import BEGIN, END, SentenceBatches
from d2l.generate import generate
from d2l.losses import cross_entropy
from d2l.models.seq2seq import EncoderDecoder
from d2l.nn.recurrent import LSTMCell, RNNCell

S, T = 6, 5


def model_and_batch(**settings):
    torch.manual_seed(0)
    model = EncoderDecoder(11, 13, 8, num_embedding=4, **settings).double()
    source = torch.randint(3, 11, (3, S))
    lengths = torch.tensor([4, S, 1])
    inputs = torch.randint(3, 13, (3, T))
    return model, source, lengths, inputs


class Reference(nn.Module):
    """The same of `torch.nn`, for one sentence at a time."""

    def __init__(self, model, kind, num_layers):
        super().__init__()
        self.model = model
        self.encoder = kind(4, 8, num_layers, batch_first=True).double()
        self.decoder = kind(12, 8, num_layers, batch_first=True).double()
        for ours, theirs in (
            (model.encoder, self.encoder),
            (model.decoder, self.decoder),
        ):
            weights = [
                w for layer in ours.layers for w in layer.cell.weights()
            ]
            for mine, its in zip(weights, theirs.parameters(), strict=True):
                its.data = mine.data.clone()

    def forward(self, source, length, inputs):
        x = self.model.source_embedding(source[None, :length])
        _, state = self.encoder(x)
        h = state[0] if isinstance(state, tuple) else state
        y = self.model.target_embedding(inputs[None])
        context = h[-1][:, None].repeat(1, len(inputs), 1)
        y, _ = self.decoder(torch.cat((y, context), 2), state)
        return self.model.output(y)[0]


@pytest.mark.parametrize("num_layers", [1, 2])
@pytest.mark.parametrize(
    ("cell", "kind"),
    [(None, nn.GRU), (LSTMCell, nn.LSTM), (RNNCell, nn.RNN)],
)
def test_equals_pytorchs_parts(cell, kind, num_layers):
    settings = {"num_layers": num_layers} | ({"cell": cell} if cell else {})
    model, source, lengths, inputs = model_and_batch(**settings)
    reference = Reference(model, kind, num_layers)
    rows = zip(source, lengths.tolist(), inputs, strict=True)
    wanted = torch.stack([reference(*row) for row in rows])
    found = model(source, lengths, inputs)
    torch.testing.assert_close(found, wanted)

    towards = torch.randn_like(found)
    (wanted * towards).sum().backward()
    of_encoder = [p.grad.clone() for p in reference.encoder.parameters()]
    of_output = model.output.weight.grad.clone()
    model.zero_grad()
    (found * towards).sum().backward()
    weights = [w for part in model.encoder.layers for w in part.cell.weights()]
    for mine, its in zip(weights, of_encoder, strict=True):
        torch.testing.assert_close(mine.grad, its)
    torch.testing.assert_close(model.output.weight.grad, of_output)


@pytest.mark.parametrize("num_layers", [1, 2])
def test_number_of_parameters(num_layers):
    model = EncoderDecoder(
        100, 200, 16, num_embedding=8, num_layers=num_layers
    )
    V, E, D, L = 200, 8, 16, num_layers
    gru = (3 * D * (E + D + 2), 3 * D * (E + D + D + 2))
    upper = 2 * (L - 1) * 3 * D * (D + D + 2)
    counted = 100 * E + V * E + sum(gru) + upper + V * (D + 1)
    assert sum(p.numel() for p in model.parameters()) == counted


def test_padding_changes_nothing():
    model, source, lengths, inputs = model_and_batch(num_layers=2)
    other = source.clone()
    for row, length in zip(other, lengths.tolist(), strict=True):
        row[length:] = 3
    assert torch.equal(
        model(source, lengths, inputs), model(other, lengths, inputs)
    )


def test_later_inputs_change_nothing_earlier():
    model, source, lengths, inputs = model_and_batch()
    other = inputs.clone()
    other[:, 3:] = 3
    before, after = (model(source, lengths, x) for x in (inputs, other))
    assert torch.equal(before[:, :3], after[:, :3])
    assert not torch.equal(before[:, 3:], after[:, 3:])


def test_read_in_parts_as_in_one_go():
    model, source, lengths, inputs = model_and_batch(num_layers=2)
    state = model.encode(source, lengths)
    parts = []
    for t in range(T):
        logits, state = model.read(inputs[:, t : t + 1], state)
        parts.append(logits)
    torch.testing.assert_close(
        torch.cat(parts, 1), model(source, lengths, inputs)
    )


def test_dropout_only_in_training():
    model, *batch = model_and_batch(dropout=0.5)
    assert not torch.equal(model(*batch), model(*batch))
    model.eval()
    plain, *_ = model_and_batch()
    assert torch.equal(model(*batch), plain(*batch))


def test_dropout_works_where_it_is_said(monkeypatch):
    model, *batch = model_and_batch(num_layers=3, dropout=0.5)
    seen = []
    monkeypatch.setattr(
        nn.Dropout, "forward", lambda self, x: seen.append(x.shape) or x
    )
    model(*batch)
    ends = [(3, S, 4), (3, T, 4), (3, T, 8)]
    between = [(3, S, 8), (3, S, 8), (3, T, 8), (3, T, 8)]
    assert sorted(seen) == sorted(ends + between)


def test_tied_vectors_score_their_tokens():
    model, *batch = model_and_batch(tied=True)
    model.bias.data.normal_()
    found = model(*batch)
    plain, *_ = model_and_batch()
    states = {k: v for k, v in model.state_dict().items() if k != "bias"}
    vectors = states["target_embedding.weight"]
    states["output.weight"] = vectors @ states["output.weight"]
    states["output.bias"] = model.bias.data
    plain.load_state_dict(states)
    torch.testing.assert_close(found, plain(*batch))
    assert sum(p.numel() for p in model.parameters()) == sum(
        p.numel() for p in plain.parameters()
    ) - (8 * 13 - 8 * 4)


def test_tied_starts_about_as_sure_as_guessing():
    model = EncoderDecoder(50, 1000, 64, num_embedding=32, tied=True)
    source, inputs = torch.ones(2, 5).long(), torch.ones(2, 4).long()
    p = model(source, torch.tensor([5, 3]), inputs).softmax(-1)
    assert p.max() < 3 / 1000


def test_learns_to_write_backwards():
    torch.manual_seed(0)
    model = EncoderDecoder(7, 7, 32, num_embedding=8)
    sources = [torch.randint(3, 7, (1 + i % 4,)) for i in range(200)]
    batches = SentenceBatches(
        sources, [x.flip(0) for x in sources], batch_size=40, shuffle=True
    )
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    for _ in range(60):
        for batch in batches:
            optimizer.zero_grad()
            cross_entropy(model, batch).mean.backward()
            optimizer.step()
    state = model.encode(torch.tensor([[3, 5, 4, END]]), torch.tensor([4]))
    found = generate(
        model,
        torch.tensor([[BEGIN]]),
        8,
        state=state,
        temperature=0,
        stop=END,
    )
    assert found.tolist() == [[BEGIN, 4, 5, 3, END]]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"num_hidden": 0}, "'num_hidden': 0"),
        ({"num_layers": 0}, "'num_layers': 0"),
        ({"dropout": 1.0}, "dropout=1.0"),
    ],
)
def test_bad_settings(changes, message):
    settings = {"num_hidden": 8, "num_embedding": 4, **changes}
    with pytest.raises(ValueError, match=message):
        EncoderDecoder(5, 5, **settings)


def test_unknown_tokens():
    model, source, lengths, inputs = model_and_batch()
    with pytest.raises(ValueError, match=r"\[0, 11\), got .* to 11"):
        model(source.clamp(min=11), lengths, inputs)
    with pytest.raises(ValueError, match=r"\[0, 13\), got -1 to"):
        model(source, lengths, inputs - inputs.min() - 1)

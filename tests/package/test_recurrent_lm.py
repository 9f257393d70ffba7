"""The recurrent language model, and the state that it carries."""

import pytest
import torch
from torch import nn

from d2l.data.running_text import Streams, Windows
from d2l.losses import CarriedCrossEntropy, cross_entropy
from d2l.metrics import perplexity
from d2l.models.recurrent_lm import RecurrentLM
from d2l.nn.recurrent import GRUCell, LSTMCell, RNNCell
from d2l.train.checkpoint import resume, save
from d2l.train.trainer import Trainer

V = 11
TEXT = (torch.arange(400) ** 2 % 31 % V + torch.arange(400)) % V


def model_of(cell=LSTMCell, **settings):
    torch.manual_seed(3)
    return RecurrentLM(V, 8, cell=cell, **settings)


@pytest.mark.parametrize("num_embedding", [None, 5])
def test_equals_the_layers_of_torch(num_embedding):
    """Logits, gradients and one step of training, in double precision."""
    ours = model_of(num_layers=2, num_embedding=num_embedding).double()
    embedding = nn.Embedding.from_pretrained(
        torch.eye(V).double() if num_embedding is None else torch.empty(V, 5),
        freeze=num_embedding is None,
    )
    theirs = nn.ModuleList(
        [
            embedding,
            nn.LSTM(num_embedding or V, 8, num_layers=2, batch_first=True),
            nn.Linear(8, V),
        ]
    ).double()
    pairs = list(
        zip(
            ours.parameters(),
            [p for p in theirs.parameters() if p.requires_grad],
            strict=True,
        )
    )
    # Ours has, of each layer, weight and bias of the input before the state.
    order = [0, 2, 1, 3]
    start = 0 if num_embedding is None else 1
    mine = [p for p, _ in pairs]
    for layer in range(2):
        at = start + 4 * layer
        mine[at : at + 4] = [mine[at + i] for i in order]
    their = [p for _, p in pairs]
    with torch.no_grad():
        for a, b in zip(mine, their, strict=True):
            b.copy_(a)

    def reference(x):
        return theirs[2](theirs[1](theirs[0](x))[0])

    x, y = torch.randint(V, (2, 4, 6))
    close = {"rtol": 1e-10, "atol": 1e-10}
    torch.testing.assert_close(ours(x), reference(x), **close)
    for f, parameters in ((ours, mine), (reference, their)):
        cross_entropy(f, (x, y)).mean.backward()
        torch.optim.SGD(parameters, lr=0.1).step()
    for a, b in zip(mine, their, strict=True):
        torch.testing.assert_close(a.grad, b.grad, **close)
        torch.testing.assert_close(a, b, **close)


@pytest.mark.parametrize("cell", [RNNCell, GRUCell, LSTMCell])
def test_reading_on_equals_reading_at_once(cell):
    model = model_of(cell, num_layers=2).double()
    x = torch.randint(V, (3, 9))
    whole, _ = model.read(x)
    state, found = None, []
    for part in x.split((4, 1, 4), 1):
        logits, state = model.read(part, state)
        found.append(logits)
    torch.testing.assert_close(torch.cat(found, 1), whole)
    changed = x.clone()
    changed[:, 5] = (changed[:, 5] + 1) % V
    assert torch.equal(model(changed)[:, :5], whole[:, :5]), "causal"
    assert not torch.equal(model(changed)[:, 5:], whole[:, 5:])


def test_the_loss_with_a_state_is_that_of_the_whole_text():
    model, loss = model_of().double(), CarriedCrossEntropy()
    parts = [loss(model, b) for b in Streams(TEXT, length=7, batch_size=3)]
    (whole,) = Streams(TEXT, length=133, batch_size=3)
    expected = cross_entropy(model, whole[:2])
    torch.testing.assert_close(sum(p.sum for p in parts), expected.sum)
    assert sum(p.count for p in parts) == expected.count == 399
    without = [
        cross_entropy(model, b[:2])
        for b in Streams(TEXT, length=7, batch_size=3)
    ]
    assert not torch.isclose(sum(p.sum for p in without), expected.sum)


def test_evaluation_and_a_new_epoch_leave_the_state_of_training_alone():
    model, loss = model_of(), CarriedCrossEntropy()
    first, second, *_ = Streams(TEXT, length=7, batch_size=3)
    loss(model, first)
    expected = loss(model, second).sum
    loss(model, first)
    loss.eval()
    for other in Streams(TEXT.flip(0), length=5, batch_size=2):
        loss(model, other)
    loss.train()
    found = loss(model, second)
    assert torch.equal(found.sum, expected)
    assert not loss.states[True][0][0].requires_grad
    alone = cross_entropy(model, first[:2]).sum
    torch.testing.assert_close(loss(model, first).sum, alone)


def trainer_of(batches, callbacks=()):
    model = model_of(GRUCell)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    return Trainer(
        model,
        CarriedCrossEntropy(),
        optimizer,
        metrics={"perplexity": perplexity},
        callbacks=callbacks,
    )


def test_a_run_resumed_in_the_middle_of_an_epoch_equals_one_without(tmp_path):
    batches = Streams(TEXT, length=7, batch_size=3)
    assert len(batches) == 19
    whole = trainer_of(batches)
    history = whole.fit(batches, steps=25, every=5, validation=batches)
    assert history[-1]["val_perplexity"] < history[0]["val_perplexity"]
    half = trainer_of(batches)
    half.fit(batches, steps=12, every=5, validation=batches)
    save(half, tmp_path / "run.pt")
    other = trainer_of(batches)
    resume(other, tmp_path / "run.pt")
    other.fit(batches, steps=25, every=5, validation=batches)
    for one, two in zip(
        other.model.parameters(), whole.model.parameters(), strict=True
    ):
        assert torch.equal(one, two)


@pytest.mark.parametrize("cell", [RNNCell, GRUCell, LSTMCell])
def test_learns_a_text(cell):
    model = model_of(cell, num_embedding=6)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.03)
    trainer = Trainer(model, cross_entropy, optimizer)
    text = torch.arange(300) % 7 % 4  # what follows 0, 1, 2 depends on more
    train = Windows(text, length=20, batch_size=5, shuffle=True)
    trainer.fit(train, epochs=40)
    assert trainer.history[-1]["train_loss"] < 0.35


def test_what_is_wrong_is_named():
    for size in ({"num_layers": 0}, {"num_embedding": -1}):
        name, value = next(iter(size.items()))
        with pytest.raises(ValueError, match=f"{name}={value}"):
            model_of(**size)
    model = model_of()
    for token in (-1, V):
        with pytest.raises(ValueError, match=rf"\[0, {V}\), got .*{token}"):
            model(torch.tensor([[0, token]]))
    with pytest.raises(ValueError, match="dropout=1"):
        model_of(dropout=1)

"""Drawn tokens against probabilities reckoned by hand."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from d2l.generate import generate, probabilities
from d2l.models.ngram import NGram
from d2l.models.recurrent_lm import RecurrentLM

LOGITS = torch.tensor([0.1, 0.4, 0.05, 0.25, 0.2], dtype=torch.double).log()
some_logits = st.lists(st.floats(-5, 5), min_size=1, max_size=9)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, [0.1, 0.4, 0.05, 0.25, 0.2]),
        ({"temperature": 0}, [0, 1, 0, 0, 0]),
        ({"top_k": 1}, [0, 1, 0, 0, 0]),
        ({"top_k": 2}, [0, 40 / 65, 0, 25 / 65, 0]),
        ({"top_k": 9}, [0.1, 0.4, 0.05, 0.25, 0.2]),
        ({"top_p": 0.39}, [0, 1, 0, 0, 0]),
        ({"top_p": 0.41}, [0, 40 / 65, 0, 25 / 65, 0]),
        ({"top_p": 0.7}, [0, 40 / 85, 0, 25 / 85, 20 / 85]),
        ({"top_p": 1.0}, [0.1, 0.4, 0.05, 0.25, 0.2]),
        # Of 3 the first makes up 40/85 by itself, the first two 65/85.
        ({"top_k": 3, "top_p": 0.6}, [0, 40 / 65, 0, 25 / 65, 0]),
        (
            {"temperature": 0.5},
            [p * p / 0.275 for p in (0.1, 0.4, 0.05, 0.25, 0.2)],
        ),
    ],
)
def test_probabilities_by_hand(settings, expected):
    found = probabilities(LOGITS, **settings)
    assert found.tolist() == pytest.approx(expected)
    shifted = probabilities(torch.stack((LOGITS, LOGITS + 7)), **settings)
    assert shifted[1].tolist() == pytest.approx(expected)


@given(some_logits, st.integers(1, 10), st.floats(0.01, 1))
def test_what_stays_is_the_head_of_the_ranking(logits, top_k, top_p):
    logits = torch.tensor(logits, dtype=torch.double)
    p = logits.softmax(-1)
    few = probabilities(logits, top_k=top_k)
    assert (few > 0).sum() == min(top_k, len(p))
    nucleus = probabilities(logits, top_p=top_p)
    for found in (few, nucleus):
        assert found.sum() == pytest.approx(1)
        stays = found > 0
        assert not (~stays).any() or p[stays].min() >= p[~stays].max() - 1e-12
        torch.testing.assert_close(found[stays], p[stays] / p[stays].sum())
    stays = nucleus > 0
    assert p[stays].sum() >= top_p - 1e-9
    smallest = p[stays].min()
    assert p[stays].sum() - smallest < top_p + 1e-9, "no token too many"


def test_of_equal_probabilities_the_first_stay():
    assert probabilities(torch.zeros(4), top_k=2).tolist() == [0.5, 0.5, 0, 0]
    assert probabilities(torch.zeros(4), temperature=0).tolist()[0] == 1


class Chain:
    """Draws tokens from a table, and counts what it reads."""

    def __init__(self, table):
        self.logits = torch.tensor(table).log()
        self.read_tokens = 0

    def read(self, x, state=None):
        self.read_tokens += x.shape[1]
        return self.logits[x], x[:, -1]


def test_sequences_come_as_often_as_they_are_probable():
    table = [[0.1, 0.6, 0.3], [0.5, 0.25, 0.25], [0.2, 0.2, 0.6]]
    n = 20_000
    found = generate(Chain(table), torch.zeros(n, 1).long(), 2, seed=4)
    for a in range(3):
        for b in range(3):
            p = table[0][a] * table[a][b]
            share = (found == torch.tensor([0, a, b])).all(1).float().mean()
            spread = math.sqrt(p * (1 - p) / n)
            assert share.item() == pytest.approx(p, abs=4 * spread)


def test_a_seed_means_the_same_text_whatever_else_was_drawn():
    chain = Chain([[0.5, 0.5], [0.5, 0.5]])
    prompt = torch.zeros(3, 2).long()
    state = torch.get_rng_state()
    first = generate(chain, prompt, 40, seed=1)
    assert torch.equal(torch.get_rng_state(), state)
    torch.rand(3)
    assert torch.equal(generate(chain, prompt, 40, seed=1), first)
    assert not torch.equal(generate(chain, prompt, 40, seed=2), first)
    assert first.shape == (3, 42) and torch.equal(first[:, :2], prompt)
    assert not torch.equal(first[0], first[1]), "rows differ"


def test_each_token_is_read_once():
    chain = Chain([[0.5, 0.5], [0.5, 0.5]])
    generate(chain, torch.zeros(2, 5).long(), 7)
    assert chain.read_tokens == 5 + 6
    same = torch.zeros(2, 3).long()
    assert torch.equal(generate(chain, same, 0), same)


def test_rows_end_where_they_stop():
    chain = Chain([[0.0, 0.5, 0.5], [0.4, 0.6, 0.0], [0.0, 0.0, 1.0]])
    found = generate(chain, torch.zeros(50, 1).long(), 30, stop=0, seed=3)
    for row in found[:, 1:].tolist():
        if 0 in row:
            assert set(row[row.index(0) :]) == {0}
    ended = generate(
        Chain([[1.0, 0.0]] * 2), torch.ones(2, 1).long(), 9, stop=0
    )
    assert ended.tolist() == [[1, 0], [1, 0]]


def models():
    torch.manual_seed(2)
    text = torch.randint(6, (300,))
    yield NGram(text, order=3, vocab_size=6)
    yield RecurrentLM(6, 12, num_layers=2).double()


@pytest.mark.parametrize("model", list(models()), ids=["n-gram", "recurrent"])
@pytest.mark.parametrize("settings", [{"temperature": 0}, {"top_k": 3}, {}])
def test_a_state_gives_what_reading_all_again_gives(model, settings):
    prompt = torch.randint(6, (4, 3))
    found = generate(model, prompt, 10, seed=5, **settings)

    class Forgetful:
        def read(self, x, state=None):
            seen = x if state is None else torch.cat((state, x), 1)
            return model(seen), seen

    assert torch.equal(
        found, generate(Forgetful(), prompt, 10, seed=5, **settings)
    )
    if settings == {"temperature": 0}:
        for t in range(3, 13):
            best = model(found[:, :t])[:, -1].argmax(-1)
            assert torch.equal(found[:, t], best)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"temperature": -0.1}, r"temperature \(=-0.1\)"),
        ({"top_k": 0}, r"top_k \(=0\)"),
        ({"top_p": 0.0}, r"top_p \(=0.0\)"),
        ({"top_p": 1.1}, r"top_p \(=1.1\)"),
    ],
)
def test_wrong_settings_are_named(settings, message):
    with pytest.raises(ValueError, match=message):
        probabilities(LOGITS, **settings)
    with pytest.raises(ValueError, match=message):
        generate(Chain([[1.0]]), torch.zeros(1, 1).long(), 2, **settings)


@pytest.mark.parametrize(
    ("shape", "n"), [((2, 0), 1), ((3,), 1), ((1, 1), -1)]
)
def test_wrong_prompts_are_named(shape, n):
    with pytest.raises(ValueError, match=r"prompt .*num_tokens >= 0"):
        generate(Chain([[1.0]]), torch.zeros(shape).long(), n)

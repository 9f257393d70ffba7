"""The n-gram model against its formula, and an example by hand."""

import math
from collections import Counter, defaultdict
from fractions import Fraction

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from d2l.losses import cross_entropy
from d2l.models.ngram import NGram

texts = st.lists(st.integers(0, 3), min_size=5, max_size=60)


class Literally:
    """Kneser-Ney smoothing as its formula says, with dictionaries."""

    def __init__(self, tokens, order, vocab_size, discount):
        self.vocab_size = vocab_size
        self.counts, self.discounts = {}, {}
        for n in range(1, order + 1):
            grams = [
                tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1)
            ]
            counts = Counter(grams)
            if n < order:
                before = defaultdict(set)
                for i in range(len(tokens) - n):
                    gram = tuple(tokens[i + 1 : i + 1 + n])
                    before[gram].add(tokens[i])
                counts = {gram: len(seen) for gram, seen in before.items()}
            once = sum(c == 1 for c in counts.values())
            twice = sum(c == 2 for c in counts.values())
            d = once / (once + 2 * twice) if once and twice else 0.5
            self.counts[n] = counts
            self.discounts[n] = d if discount is None else discount

    def probability(self, history, token):
        p = 1 / self.vocab_size
        for n in range(1, min(len(self.counts), len(history) + 1) + 1):
            context = tuple(history[len(history) - n + 1 :])
            after = {
                g[-1]: c
                for g, c in self.counts[n].items()
                if g[:-1] == context
            }
            if after:
                d, total = self.discounts[n], sum(after.values())
                kept = max(after.get(token, 0) - d, 0) if token in after else 0
                p = kept / total + d * len(after) / total * p
        return p


@given(texts, st.integers(1, 4), st.sampled_from([None, 0.3, 0.75]))
def test_equals_the_formula(tokens, order, discount):
    """With a token, 4, that never occurs."""
    model = NGram(
        torch.tensor(tokens), order=order, vocab_size=5, discount=discount
    )
    literally = Literally(tokens, order, 5, discount)
    x = torch.randint(5, (2, 6))
    found = model(x).exp()
    assert found.shape == (2, 6, 5) and found.dtype == torch.double
    for b in range(2):
        for t in range(6):
            history = x[b, : t + 1].tolist()
            expected = [literally.probability(history, w) for w in range(5)]
            assert found[b, t].tolist() == pytest.approx(expected, rel=1e-12)


@given(texts, st.integers(1, 4), st.integers(4, 9))
def test_probabilities_of_every_context_sum_to_one(tokens, order, vocab_size):
    model = NGram(torch.tensor(tokens), order=order, vocab_size=vocab_size)
    x = torch.randint(vocab_size, (3, 8))
    p = model(x).exp()
    assert (p > 0).all()
    torch.testing.assert_close(p.sum(-1), torch.ones(3, 8).double())


def test_by_hand():
    """The text a b c b a c b; a is 0. Each number was reckoned on paper.

    Bigrams: ab 1, bc 1, cb 2, ba 1, ac 1. Different tokens before a: 1
    (b), before b: 2 (a, c), before c: 2 (b, a); 5 in all. With discount
    1/2: P(a) = (1 - 1/2)/5 + 3/10 * 1/4, of four tokens one never occurs.
    """
    text = torch.tensor([0, 1, 2, 1, 0, 2, 1])
    model = NGram(text, order=2, vocab_size=4, discount=0.5)
    low = [Fraction(7, 40), Fraction(3, 8), Fraction(3, 8), Fraction(3, 40)]
    assert sum(low) == 1
    after_c = [Fraction(1, 4) * p for p in low]
    after_c[1] += Fraction(3, 4)  # (2 - 1/2) / 2
    after_b = [Fraction(1, 2) * p for p in low]
    after_b[0] += Fraction(1, 4)
    after_b[2] += Fraction(1, 4)
    for token, expected in ((2, after_c), (1, after_b), (3, low)):
        found = model(torch.tensor([[token]])).exp()[0, 0].tolist()
        assert found == pytest.approx([float(p) for p in expected])


def test_what_was_counted_in_front_matters_not_how_often():
    """Francisco is frequent, and only after San."""
    san, francisco, glasses, a, b, c, end = range(7)
    text = [san, francisco, end] * 9
    text += [a, glasses, end, b, glasses, end, c, glasses, end]
    model = NGram(torch.tensor(text), order=2, vocab_size=8)
    p = model(torch.tensor([[7]])).exp()[0, 0]  # after what never occurred
    assert p[glasses] > 2 * p[francisco]
    assert model(torch.tensor([[san]])).exp()[0, 0, francisco] > 0.9


@given(texts, st.integers(1, 4), st.integers(1, 5))
def test_a_state_goes_on_where_it_was_left(tokens, order, cut):
    model = NGram(torch.tensor(tokens), order=order, vocab_size=4)
    x = torch.randint(4, (2, 6))
    whole, end = model.read(x)
    first, state = model.read(x[:, :cut])
    second, last = model.read(x[:, cut:], state)
    assert torch.equal(torch.cat((first, second), 1), whole)
    assert torch.equal(last, end) and end.shape == (2, order - 1)


def test_scores_are_those_of_the_targets():
    model = NGram(torch.randint(6, (500,)), order=3, vocab_size=6)
    x = torch.randint(6, (2, 51))
    found = model.score(x[:, :-1], x[:, 1:])
    everything = model(x[:, :-1])
    expected = everything.gather(-1, x[:, 1:, None])[..., 0]
    torch.testing.assert_close(found, expected)
    loss = cross_entropy(model, (x[:, :-1], x[:, 1:]))
    torch.testing.assert_close(loss.sum, -found.sum())


def test_longer_contexts_help_and_never_ruin():
    """Of a chain of order 2 a trigram model knows all, a unigram little."""
    torch.manual_seed(0)
    chances = torch.rand(6, 6, 6).pow(6) + 0.01
    tokens = [0, 1]
    for _ in range(8_000):
        p = chances[tokens[-2], tokens[-1]]
        tokens.append(int(torch.multinomial(p, 1)))
    text = torch.tensor(tokens)
    train, test = text[:6_000], text[None, 6_000:]

    def nats(order):
        model = NGram(train, order=order, vocab_size=6)
        return -model.score(test[:, :-1], test[:, 1:]).mean().item()

    found = [nats(order) for order in range(1, 6)]
    assert found[0] < math.log(6) + 0.01
    assert found[1] < found[0] - 0.02 and found[2] < found[1] - 0.3
    assert found[2] < min(found[3:]) < found[2] + 0.1


@pytest.mark.parametrize(
    ("tokens", "settings", "message"),
    [
        ([], {}, r"at least 2 tokens, got \(0,\)"),
        ([0], {}, r"at least 2 tokens, got \(1,\)"),
        ([[0, 1]], {}, r"vector.*\(1, 2\)"),
        ([0, 5, 1], {}, r"\[0, 5\), got 0 to 5"),
        ([0, -1, 1], {}, r"\[0, 5\), got -1 to 1"),
        ([0, 1, 2], {"order": 0}, r"order \(=0\)"),
        ([0, 1, 2], {"discount": 1.0}, r"discount \(=1.0\)"),
        ([0, 1, 2], {"order": 30}, "30-grams of 5"),
    ],
)
def test_what_is_wrong_is_named(tokens, settings, message):
    settings = {"order": 2, "vocab_size": 5} | settings
    with pytest.raises(ValueError, match=message):
        NGram(torch.tensor(tokens, dtype=torch.long), **settings)


def test_tokens_out_of_the_vocabulary_are_refused():
    model = NGram(torch.tensor([0, 1, 0]), order=2, vocab_size=2)
    with pytest.raises(ValueError, match=r"\[0, 2\), got 1 to 2"):
        model(torch.tensor([[1, 2]]))
    with pytest.raises(ValueError, match="got -100 to 0"):
        model.score(torch.tensor([[0, 1]]), torch.tensor([[0, -100]]))

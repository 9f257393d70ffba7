"""Beam search against a search through everything."""

import itertools

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from d2l.beam_search import beam_search
from d2l.generate import generate
from d2l.models.recurrent_lm import RecurrentLM

STOP = 0


class Table:
    """Tokens whose probabilities depend on the last two, drawn by a seed."""

    def __init__(self, vocab_size, seed, sharpness=2.0):
        generator = torch.Generator().manual_seed(seed)
        self.logits = sharpness * torch.randn(
            3, vocab_size, vocab_size, generator=generator, dtype=torch.double
        )

    def read(self, x, state=None):
        """The state counts tokens modulo 3, as a tree of several kinds."""
        at = torch.zeros(len(x), dtype=torch.long) if state is None else None
        at = state["at"][0] if at is None else at
        places = (at[:, None] + torch.arange(x.shape[1])) % 3
        after = (at + x.shape[1]) % 3
        return self.logits[places, x], {"at": (after, None)}


def all_continuations(model, prompt, num_tokens, vocab_size, power):
    """Every continuation with its score, the best first."""
    found = []
    for tokens in itertools.product(range(vocab_size), repeat=num_tokens):
        length = tokens.index(STOP) + 1 if STOP in tokens else num_tokens
        if any(t != STOP for t in tokens[length:]):
            continue
        text = torch.cat((prompt, torch.tensor([tokens])), 1)
        logits, _ = model.read(text)
        log_p = logits.log_softmax(-1)[0, prompt.shape[1] - 1 : -1]
        total = sum(log_p[i, tokens[i]].item() for i in range(length))
        found.append((total / length**power, total, list(tokens)))
    return sorted(found, reverse=True)


@pytest.mark.parametrize("power", [0.0, 0.6, 1.0])
@pytest.mark.parametrize(
    ("vocab_size", "num_tokens"), [(2, 4), (3, 3), (4, 2)]
)
def test_wide_enough_it_is_exhaustive(vocab_size, num_tokens, power):
    for seed in range(5):
        model = Table(vocab_size, seed)
        prompt = torch.tensor([[1, seed % vocab_size]])
        wanted = all_continuations(
            model, prompt, num_tokens, vocab_size, power
        )
        found = beam_search(
            model,
            prompt,
            num_tokens,
            width=len(wanted),
            stop=STOP,
            length_power=power,
        )
        scores, totals, tokens = zip(*wanted, strict=True)
        assert found.tokens[0].tolist() == list(tokens)
        assert found.scores[0].tolist() == pytest.approx(scores)
        assert found.log_probs[0].tolist() == pytest.approx(totals)


@given(st.integers(0, 1000), st.integers(2, 6), st.integers(1, 8))
def test_of_width_one_it_is_greedy(seed, vocab_size, num_tokens):
    model = Table(vocab_size, seed)
    prompt = torch.tensor([[1], [0], [vocab_size - 1]])
    greedy = generate(model, prompt, num_tokens, temperature=0, stop=STOP)
    for power in (0.0, 1.0):
        found = beam_search(
            model, prompt, num_tokens, width=1, stop=STOP, length_power=power
        )
        assert torch.equal(found.tokens[:, 0], greedy[:, 1:])


def by_hand(model, prompt, num_tokens, vocab_size, width):
    """Search with lists of one prompt's continuations, the slow way."""
    live, done = [(0.0, [])], []
    for _ in range(num_tokens):
        longer = []
        for total, tokens in live:
            text = torch.cat((prompt, torch.tensor([tokens]).long()), 1)
            log_p = model.read(text)[0].log_softmax(-1)[0, -1].tolist()
            longer += [
                (total + log_p[t], [*tokens, t]) for t in range(vocab_size)
            ]
        best = sorted(longer, reverse=True)[: width - len(done)]
        live = [pair for pair in best if pair[1][-1] != STOP]
        done += [pair for pair in best if pair[1][-1] == STOP]
        if len(done) == width or not live:
            break
    return sorted(live + done, reverse=True)


@given(st.integers(0, 1000), st.integers(2, 7))
def test_narrow_beams_are_those_of_a_slow_search(seed, width):
    model, prompt = Table(5, seed), torch.tensor([[seed % 5]])
    wanted = by_hand(model, prompt, 6, 5, width)
    found = beam_search(model, prompt, 6, width=width, stop=STOP)
    n = len(wanted)
    assert found.log_probs[0, :n].tolist() == pytest.approx(
        [total for total, _ in wanted]
    )
    for row, (_, tokens) in zip(
        found.tokens[0].tolist(), wanted, strict=False
    ):
        assert row[: len(tokens)] == tokens
        assert set(row[len(tokens) :]) <= {STOP}


def test_each_prompt_is_searched_for_itself():
    model = Table(6, 3)
    prompts = torch.tensor([[1, 2], [3, 3], [0, 5]])
    together = beam_search(model, prompts, 5, width=4, stop=STOP)
    for i in range(3):
        alone = beam_search(model, prompts[i : i + 1], 5, width=4, stop=STOP)
        T = alone.tokens.shape[2]
        assert torch.equal(together.tokens[i, :, :T], alone.tokens[0])
        torch.testing.assert_close(together.scores[i], alone.scores[0])


def test_the_state_of_a_recurrent_network_goes_with_its_beam():
    torch.manual_seed(0)
    model = RecurrentLM(7, 12, num_layers=2).double()
    for p in model.parameters():
        p.data *= 4  # so that the past matters
    x = torch.tensor([[3, 1, 2], [5, 5, 4]])
    _, state = model.read(x[:, :-1])
    found = beam_search(model, x[:, -1:], 6, width=5, stop=STOP, state=state)
    assert len(found.tokens.unique()) > 2
    again = beam_search(model, x, 6, width=5, stop=STOP)
    assert torch.equal(found.tokens, again.tokens)
    for i, k in itertools.product(range(2), range(5)):
        tokens = found.tokens[i, k]
        log_p = model(torch.cat((x[i], tokens))[None]).log_softmax(-1)[0, 2:]
        ends = (tokens == STOP).nonzero()
        length = int(ends[0]) + 1 if len(ends) else len(tokens)
        total = sum(log_p[t, tokens[t]] for t in range(length))
        torch.testing.assert_close(found.log_probs[i, k], total)


def test_the_drawn_go_on_from_a_state_too():
    torch.manual_seed(0)
    model = RecurrentLM(7, 12)
    for p in model.parameters():
        p.data *= 4  # so that the past matters
    x = torch.tensor([[3, 1, 2]] * 50)
    _, state = model.read(x[:, :-1])
    whole = generate(model, x, 8, seed=1)
    parts = generate(model, x[:, -1:], 8, state=state, seed=1)
    assert torch.equal(whole[:, 2:], parts)
    assert not torch.equal(parts, generate(model, x[:, -1:], 8, seed=1))


def test_what_is_missing_has_no_score():
    found = beam_search(
        Table(2, 0), torch.tensor([[1]]), 1, width=5, stop=STOP
    )
    assert torch.isfinite(found.scores[0]).tolist() == [True] * 2 + [False] * 3


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"width": 0}, r"width \(=0\)"),
        ({"num_tokens": 0}, r"num_tokens \(=0\)"),
        ({"length_power": -1.0}, r"length_power \(=-1.0\)"),
        ({"stop": 4}, r"stop \(=4\) is no token in \[0, 4\)"),
        ({"prompt": torch.empty(1, 0, dtype=torch.long)}, r"\(1, 0\)"),
    ],
)
def test_bad_settings(changes, message):
    settings = {
        "prompt": torch.tensor([[1]]),
        "num_tokens": 3,
        "width": 2,
        "stop": STOP,
        **changes,
    }
    with pytest.raises(ValueError, match=message):
        beam_search(Table(4, 0), **settings)

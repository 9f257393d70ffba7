"""BLEU and chrF against fixed scores of sacreBLEU, and by properties.

The scores are those of sacreBLEU 2.6.0, of the same texts: `corpus_score` of
`BLEU(tokenize="none", smooth_method="none", force=True)` after both sides
were cut by `d2l.text.sentences.cut` and joined by spaces, and of `CHRF()` of
the texts as they stand. The sentences are our own.
"""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from d2l.metrics import Metric
from d2l.text.scores import Bleu, ChrF, bleu, chrf

CASES = [
    (
        ["The dog ran home."],
        [["The dog ran back home."]],
        0.0,
        59.31686519948626,
    ),
    (
        ["It ran all the way."],
        [["It ran all the day."]],
        53.7284965911771,
        74.37895437895436,
    ),
    (
        [
            "The cat sat on the mat.",
            "He has gone home again",
            "我们学习深度学习。",
        ],
        [
            ["The cat sat upon the mat.", "The cat is sitting on the mat."],
            ["He went home again."],
            ["我们在学习深度学习。", "我们学深度学习。"],
        ],
        64.763820641152,
        64.32026612783267,
    ),
    (
        [
            "Il n'est pas là, peut-être.",
            "Elle part demain matin à huit heures.",
            "Oui.",
        ],
        [
            ["Il n'est peut-être pas là."],
            [
                "Elle partira demain matin à huit heures.",
                "Demain matin, elle part à huit heures.",
            ],
            ["Si."],
        ],
        49.213317246284156,
        78.35759670679973,
    ),
    (
        ["one two three four five six seven", "one"],
        [["one two three four five six seven eight nine"], ["one two three"]],
        60.653065971263366,
        65.76608825808023,
    ),
    (
        ["", "yes , yes , yes , yes , yes"],
        [
            ["nothing was said here"],
            ["yes , yes , no , yes", "yes , yes , yes"],
        ],
        37.40548510898885,
        37.44215334727201,
    ),
]

some_words = st.lists(st.sampled_from(["a", "bb", "the", "dog", ",", "."]))
sentences = some_words.map(" ".join)
full = st.lists(
    st.sampled_from(["a", "bb", "the", "of"]), min_size=4, max_size=9
).map(" ".join)
corpora = st.lists(
    st.tuples(sentences, st.lists(full, min_size=1, max_size=3)), min_size=1
)


@pytest.mark.parametrize(("texts", "references", "of_bleu", "of_chrf"), CASES)
def test_equals_sacrebleu(
    texts: list[str],
    references: list[list[str]],
    of_bleu: float,
    of_chrf: float,
) -> None:
    assert bleu(texts, references) == pytest.approx(of_bleu, abs=1e-9)
    assert chrf(texts, references) == pytest.approx(of_chrf, abs=1e-9)


@pytest.mark.parametrize("metric", [bleu, chrf])
@given(corpus=corpora, place=st.integers(0, 9))
def test_statistics_add_up(
    metric: Metric, corpus: list[tuple[str, list[str]]], place: int
) -> None:
    texts, references = map(list, zip(*corpus, strict=True))
    whole = metric.statistics(texts, references)
    parts = [
        metric.statistics(texts[part], references[part])
        for part in (slice(place), slice(place, None))
    ]
    assert torch.equal(sum(parts), whole)
    score = metric.value(whole)
    assert 0 <= score <= 100 + 1e-9 and score == metric(texts, references)


@pytest.mark.parametrize("metric", [bleu, chrf])
@given(texts=st.lists(full, min_size=1), other=full)
def test_what_people_said_gets_all(
    metric: Metric, texts: list[str], other: str
) -> None:
    assert metric(texts, texts) == pytest.approx(100)
    several = [[other, text] for text in texts]
    assert metric(texts, several) == pytest.approx(100)
    assert metric([""] * len(texts), several) == 0


def by_hand(text: list[str], reference: list[str]) -> float:
    """BLEU of one sentence and one reference, as the paper tells it."""
    shares = []
    for n in range(1, 5):
        ours, theirs = (
            [tuple(side[i : i + n]) for i in range(len(side) - n + 1)]
            for side in (text, reference)
        )
        right = sum(
            min(ours.count(run), theirs.count(run)) for run in set(ours)
        )
        if not right:
            return 0.0
        shares.append(right / len(ours))
    shorter = min(1, math.exp(1 - len(reference) / len(text)))
    return 100 * shorter * math.prod(shares) ** 0.25


@given(text=full, reference=full)
def test_equals_the_formula(text: str, reference: str) -> None:
    expected = by_hand(text.split(), reference.split())
    assert Bleu(str.split)([text], [reference]) == pytest.approx(expected)


def test_a_corpus_is_no_mean_of_sentences() -> None:
    texts = ["one two three four five", "six seven"]
    references = ["one two three four five", "eight nine"]
    mean = (bleu(texts[:1], references[:1]) + 0) / 2
    assert bleu(texts, references) > mean + 10


def test_saying_a_word_often_does_not_help() -> None:
    """Papineni et al.'s first example: 2 of 7 words count."""
    text, reference = "the " * 7, "the cat is on the mat"
    statistics = bleu.statistics([text], [reference])
    assert statistics[:2].tolist() == [2, 7]
    assert statistics[-2:].tolist() == [7, 6]


def test_the_nearest_reference_gives_the_length() -> None:
    texts = ["a a a a a"]
    statistics = bleu.statistics(texts, [["b " * 7, "b " * 4, "b " * 6]])
    assert statistics[-1] == 4, "of equally near ones the shorter"


def test_tokens_are_as_the_cut_says() -> None:
    texts, references = ["THE DOG RAN HOME!"], ["the dog ran home !"]
    assert bleu(texts, references) == pytest.approx(100)
    assert Bleu(str.split)(texts, references) == 0
    assert Bleu(list)(["我们学习"], ["我们学习"]) == pytest.approx(100)


def test_characters_need_no_spaces() -> None:
    assert chrf(["a bc"], ["ab c"]) == pytest.approx(100)
    assert chrf(["ABC"], ["abc"]) == 0
    more = chrf(["abcdef"], ["abc"])
    less = chrf(["abc"], ["abcdef"])
    assert less < more < 100, "what is missing costs more than what is added"


@pytest.mark.parametrize("metric", [bleu, chrf])
def test_what_is_wrong_is_named(metric: Bleu | ChrF) -> None:
    with pytest.raises(ValueError, match="2 texts, and references for 1"):
        metric(["a", "b"], ["a"])
    with pytest.raises(ValueError, match="text 0, 'a', has no reference"):
        metric(["a"], [[]])
    with pytest.raises(ValueError, match="got str and list"):
        metric("a", ["a"])
    with pytest.raises(ValueError, match="got list and str"):
        metric(["a"], "a")
    with pytest.raises(ValueError, match="nothing was compared"):
        metric([], [])
    with pytest.raises(ValueError, match="nothing was compared"):
        metric(["a"], [""])
    with pytest.raises(ValueError, match=r"statistics \(2,\)"):
        metric.value(torch.zeros(2))

"""Translators are compared fairly, and the record belongs to them."""

import json

import pytest
import torch

from benchmarks import translators as recording
from d2l.data.batches import Splits
from d2l.data.translation import Pair, by_sentence
from d2l.data.twins import phrases
from d2l.experiments import translators
from d2l.experiments.translators import ask, fit, scores, task, translate
from d2l.models.seq2seq import EncoderDecoder
from d2l.text.sentences import cut

ENTRIES = {
    (e["translator"], e["language"]): e
    for e in json.loads(translators.RECORD.read_text("utf8"))
}
TRAINED = {key: e for key, e in ENTRIES.items() if key[0] != "most similar"}


@pytest.fixture(scope="module")
def given():
    drawn = dict.fromkeys(Pair(*p) for p in phrases.draw("fra", 600, seed=0))
    return task(parts=by_sentence(drawn))


def build(source_size, target_size):
    return EncoderDecoder(source_size, target_size, 16, num_embedding=8)


@pytest.fixture(scope="module")
def trainer(given):
    return fit(build, given, learning_rate=0.02, seed=1, steps=60, every=20)


def test_every_translator_is_recorded_from_every_seed():
    assert {name for name, _ in TRAINED} == set(translators.TRANSLATORS)
    for (_, language), entry in TRAINED.items():
        seeds = [run["seed"] for run in entry["runs"]]
        assert seeds == list(translators.SEEDS)
        assert ("most similar", language) in ENTRIES


@pytest.mark.parametrize("key", TRAINED, ids=" ".join)
def test_the_record_is_of_todays_networks(key):
    entry = ENTRIES[key]
    model = translators.TRANSLATORS[key[0]](*entry["words"])
    assert entry["parameters"] == sum(p.numel() for p in model.parameters())
    rates = {float(rate): loss for rate, loss in entry["tried"].items()}
    assert tuple(rates) == translators.LEARNING_RATES
    assert entry["learning_rate"] == min(rates, key=rates.get)
    for run in entry["runs"]:
        searched = {(b["width"], b["length_power"]) for b in run["beams"]}
        assert searched == {
            (w, a) for w in translators.WIDTHS for a in (0.0, 1.0)
        }
        numbers = [part["number"] for part in run["by_length"].values()]
        assert sum(numbers) == translators.ASKED
        exact = sum(
            part["number"] * part["exact"]
            for part in run["by_length"].values()
        )
        assert exact / sum(numbers) == pytest.approx(run["exact"], abs=1e-4)
        for e in run["beams"]:
            assert 0 <= e["bleu"] <= 100 and 0 < e["tokens"] <= 16


def test_what_is_not_recorded_is_named():
    with pytest.raises(ValueError, match=r"translator \(='none'\).*most sim"):
        translators.load("none")


def test_losses_fall_and_reports_come(trainer):
    losses = [
        row["train_loss"] for row in trainer.history if "train_loss" in row
    ]
    assert trainer.step == 60 and losses[-1] < losses[0] - 1


def test_only_the_beginning_is_the_beginning(given, trainer):
    beginning = fit(
        build, given, learning_rate=0.02, seed=1, steps=60, only=20, every=20
    )
    assert beginning.step == 20
    assert beginning.history[0] == trainer.history[0]


def test_another_seed_is_another_network(given, trainer):
    other = fit(
        build, given, learning_rate=0.02, seed=2, steps=60, only=20, every=20
    )
    assert other.history[0] != trainer.history[0]


def test_translations_do_not_depend_on_the_batch(given, trainer):
    sentences = list(ask(given.parts.test))[:12]
    assert len({len(cut(s)) for s in sentences}) > 3
    for width, power in ((1, 0.0), (4, 1.0)):
        settings = {"width": width, "length_power": power}
        together = translate(trainer.model, given, sentences, **settings)
        alone = [
            translate(trainer.model, given, [s], **settings)[0]
            for s in sentences
        ]
        assert together == alone


def test_translating_leaves_dropout_alone(given):
    torch.manual_seed(0)
    model = EncoderDecoder(
        len(given.source), len(given.target), 16, num_embedding=8, dropout=0.5
    )
    sentences = list(ask(given.parts.test))[:5]
    first, second = (translate(model, given, sentences) for _ in range(2))
    assert first == second


def test_some_sentences_come_with_all_their_translations(given):
    pairs = [*given.parts.test, Pair(given.parts.test[0].source, "Autre.")]
    wanted = ask(pairs, 10)
    assert len(wanted) == 10 and wanted == ask(pairs, 10)
    everything = ask(pairs)
    assert sum(map(len, everything.values())) == len(pairs)
    assert "Autre." in everything[given.parts.test[0].source]


def test_scores_of_two_sentences():
    wanted = {"a": ["un deux trois quatre cinq", "un"], "b": ["six sept"]}
    found = scores(["Un", "sept six"], wanted)
    assert found["exact"] == 0.5


def test_recording_rounds_and_keeps_what_was_there(tmp_path, monkeypatch):
    monkeypatch.setattr(translators, "RECORD", tmp_path / "record.json")
    assert recording.recorded() == []
    one = {"translator": "b", "language": "fra", "bleu": 1 / 3}
    two = {"translator": "a", "language": "fra", "text": "é", "steps": 7}
    recording.save([one])
    recording.save([*recording.recorded(), two])
    assert recording.recorded() == [two, one | {"bleu": 0.33333}]
    assert [p.name for p in tmp_path.iterdir()] == ["record.json"]


def test_measuring_writes_what_pages_read(given, monkeypatch):
    parts = Splits(*(part[:40] for part in given.parts))
    for name, value in {
        "task": lambda language: task(parts=parts),
        "MAX_TOKENS": 20,
        "EPOCHS": 1,
        "ASKED": 20,
        "WIDTHS": (1, 2),
        "TRANSLATORS": {"small": build},
    }.items():
        monkeypatch.setattr(translators, name, value)
    run = recording.measure("small", "fra", 0.01, 3)
    assert run["seed"] == 3 and {"bleu", "chrf", "exact"} <= set(run)
    number = len(ask(parts.test))
    assert sum(e["number"] for e in run["by_length"].values()) == number
    assert len(run["beams"]) == 4 and len(run["translations"]) == number

"""Every translator on the same sentences, and with the same budget.

All networks see the same pairs in the same batches, equally often, under the
same optimizer, each at the best of the same learning rates.
`python -m benchmarks.translators` trains them and records what came out in
`translators.json`, which `load` reads.
"""

import json
import random
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import torch
from sklearn.feature_extraction.text import TfidfVectorizer
from torch import nn
from torch.nn.utils.rnn import pad_sequence

from d2l.beam_search import beam_search
from d2l.data import translation
from d2l.data.batches import Splits
from d2l.data.sentence_batches import (
    BEGIN,
    END,
    PADDING,
    RESERVED,
    SentenceBatches,
)
from d2l.data.translation import Pair
from d2l.losses import cross_entropy
from d2l.models.seq2seq import EncoderDecoder
from d2l.text.scores import bleu, chrf
from d2l.text.sentences import cut
from d2l.text.vocabulary import Vocabulary
from d2l.train import device
from d2l.train.trainer import Trainer

RECORD = Path(str(files("d2l.experiments"))) / "translators.json"
MAX_TOKENS = 7  # of a sentence
MIN_COUNT = 5  # of a word that gets a number of its own
BATCH = 64
EPOCHS = 6
LEARNING_RATES = (0.002, 0.005, 0.01)  # to choose from
SEARCH_STEPS = 500
SEEDS = (1, 2, 3, 4, 5)
ASKED = 1000  # sentences that are translated
WIDTHS = (1, 2, 4, 8, 16, 32)  # of the beam
MOST = 16  # tokens that are written

#: What builds each translator, from the sizes of the two vocabularies.
TRANSLATORS: dict[str, Callable[[int, int], nn.Module]] = {
    "encoder-decoder": lambda source, target: EncoderDecoder(
        source, target, 192, num_embedding=128, dropout=0.2, tied=True
    ),
}


class Task(NamedTuple):
    """Sentence pairs, and the vocabularies of those to train on.

    Args:
        parts: pairs to train on, to validate on and to test on.
        source: vocabulary of the English words.
        target: of the other language.
    """

    parts: Splits[list[Pair]]
    source: Vocabulary
    target: Vocabulary

    def batches(
        self, part: Sequence[Pair], **settings: Any
    ) -> SentenceBatches:
        """Return a part in mini-batches.

        Args:
            part: of the pairs.
            settings: of `SentenceBatches`.
        """
        sources = [self.source.encode(cut(pair.source)) for pair in part]
        targets = [self.target.encode(cut(pair.target)) for pair in part]
        return SentenceBatches(sources, targets, **settings)


def task(
    language: str = "fra", parts: Splits[list[Pair]] | None = None
) -> Task:
    """Return the sentences that all translators are given.

    Args:
        language: as of `d2l.data.translation.load`.
        parts: other pairs than these.

    >>> pairs = [Pair("Go on!", "Continue !")] * MIN_COUNT
    >>> len(task(parts=Splits(pairs, pairs, pairs)).source)  # 3 and <unk>
    7
    """
    if parts is None:
        parts = translation.load(language, max_tokens=MAX_TOKENS)
    source, target = (
        Vocabulary(
            (word for pair in parts.train for word in cut(pair[side])),
            reserved=RESERVED,
            min_count=MIN_COUNT,
        )
        for side in (0, 1)
    )
    return Task(parts, source, target)


def fit(
    build: Callable[[int, int], nn.Module],
    given: Task,
    *,
    learning_rate: float,
    seed: int,
    steps: int | None = None,
    only: int | None = None,
    batch_size: int = BATCH,
    every: int | None = None,
) -> Trainer:
    """Train a translator from a seed within the budget.

    Adam, with a learning rate that rises for a tenth of the steps and then
    falls to zero, and gradients clipped at a norm of 1.

    Args:
        build: makes the network.
        given: the sentences.
        learning_rate: the greatest of the schedule.
        seed: of the weights and of the order of the pairs.
        steps: if not `EPOCHS` epochs.
        only: so many of these steps, to repeat the beginning of a run.
        batch_size: pairs a step.
        every: steps from one report of the losses to the next.

    Returns:
        The trainer, with the trained network and its history.

    Source: Kingma and Ba (2015); the schedule of Smith and Topin (2019).
    """
    device.seed(seed)
    model = build(len(given.source), len(given.target))
    batches = given.batches(
        given.parts.train, batch_size=batch_size, shuffle=True, seed=seed
    )
    steps = steps or EPOCHS * len(batches)
    optimizer = torch.optim.Adam(model.parameters(), learning_rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer,
        learning_rate,
        total_steps=steps,
        pct_start=0.1,
        cycle_momentum=False,
    )
    trainer = Trainer(
        model, cross_entropy, optimizer, schedule=schedule, clip_norm=1.0
    )
    trainer.fit(
        batches,
        steps=only or steps,
        validation=given.batches(given.parts.validation, batch_size=256),
        every=every,
    )
    return trainer


def ask(part: Sequence[Pair], number: int = ASKED) -> dict[str, list[str]]:
    """Choose some sentences of a part, with all their translations in it.

    Args:
        part: of the pairs.
        number: of sentences; all, if there are fewer.

    >>> ask([Pair("Go on!", "Continue !")])
    {'Go on!': ['Continue !']}
    """
    found = translation.references(part)
    chosen = random.Random(0).sample(list(found), min(number, len(found)))
    return {sentence: found[sentence] for sentence in chosen}


@torch.no_grad()
def translate(
    model: Any,
    given: Task,
    sentences: Sequence[str],
    *,
    width: int = 1,
    length_power: float = 0.0,
) -> list[str]:
    """Translate sentences by beam search.

    Args:
        model: `encode` and `read` of a translator.
        given: has the vocabularies.
        sentences: in English.
        width: of the beam; 1 is greedy.
        length_power: as of `d2l.beam_search.beam_search`.

    Returns:
        Words with spaces between them; none of what is unknown is left out.
    """
    model.eval()
    where = next(model.parameters()).device
    found = []
    for first in range(0, len(sentences), 50):
        sources = [
            torch.cat((given.source.encode(cut(text)), torch.tensor([END])))
            for text in sentences[first : first + 50]
        ]
        lengths = torch.tensor([len(source) for source in sources])
        source = pad_sequence(sources, True, PADDING).to(where)  # (50, S)
        beams = beam_search(
            model,
            source.new_full((len(sources), 1), BEGIN),
            MOST,
            width=width,
            stop=END,
            state=model.encode(source, lengths.to(where)),
            length_power=length_power,
        )
        for row in beams.tokens[:, 0].tolist():
            tokens = row[: row.index(END)] if END in row else row
            found.append(" ".join(given.target.decode(tokens)))
    return found


def most_similar(train: Sequence[Pair], sentences: Sequence[str]) -> list[str]:
    """Answer with the translation of the most similar sentence to train on.

    Args:
        train: pairs to look up.
        sentences: in English.

    Returns:
        A translation for each: that of the sentence with the greatest
        cosine, where rare words count more.

    Source: Sparck Jones (1972), of the weights.
    Same as: `d2l.text.sentences.cut` and scikit-learn's `TfidfVectorizer`.

    >>> train = [Pair("Go on!", "Continue !"), Pair("Come in!", "Entrez !")]
    >>> most_similar(train, ["I go on."])
    ['Continue !']
    """
    words = TfidfVectorizer(analyzer=cut)
    known = words.fit_transform([pair.source for pair in train])
    asked = words.transform(sentences)
    found = []
    for first in range(0, len(sentences), 200):
        cosine = (asked[first : first + 200] @ known.T).toarray()
        found += [train[i].target for i in cosine.argmax(axis=1)]
    return found


def scores(
    found: Sequence[str], wanted: dict[str, list[str]]
) -> dict[str, float]:
    """Score translations by BLEU, chrF, and the share that is right.

    Args:
        found: one for each sentence.
        wanted: sentences, each with its translations.

    Returns:
        `bleu` and `chrf` in [0, 100]; `exact`, the share that has the same
        tokens as one of the translations.

    >>> scores(["il pleut encore ."], {"?": ["Il pleut encore."]})
    {'bleu': 100.0, 'chrf': 91.1..., 'exact': 1.0}
    """
    right = [
        cut(text) in [cut(other) for other in others]
        for text, others in zip(found, wanted.values(), strict=True)
    ]
    return {
        "bleu": bleu(found, list(wanted.values())),
        "chrf": chrf(found, list(wanted.values())),
        "exact": sum(right) / len(right),
    }


def load(translator: str, language: str = "fra") -> dict[str, Any]:
    """Read what was recorded of a translator.

    Args:
        translator: a key of `TRANSLATORS`, or "most similar".
        language: as of `task`.

    Raises:
        ValueError: if nothing was recorded.

    >>> load("encoder-decoder")["translator"]
    'encoder-decoder'
    """
    entries = json.loads(RECORD.read_text("utf8"))
    for entry in entries:
        if (entry["translator"], entry["language"]) == (translator, language):
            return dict(entry)
    known = sorted({(e["translator"], e["language"]) for e in entries})
    raise ValueError(
        f"translator (={translator!r}) and language (={language!r}) must be "
        f"one of {known}"
    )

"""Train every translator: `python -m benchmarks.translators`.

What is found goes into the record of `d2l.experiments.translators`, one entry
for a translator and a language, with where and when it was measured. Entries
that are complete are kept: delete one to measure it anew.
"""

import argparse
import json
import os
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import Any

import torch

from benchmarks import report
from d2l.data import downloads
from d2l.experiments import translators
from d2l.experiments.translators import Task, ask, scores, translate
from d2l.text.sentences import cut
from d2l.train.device import best_device

KEPT = 200  # translations of the first seed
EVERY = 500  # steps from one loss to the next
Entry = dict[str, Any]


def recorded() -> list[Entry]:
    """Return the entries that are there."""
    path = translators.RECORD
    return json.loads(path.read_text("utf8")) if path.exists() else []


def save(entries: list[Entry]) -> None:
    """Write all entries, or leave the file as it was.

    Args:
        entries: in any order.
    """
    entries = sorted(entries, key=lambda e: (e["language"], e["translator"]))
    texts = [json.dumps(e, ensure_ascii=False) for e in entries]
    short = [json.loads(t, parse_float=_rounded) for t in texts]
    lines = ",\n".join(json.dumps(e, ensure_ascii=False) for e in short)
    temporary = translators.RECORD.with_suffix(".part")
    temporary.write_text(f"[\n{lines}\n]\n", "utf8")
    temporary.replace(translators.RECORD)


def _rounded(number: str) -> float:
    return round(float(number), 5)


def choose_rate(name: str, given: Task) -> dict[float, float]:
    """Return the validation loss at each rate, with a seed of its own.

    Args:
        name: of the translator.
        given: the sentences.
    """
    build, tried = translators.TRANSLATORS[name], {}
    for rate in translators.LEARNING_RATES:
        trainer = translators.fit(
            build,
            given,
            learning_rate=rate,
            seed=0,
            steps=translators.SEARCH_STEPS,
        )
        tried[rate] = trainer.history[-1]["val_loss"]
    return tried


def searches(model: torch.nn.Module, given: Task) -> list[Entry]:
    """Return what beams of several widths find on the validation part.

    Args:
        model: trained.
        given: the sentences.
    """
    wanted = ask(given.parts.validation, 500)
    found = []
    for width in translators.WIDTHS:
        for power in (0.0, 1.0):
            texts = translate(
                model, given, list(wanted), width=width, length_power=power
            )
            tokens = sum(len(cut(text)) for text in texts) / len(texts)
            found.append(
                {"width": width, "length_power": power, "tokens": tokens}
                | scores(texts, wanted)
            )
    return found


def measure(name: str, language: str, rate: float, seed: int) -> Entry:
    """Train a translator from a seed, on one thread, and let it translate.

    Args:
        name: of the translator.
        language: to translate to.
        rate: of learning.
        seed: of the weights and the order.
    """
    torch.set_num_threads(1)
    given = translators.task(language)
    trainer = translators.fit(
        translators.TRANSLATORS[name],
        given,
        learning_rate=rate,
        seed=seed,
        every=EVERY,
    )
    wanted = ask(given.parts.test)
    texts = translate(trainer.model, given, list(wanted))
    by_length = {}
    for n in range(1, translators.MAX_TOKENS + 1):
        rows = [i for i, s in enumerate(wanted) if len(cut(s)) == n]
        some = {s: wanted[s] for s in (list(wanted)[i] for i in rows)}
        if some:
            by_length[n] = {"number": len(some)} | scores(
                [texts[i] for i in rows], some
            )
    return {
        "seed": seed,
        "train_loss": [row["train_loss"] for row in trainer.history],
        "val_loss": [row["val_loss"] for row in trainer.history],
        "by_length": by_length,
        "beams": searches(trainer.model, given),
        "translations": texts[:KEPT],
    } | scores(texts, wanted)


def main() -> int:
    """Measure what is missing, seed by seed."""
    parser = argparse.ArgumentParser(description=__doc__)
    names = list(translators.TRANSLATORS)
    parser.add_argument("--translators", nargs="+", default=names)
    parser.add_argument("--languages", nargs="+", default=["fra"])
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    chosen = parser.parse_args()
    spawn = get_context("spawn")
    if downloads.prepare("translation") != "real":
        parser.error("the record is of real sentences, and there are none")
    torch.set_num_threads(1)
    known = report.provenance()
    about = {name: known[name] for name in ("date", "commit", "machine")}
    about |= {"torch": torch.__version__, "device": str(best_device())}
    entries = {(e["translator"], e["language"]): e for e in recorded()}
    for language in chosen.languages:
        given = translators.task(language)
        wanted = ask(given.parts.test)
        similar = translators.most_similar(given.parts.train, list(wanted))
        rival = {"translator": "most similar", "language": language}
        entries["most similar", language] = (
            rival | scores(similar, wanted) | {"provenance": about}
        )
        for name in chosen.translators:
            entry = entries.get((name, language))
            if entry is None:
                tried = choose_rate(name, given)
                sizes = len(given.source), len(given.target)
                model = translators.TRANSLATORS[name](*sizes)
                entry = {
                    "translator": name,
                    "language": language,
                    "tried": tried,
                    "learning_rate": min(tried, key=lambda r: tried[r]),
                    "parameters": sum(p.numel() for p in model.parameters()),
                    "pairs": [len(part) for part in given.parts],
                    "words": sizes,
                    "every": EVERY,
                    "runs": [],
                    "provenance": about,
                }
                entries[name, language] = entry
            work = partial(measure, name, language, entry["learning_rate"])
            missing = translators.SEEDS[len(entry["runs"]) :]
            with ProcessPoolExecutor(chosen.workers, spawn) as pool:
                for run in pool.map(work, missing):
                    entry["runs"].append(run)
                    save(list(entries.values()))
                    bleu, seed = run["bleu"], run["seed"]
                    print(f"{name} {language} {seed}: {bleu:.1f}", flush=True)
    save(list(entries.values()))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""Fashion-MNIST: its file format, the real set and the twin."""

import gzip
import hashlib
import os
import struct
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor

from d2l.data import downloads, fashion_mnist
from d2l.data.catalogue import CATALOGUE, DataFile
from d2l.data.fashion_mnist import (
    LABELS,
    SIZES,
    TWIN_SEEDS,
    batches,
    load,
    read_idx,
)

HERE = os.environ.get("D2L_DATA", "")
SOURCES = ["twins"]
if (Path(HERE) / "fashion_mnist").is_dir() and HERE:
    SOURCES.append(HERE)
on_disk = settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def idx(values: Tensor) -> bytes:
    header = bytes([0, 0, 8, values.ndim])
    lengths = struct.pack(f">{values.ndim}I", *values.shape)
    return header + lengths + values.numpy().tobytes()


def byte_images(*shape: int) -> Tensor:
    return torch.randint(256, shape, dtype=torch.uint8)


@on_disk
@given(shape=st.lists(st.integers(0, 5), max_size=4))
def test_what_was_written_is_read(tmp_path: Path, shape: list[int]) -> None:
    values = byte_images(*shape)
    path = tmp_path / "values.gz"
    path.write_bytes(gzip.compress(idx(values), mtime=0))
    read = read_idx(path)
    assert torch.equal(read, values) and read.dtype == torch.uint8
    if read.numel():
        read.add_(1)  # own, writable memory


@on_disk
@given(data=st.data())
def test_no_shortened_file_is_read(
    tmp_path: Path, data: st.DataObject
) -> None:
    """Cut anywhere, the content inside or the gzip file around it."""
    content = idx(torch.arange(24, dtype=torch.uint8).view(3, 4, 2))
    compressed = gzip.compress(content, mtime=0)
    path = tmp_path / "values.gz"
    cut = data.draw(st.integers(0, len(content) - 1))
    path.write_bytes(gzip.compress(content[:cut], mtime=0))
    with pytest.raises(ValueError, match=r"values\.gz"):
        read_idx(path)
    cut = data.draw(st.integers(0, len(compressed) - 1))
    path.write_bytes(compressed[:cut])
    with pytest.raises(ValueError, match=r"values\.gz"):
        read_idx(path)


@on_disk
@given(data=st.data())
def test_a_garbled_gzip_file_is_an_error(
    tmp_path: Path, data: st.DataObject
) -> None:
    """One flipped bit in the compressed data or its checksum is noticed."""
    values = torch.arange(140, dtype=torch.uint8).view(20, 7)
    compressed = bytearray(gzip.compress(idx(values), mtime=0))
    place = data.draw(st.integers(10, len(compressed) - 1))
    compressed[place] ^= 1 << data.draw(st.integers(0, 7))
    path = tmp_path / "values.gz"
    path.write_bytes(compressed)
    try:
        read = read_idx(path)
    except ValueError as error:
        assert str(path) in str(error)
    else:  # unused bits that pad the compressed data to a whole byte
        assert torch.equal(read, values)


@on_disk
@given(content=st.binary(max_size=40))
def test_any_other_content_is_an_error_that_names_the_file(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "values.gz"
    for body in (content, gzip.compress(b"\0\0\x09" + content)):
        path.write_bytes(body)
        with pytest.raises(ValueError, match=r"values\.gz"):
            read_idx(path)


def test_too_much_data_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "values.gz"
    path.write_bytes(gzip.compress(idx(byte_images(2, 3)) + b"\0"))
    with pytest.raises(ValueError, match=r"\(2, 3\).* 7 bytes"):
        read_idx(path)


def test_a_file_that_is_not_there_is_no_damaged_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_idx(tmp_path / "values.gz")


@pytest.fixture
def small(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Tensor]:
    """A small real set: four files, as the catalogue announces them."""
    content = {
        "train-images-idx3-ubyte.gz": byte_images(30, 28, 28),
        "train-labels-idx1-ubyte.gz": byte_images(30) % 10,
        "t10k-images-idx3-ubyte.gz": byte_images(8, 28, 28),
        "t10k-labels-idx1-ubyte.gz": byte_images(8) % 10,
    }
    folder = tmp_path / "fashion_mnist"
    folder.mkdir()
    files = []
    for name, values in content.items():
        body = gzip.compress(idx(values))
        (folder / name).write_bytes(body)
        digest = hashlib.sha256(body).hexdigest()
        files.append(DataFile(name, digest, len(body)))
    entry = replace(CATALOGUE["fashion_mnist"], files=tuple(files))
    monkeypatch.setattr(downloads, "CATALOGUE", {"fashion_mnist": entry})
    monkeypatch.setenv("D2L_DATA", str(tmp_path))
    monkeypatch.setenv("D2L_OFFLINE", "1")
    return content


def test_files_are_read_as_images_and_labels(small: dict[str, Tensor]) -> None:
    for part, prefix in (("train", "train"), ("test", "t10k")):
        images, labels = load(part)  # type: ignore[arg-type]
        bytes_ = small[f"{prefix}-images-idx3-ubyte.gz"]
        assert images.dtype == torch.float32 and labels.dtype == torch.int64
        assert images.shape == (len(bytes_), 1, 28, 28)
        torch.testing.assert_close(
            images[:, 0].double(), bytes_.double() / 255, rtol=1e-6, atol=0
        )
        assert labels.tolist() == (
            small[f"{prefix}-labels-idx1-ubyte.gz"].tolist()
        )


def test_batches_hold_the_files(small: dict[str, Tensor]) -> None:
    parts = batches(4, validation=10, seed=3)
    assert [p.num_examples for p in parts] == [20, 10, 8]
    ((images, _),) = parts.test
    assert torch.equal(images, load("test")[0])
    known = {
        picture.numpy().tobytes(): int(label)
        for picture, label in zip(*load("train"), strict=True)
    }
    seen = {
        picture.numpy().tobytes(): int(label)
        for part in parts[:2]
        for batch in part
        for picture, label in zip(*batch, strict=True)
    }
    assert seen == known, "every picture once, with its own label"


def test_a_damaged_file_is_reported(
    small: dict[str, Tensor], tmp_path: Path
) -> None:
    path = tmp_path / "fashion_mnist" / "t10k-labels-idx1-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-1])
    for part in ("train", "test"):
        with pytest.raises(ValueError, match=r"t10k-labels.*damaged"):
            load(part)  # type: ignore[arg-type]


@pytest.mark.parametrize("lost", range(4))
def test_an_incomplete_set_without_network_gives_the_twin(
    small: dict[str, Tensor],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    lost: int,
) -> None:
    (tmp_path / "fashion_mnist" / list(small)[lost]).unlink()
    monkeypatch.setattr(fashion_mnist, "SIZES", {"train": 40, "test": 20})
    with pytest.warns(UserWarning, match="drawn garments"):
        images, _ = load("test")
    assert len(images) == 20


def test_unknown_part() -> None:
    with pytest.raises(ValueError, match="'validation'"):
        load("validation")  # type: ignore[arg-type]


def test_the_twin_is_announced_once_for_all_batches(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("D2L_DATA", "twins")
    monkeypatch.setattr(fashion_mnist, "SIZES", {"train": 40, "test": 20})
    with pytest.warns(UserWarning) as notes:
        batches(4, validation=10)
    assert len(notes) == 1 and "`fashion_mnist`" in str(notes[0].message)


Parts = dict[str, tuple[Tensor, Tensor]]


@pytest.fixture(scope="module", params=SOURCES)
def parts(request: pytest.FixtureRequest) -> Parts:
    """Both parts in full, as twin and, where it is at hand, for real."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("D2L_DATA", request.param)
        patch.setenv("D2L_OFFLINE", "1")
        if request.param != "twins":
            return {"train": load("train"), "test": load("test")}
        with pytest.warns(UserWarning, match="drawn garments"):
            return {"train": load("train"), "test": load("test")}


def test_twin_and_real_set_agree(parts: Parts) -> None:
    assert SIZES == {"train": 60_000, "test": 10_000} and len(LABELS) == 10
    for part, n in SIZES.items():
        images, labels = parts[part]
        assert images.shape == (n, 1, 28, 28)
        assert images.dtype == torch.float32
        assert images.min() == 0 and images.max() == 1
        assert images.mean() == pytest.approx(0.286, abs=0.02)
        assert images.std() == pytest.approx(0.353, abs=0.02)
        assert labels.shape == (n,) and labels.dtype == torch.int64
        assert labels.bincount().tolist() == [n // 10] * 10


def test_classes_look_alike_in_train_and_test_and_apart_from_others(
    parts: Parts,
) -> None:
    """Labels belong to their images: class means recognise classes."""
    means = []
    for images, labels in parts.values():
        rows = torch.nn.functional.one_hot(labels, 10).float()
        mean = rows.T @ images.flatten(1) / rows.sum(0)[:, None]
        means.append(mean)  # (10, 784)
    nearest = torch.cdist(*means).argmin(1)
    assert nearest.tolist() == list(range(10))


def test_train_and_test_share_no_drawn_picture(
    parts: Parts, request: pytest.FixtureRequest
) -> None:
    train, test = (
        {picture.tobytes() for picture in parts[part][0].numpy()}
        for part in ("train", "test")
    )
    assert len(test) > 9_990
    assert len(train & test) <= 10  # the real set repeats a few
    if "twins" in request.node.name:
        assert TWIN_SEEDS["train"] != TWIN_SEEDS["test"]
        assert not train & test and len(train) == 60_000


def test_reading_takes_little_memory_beyond_the_result(
    tmp_path: Path,
) -> None:
    path = tmp_path / "values.gz"
    path.write_bytes(gzip.compress(idx(byte_images(4000, 28, 28)), 1))
    tracemalloc.start()
    read_idx(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3 * 4000 * 784

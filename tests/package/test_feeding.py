"""Batches of any shape on their way to a device."""

from collections import OrderedDict, namedtuple

import torch
from torch.nn.utils.rnn import pack_sequence

from d2l.train.feeding import move

Pair = namedtuple("Pair", "x y")


def test_move_reaches_every_tensor_and_nothing_else():
    x, thing = torch.zeros(2), object()
    tree = {
        "pair": Pair(x, [x, (x, "word", None)]),
        "more": OrderedDict(a=x, b=3),
        "thing": thing,
    }
    moved = move(tree, "meta")
    assert moved["pair"].x.device.type == "meta"
    assert type(moved["pair"]) is Pair
    nested, (inner, word, none) = moved["pair"].y
    assert nested.device.type == inner.device.type == "meta"
    assert (word, none) == ("word", None)
    assert moved["more"]["a"].device.type == "meta"
    assert moved["more"]["b"] == 3 and moved["thing"] is thing
    assert x.device.type == "cpu"


def test_packed_sequences_keep_their_lengths_on_the_host():
    packed = pack_sequence([torch.ones(3, 1), torch.ones(1, 1)])
    moved = move((packed,), "cpu")[0]
    assert torch.equal(moved.data, packed.data)
    assert moved.batch_sizes.tolist() == [2, 1, 1]

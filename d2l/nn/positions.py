"""Positions: what tells attention the order of what it sees."""

import torch
from torch import Tensor, nn


def sinusoids(
    T: int, D: int, *, offset: int = 0, device: torch.device | None = None
) -> Tensor:
    """The positions of the Transformer, sines and cosines in turn.

    They are computed in double precision (in single on Apple's GPUs, which
    have no other) and rounded once, by who uses them.

    Args:
        T: number of positions.
        D: their width, even.
        offset: the first position.
        device: where they are computed.

    Shape:
        returns (T, D).

    Raises:
        ValueError: if D is odd, or a number is negative.

    Source: Vaswani et al. (2017), Section 3.5.
    Same as: the paper's formula number by number
    (tests/package/test_positions.py).

    >>> sinusoids(3, 2).float()
    tensor([[ 0.0000,  1.0000],
            [ 0.8415,  0.5403],
            [ 0.9093, -0.4161]])
    """
    if D % 2 or min(T, D, offset) < 0:
        raise ValueError(
            f"sinusoids need an even width D (={D}), and T (={T}) and offset "
            f"(={offset}) of at least 0"
        )
    angles = _angles(T, D, offset, 10_000.0, device)
    return torch.stack((angles.sin(), angles.cos()), -1).flatten(1)  # (T, D)


def _angles(
    T: int, D: int, offset: int, base: float, device: torch.device | None
) -> Tensor:
    """Return positions times frequencies, (T, D / 2)."""
    place = torch.device("cpu") if device is None else torch.device(device)
    dtype = torch.float32 if place.type == "mps" else torch.float64
    position = torch.arange(offset, offset + T, device=device, dtype=dtype)
    exponent = torch.arange(0, D, 2, device=device, dtype=dtype) / max(D, 1)
    return position[:, None] * base**-exponent


class LearntPositions(nn.Module):
    """A table with a vector for each position, learnt and added to inputs.

    Args:
        max_length: how many positions there are.
        num_hidden: width D of the inputs.

    Shape:
        x: (B, T, D); returns the same.

    Raises:
        ValueError: if a position is beyond the table, or a size is less
            than 1.

    Source: Gehring et al. (2017), Section 3.1.
    Same as: `torch.nn.Embedding` of the positions
    (tests/package/test_positions.py).

    >>> LearntPositions(10, 8)(torch.zeros(2, 5, 8)).shape
    torch.Size([2, 5, 8])
    """

    def __init__(self, max_length: int, num_hidden: int) -> None:
        super().__init__()
        if min(max_length, num_hidden) < 1:
            raise ValueError(
                f"max_length (={max_length}) and num_hidden (={num_hidden}) "
                "must be at least 1"
            )
        self.table = nn.Parameter(torch.empty(max_length, num_hidden))
        nn.init.normal_(self.table, std=0.02)

    def forward(self, x: Tensor, offset: int = 0) -> Tensor:
        """Add to x (B, T, D) the vectors from position `offset` on."""
        end = offset + x.shape[-2]
        if not 0 <= offset <= end <= len(self.table):
            raise ValueError(
                f"the table has positions 0 to {len(self.table) - 1}, and "
                f"{offset} to {end - 1} are asked for"
            )
        return x + self.table[offset:end]


def rotary(x: Tensor, *, offset: int = 0, base: float = 10_000.0) -> Tensor:
    """Turn queries or keys by angles that grow with their positions.

    Then the product of a query and a key depends on how far apart they are,
    and on nothing else of their positions. Of the features, number i and
    number i + K / 2 are turned as one point in the plane, by base^(-2 i / K)
    times the position. It is reckoned in single precision at least.

    Args:
        x: queries or keys.
        offset: position of the first, the number of those kept before it.
        base: the larger, the slower the slowest turns.

    Shape:
        x: (..., T, K), K even; returns the same.

    Raises:
        ValueError: if K is odd.

    Source: Su et al. (2021), Section 3.2.2.
    Differs from the paper: it turns the features 2 i and 2 i + 1; halves are
    those of Hugging Face's Llama. The same weights in another order.
    Same as: products of complex numbers (tests/package/test_positions.py).

    >>> rotary(torch.tensor([[1.0, 0.0], [1.0, 0.0]]))
    tensor([[1.0000, 0.0000],
            [0.5403, 0.8415]])
    """
    T, K = x.shape[-2:]
    if K % 2:
        raise ValueError(f"rotary needs an even width K, got {K}")
    angles = _angles(T, K, offset, base, x.device)  # (T, K / 2)
    dtype = torch.promote_types(x.dtype, torch.float32)
    cos, sin = angles.cos().to(dtype), angles.sin().to(dtype)
    a, b = x.chunk(2, -1)  # (..., T, K / 2) each
    turned = (a * cos - b * sin, b * cos + a * sin)
    return torch.cat(turned, -1).to(x.dtype)  # (..., T, K)


def alibi_slopes(num_heads: int) -> Tensor:
    """Tell how fast each head forgets with the distance, from 1/2 down.

    Args:
        num_heads: number N of heads. If it is no power of two, those of the
            next smaller one come first, and then every second one of twice
            as many.

    Shape:
        returns (N,).

    Raises:
        ValueError: if there is no head.

    Source: Press et al. (2022), Section 3, and their code.
    Same as: the numbers of the paper (tests/package/test_positions.py).

    >>> alibi_slopes(4)
    tensor([0.2500, 0.0625, 0.0156, 0.0039])
    """
    if num_heads < 1:
        raise ValueError(f"num_heads (={num_heads}) must be at least 1")
    power = 1 << (num_heads.bit_length() - 1)
    exponents = [8 * i / power for i in range(1, power + 1)]
    between = [4 * i / power for i in range(1, 2 * power, 2)]
    exponents += between[: num_heads - power]
    return torch.tensor([2**-e for e in exponents])


def alibi(
    num_heads: int,
    T: int,
    S: int | None = None,
    *,
    device: torch.device | None = None,
) -> Tensor:
    """The bias of ALiBi: minus the distance, times the slope of a head.

    Args:
        num_heads: number N of heads.
        T: number of queries, the last of which belongs to the last key.
        S: number of keys; as many as queries, if not given.
        device: where it is made.

    Shape:
        returns (N, T, S), the `bias` of `d2l.nn.attention.attend`.

    Raises:
        ValueError: if there is no head.

    Source: Press et al. (2022), Section 3.
    Differs from the paper: keys after the query count too, by their
    distance; with `causal` they are masked.
    Same as: a loop (tests/package/test_positions.py).

    >>> alibi(8, 3)[0]
    tensor([[-0.0000, -0.5000, -1.0000],
            [-0.5000, -0.0000, -0.5000],
            [-1.0000, -0.5000, -0.0000]])
    """
    S = T if S is None else S
    query = torch.arange(S - T, S, device=device)[:, None]  # (T, 1)
    distance = (query - torch.arange(S, device=device)).abs()  # (T, S)
    return -alibi_slopes(num_heads).to(device)[:, None, None] * distance

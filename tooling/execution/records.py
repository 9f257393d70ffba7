"""What is known of the execution of a page."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Record:
    """What the execution of a page took, and on what it ran.

    Args:
        execution_seconds: from the start of its kernel to its end.
        peak_memory: bytes that the kernel held at most.
        device: name of the device that it computed on.
        versions: by library.
        data: data sets that it can reach, "real" or "twin".
        finished: date and time, UTC, ISO 8601.
        origin: where the results come from, if they were not computed in
            this book's folder.
    """

    execution_seconds: float
    peak_memory: int | None = None
    device: str | None = None
    versions: dict[str, str] = field(default_factory=dict)
    data: dict[str, str] = field(default_factory=dict)
    finished: str | None = None
    origin: str | None = None

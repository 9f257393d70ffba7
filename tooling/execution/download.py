"""Downloads that end: of bounded size, and never slower than a least rate."""

from threading import Thread

import requests

PATIENCE = 5  # seconds; in each such time a server must send something
LEAST_RATE = 10_000  # bytes a second


def download(url: str, limit: int) -> bytes:
    """Return what lies at an address, and at no other that it leads on to.

    The work is done in a thread, because looking up a name knows no timeout,
    and the timeout of a connection begins anew with each byte.

    Args:
        url: the address.
        limit: bytes that it may have.

    Raises:
        OSError: if it could not be had; says why.
    """
    received = bytearray()
    failures: list[Exception] = []
    thread = Thread(
        target=_receive, args=(url, limit, received, failures), daemon=True
    )
    thread.start()
    while thread.is_alive():
        before = len(received)
        thread.join(PATIENCE)
        too_slow = len(received) - before < LEAST_RATE * PATIENCE
        if thread.is_alive() and too_slow:
            raise TimeoutError(
                f"{url} sends nothing, or less than {LEAST_RATE:,} bytes a "
                "second"
            )
    for failure in failures:
        reason = (
            failure if type(failure) is OSError else type(failure).__name__
        )
        raise OSError(f"{url}: {reason}")
    return bytes(received)


def _receive(
    url: str, limit: int, received: bytearray, failures: list[Exception]
) -> None:
    try:
        with requests.get(
            url,
            stream=True,
            timeout=PATIENCE,
            allow_redirects=False,
            headers={"Accept-Encoding": "identity"},
        ) as answer:
            if answer.status_code != requests.codes.ok:
                raise OSError(f"HTTP status {answer.status_code}")
            for chunk in answer.iter_content(2**13):
                received += chunk
                if len(received) > limit:
                    raise OSError(f"more than {limit:,} bytes")
    except Exception as error:  # told by the thread that waits
        failures.append(error)

"""What the sandbox answers a request with."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Reply:
    """One HTTP response. wait: seconds before it is written; cut: the connection breaks while it is."""

    status: int
    content_type: str = ""
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    wait: float = 0
    cut: bool = False

"""By when customs must have a filing, with the article that says so (docs/deadlines.md)."""

from filings.deadlines.engine import Buffer, Deadline, deadlines, due
from filings.deadlines.voyage import Facts, Reason

__all__ = ["Buffer", "Deadline", "Facts", "Reason", "deadlines", "due"]

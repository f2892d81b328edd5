"""placeholder"""
from typing import Any


def make_next(**k: Any) -> bool:
    """Nothing yet."""
    return False

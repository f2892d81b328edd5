"""Every numbered case has a test."""

import re
from importlib import import_module
from pathlib import Path
from types import ModuleType

CASES = range(1, 119)


def numbers(module: ModuleType) -> set[int]:
    """Return the numbers in the names of a module's tests and of the rows they are run over."""
    found: set[int] = set()
    for name, test in vars(module).items():
        if not name.startswith("test_"):
            continue
        found |= {int(number) for number in re.findall(r"_case_(\d{3})_", name)}
        for mark in getattr(test, "pytestmark", []):
            found |= {int(str(row)[:3]) for row in mark.kwargs.get("ids", []) if re.match(r"\d{3}-", str(row))}
    return found


def test_every_case_of_the_list_is_there() -> None:
    files = sorted(Path(__file__).parent.glob("test_[a-h]_*.py"))
    modules = [import_module(f"tests.integrations.adversarial.{file.stem}") for file in files]

    assert set(CASES) - set().union(*(numbers(module) for module in modules)) == set()

"""Products from a CSV file and into one: all of a file or nothing of it, with what is wrong line by line."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from filings.messages import delimited
from filings.models import Product, StopWordHit
from filings.services import products
from filings.services.products import Given, TooManyProducts
from filings.services.stop_words import hits as stop_word_hits
from tenants import audit
from tenants.actors import Actor
from tenants.errors import DomainError
from tenants.models import Operator
from tenants.scope import current_operator_id

LARGEST: Final = 5_000_000  # bytes
COLUMNS: Final = ("code", "description", "goods_code")
TOLD: Final = 50  # lines that one refusal names


class BadProductFile(DomainError):
    """The file cannot be taken over; nothing of it was kept."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(self, message: str, lines: Iterable[tuple[int, str]] = ()) -> None:
        super().__init__(message)
        self.lines = list(lines)

    def detail(self) -> dict[str, object]:
        """Return what is wrong, by line."""
        return {"lines": [{"line": line, "problem": problem} for line, problem in self.lines]}


@dataclass(frozen=True)
class Imported:
    """What came of a file."""

    added: int
    changed: int
    same: int


@transaction.atomic
def load(*, data: bytes, by: Actor, at: datetime) -> Imported:
    """Add the products of a CSV file, and change those whose code is there already; all of them or none.

    data: UTF-8, columns `code`, `description` and, if wanted, `goods_code`, separated by comma, semicolon or tab.
    :raises BadProductFile: with what is wrong, by line.
    :raises TooManyProducts: if the operator would have more than it may.
    """
    given = read(data)
    there = {product.code.casefold(): product for product in Product.objects.all()}
    new = [one for one in given if one.code.casefold() not in there]
    if len(there) + len(new) > products.MOST:
        raise TooManyProducts
    made = [Product(**vars(one), created_at=at, changed_at=at) for one in new]
    changed = []
    for one in given:
        old = there.get(one.code.casefold())
        if old and one != Given(old.code, old.description, old.goods_code):
            old.code, old.description, old.goods_code, old.changed_at = one.code, one.description, one.goods_code, at
            changed.append(old)
    Product.objects.bulk_create(made, batch_size=1000)
    Product.objects.bulk_update(changed, [*COLUMNS, "changed_at"], batch_size=500)
    _look_at(made, changed, at=at)
    imported = Imported(len(made), len(changed), len(given) - len(made) - len(changed))
    operator = Operator.objects.get(pk=current_operator_id())
    audit.record("products.imported", target=operator, by=by, at=at, detail=vars(imported))
    return imported


def read(data: bytes) -> list[Given]:
    """Return the products in a file, in its order.

    :raises BadProductFile: with what is wrong, by line.
    """
    if len(data) > LARGEST:
        raise BadProductFile(f"The file is larger than {LARGEST // 1_000_000} MB; split it.")
    found: dict[str, tuple[int, Given]] = {}
    wrong: list[tuple[int, str]] = []
    for line, row in _rows(data):
        given = Given.of(**{name: row.get(name) or "" for name in COLUMNS})
        twin = found.get(given.code.casefold())
        problems = list(given.faults().values()) + ([f"The code is that of line {twin[0]}."] if twin else [])
        wrong += [(line, " ".join(problems))] if problems else []
        found.setdefault(given.code.casefold(), (line, given))
    if wrong:
        count = f"{len(wrong)} line{'' if len(wrong) == 1 else 's'}"
        raise BadProductFile(f"Nothing was taken over: {count} cannot be read. Correct the file and send it again.", wrong[:TOLD])
    if not found:
        raise BadProductFile("There are no products in the file, only the line with the columns.")
    return [given for _, given in found.values()]


def write(rows: QuerySet[Product]) -> str:
    """Return products as CSV, as load() reads it."""
    lines = ([getattr(row, name) for name in COLUMNS] for row in rows.iterator())
    return "".join(delimited.written([COLUMNS, *lines]))


def _rows(data: bytes) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Yield the line number and the values of every line that says anything."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadProductFile(f"The file is not UTF-8 (line {line}); save it as “CSV UTF-8”.") from error
    names: list[str] | None = None
    try:
        for line, cells in delimited.records(text):
            if not any(cell.strip() for cell in cells):
                continue
            if names is None:
                names = _names(cells)
                continue
            if any(cells[len(names) :]):
                raise BadProductFile(f"Line {line} has more values than there are columns; put the text in quotes.")
            yield line, {name: delimited.plain(cell) for name, cell in zip(names, cells, strict=False)}
        if names is None:
            _names([])
    except delimited.NotATable as error:
        raise BadProductFile(str(error)) from error


def _names(cells: Iterable[str]) -> list[str]:
    names = [cell.strip().casefold().replace(" ", "_") for cell in cells]
    if missing := [name for name in COLUMNS[:2] if name not in names]:
        known = ", ".join(COLUMNS)
        raise BadProductFile(f"The first line must name the columns; “{missing[0]}” is missing. Known are {known}.")
    return names


def _look_at(made: Iterable[Product], changed: Iterable[Product], *, at: datetime) -> None:
    """Compare what is new or another with the stop words; only what was there before can have been told of before."""
    compared = stop_word_hits.words(at=at)
    told = set(StopWordHit.objects.filter(product__isnull=False).values_list("product_id", flat=True))
    for product in (*made, *changed):
        hits = stop_word_hits.in_owner(product, compared)
        if hits or product.pk in told:
            stop_word_hits.keep(product, hits, at=at)

"""Load newer editions of the code lists others publish, and lay them on the shelf of filings.reference."""

import hashlib
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from http import HTTPStatus

from django.db import connection

from filings import reference
from filings.models import CodeListEdition
from filings.reference import comparing, reading, shelf
from filings.reference.comparing import Difference
from filings.reference.entries import Packed
from filings.reference.shelf import Label
from filings.reference.shipped import sources
from tenants.errors import DomainError
from tenants.scope import every_tenant

# An edition that loses more of the codes than this is taken for the wrong file.
LOSS = 0.5


class NotPublishedElsewhere(DomainError):
    """The list belongs to the message set; load a newer message set instead."""

    status = HTTPStatus.NOT_FOUND


class BadCodeList(DomainError):
    """The file cannot be taken as a code list."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class LosesTooMuch(DomainError):
    """More than half of the codes in force are not in the file; say that it is right if it is."""

    status = HTTPStatus.CONFLICT


@dataclass(frozen=True)
class Look:
    """What a file holds, and what it changes against the edition in force on its first day, of which there may be none."""

    entries: Mapping[str, Packed]
    difference: Difference
    loses_too_much: bool


@dataclass(frozen=True)
class Loaded:
    """What came of loading a list. new: False if this edition was there already."""

    code_list: str
    count: int
    new: bool
    difference: Difference


class DatabaseShelf:
    """The table CodeListEdition as a shelf: web, worker and sandbox use a new list without a restart.

    It is asked inside a transaction only, as every request and task has one: a check on its own (a command, a test of
    the core) needs no database and keeps to what the release ships.
    """

    def labels(self) -> Sequence[Label] | None:
        """Return every edition, oldest first; None outside a transaction."""
        if not connection.in_atomic_block or connection.needs_rollback:
            return None
        fields = ("pk", "code_list", "published", "valid_from", "complete", "source", "licence")
        return [Label(*row) for row in CodeListEdition.objects.order_by("pk").values_list(*fields)]

    def entries(self, label: Label) -> Mapping[str, Packed]:
        """Return the entries of an edition."""
        return unpacked(bytes(CodeListEdition.objects.values_list("entries", flat=True).get(pk=label.id)))


def packed(entries: Mapping[str, Packed]) -> bytes:
    """Return entries as they are kept."""
    return zlib.compress(_written(entries), 9)


def unpacked(data: bytes) -> dict[str, Packed]:
    """Return entries out of what is kept."""
    return {code: (name, functions) for code, (name, functions) in json.loads(zlib.decompress(data)).items()}


def _written(entries: Mapping[str, Packed]) -> bytes:
    return json.dumps(entries, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def load(
    *,
    code_list: str,
    data: bytes,
    source: str,
    published: date,
    valid_from: date,
    by: str,
    at: datetime,
    licence: str = "",
    complete: bool = True,
    despite_loss: bool = False,
) -> Loaded:
    """Keep an edition of a code list and return what it changes; the same edition again changes nothing.

    complete: whether a code that is not in the file does not exist.
    :raises NotPublishedElsewhere: if the list is not one that others publish
    :raises BadCodeList: if the file cannot be read
    :raises LosesTooMuch: if most codes in force are gone, unless despite_loss
    """
    return keep(
        code_list=code_list,
        entries=read(code_list=code_list, data=data),
        source=source,
        published=published,
        valid_from=valid_from,
        by=by,
        at=at,
        licence=licence,
        complete=complete,
        despite_loss=despite_loss,
    )


def keep(
    *,
    code_list: str,
    entries: Mapping[str, Packed],
    source: str,
    published: date,
    valid_from: date,
    by: str,
    at: datetime,
    licence: str = "",
    complete: bool = True,
    despite_loss: bool = False,
) -> Loaded:
    """Keep entries that were read as `load` keeps those of a file.

    :raises LosesTooMuch: if most codes in force are gone, unless despite_loss
    """
    look = looked_over(code_list=code_list, entries=entries, valid_from=valid_from)
    if look.loses_too_much and not despite_loss:
        raise LosesTooMuch
    with every_tenant("a code list is everybody's"):
        new = _keep(
            entries,
            code_list=code_list,
            published=published,
            valid_from=valid_from,
            complete=complete,
            source=source[:200],
            licence=licence[:200],
            loaded_at=at,
            loaded_by=by[:120],
        )
    shelf.look_again()
    return Loaded(code_list, len(entries), new, look.difference)


def read(*, code_list: str, data: bytes) -> Mapping[str, Packed]:
    """Return the entries in a file.

    :raises NotPublishedElsewhere: if the list is not one that others publish
    :raises BadCodeList: if the file cannot be read
    """
    if code_list not in sources():
        raise NotPublishedElsewhere
    try:
        return reading.read(data, code_list)
    except reading.UnreadableList as error:
        raise BadCodeList(str(error)) from error


def looked_over(*, code_list: str, entries: Mapping[str, Packed], valid_from: date) -> Look:
    """Return what entries would change, loading nothing."""
    with every_tenant("a code list is everybody's"):
        shelf.look_again()
        before = reference.edition(code_list, valid_from)
        difference = comparing.compare(before.packed if before else {}, entries)
    return Look(entries, difference, bool(before) and len(difference.gone) > LOSS * len(before or ()))


def loaded_editions() -> Sequence[CodeListEdition]:
    """Return every edition that was loaded, the last first, without its entries."""
    with every_tenant("a code list is everybody's"):
        return list(CodeListEdition.objects.defer("entries").order_by("-pk"))


def _keep(entries: Mapping[str, Packed], **fields: object) -> bool:
    """Add the edition, and say whether it was not there before."""
    sha256 = hashlib.sha256(_written(entries)).hexdigest()
    key = {name: fields[name] for name in ("code_list", "published", "valid_from", "complete")}
    if CodeListEdition.objects.filter(**key, sha256=sha256).exists():
        return False
    CodeListEdition.objects.create(**fields, sha256=sha256, count=len(entries), entries=packed(entries))
    return True

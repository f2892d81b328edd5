"""Load message sets beside the one of the release (docs/decisions/0012-message-sets.md)."""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from django.db import IntegrityError, transaction

from filings.messages import carrying, catalogue, comparing, holdings, package, schemata
from filings.messages.carrying import Carried
from filings.messages.catalogue import Message
from filings.messages.elements import Edition, Element
from filings.messages.holdings import Row, Tables
from filings.messages.schemata import Schema
from filings.models import MessageSet
from filings.rules import conditions, hints, plan
from filings.rules.scope import NoWay, Stand
from filings.services.shelf import packed
from tenants.errors import DomainError

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.\-]{0,19}")
_VERSION: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.\-]{0,9}")
_UNJUDGED: Final = (NoWay, LookupError, hints.UnknownHint, conditions.UnknownStatus)


class BadMessageSet(DomainError):
    """The package cannot be taken as a message set."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class SetExists(DomainError):
    """There is a message set of this name and version; a set never changes, so give the new one another version."""


class NoSuchSet(DomainError):
    """There is no such message set."""

    status = HTTPStatus.NOT_FOUND


@dataclass(frozen=True)
class Loaded:
    """What came of loading: the tables, and the report people and programs read."""

    edition: Edition
    tables: Tables
    report: dict[str, Any]


def load(
    *,
    edition: Edition,
    data: bytes,
    source: str,
    compare_with: Edition,
    partial: bool,
    by: str,
    at: datetime,
    keep: bool = True,
) -> Loaded:
    """Read an XSD package as a message set and keep it.

    :param edition: name and version; an empty version is that of the schemas.
    :param data: the zip.
    :param compare_with: the set whose titles, rules and conditions are carried over where paths are equal.
    :param partial: take what the package does not have from that set.
    :param keep: False only looks what would come of it.
    :raises SetExists: if there is a set of this name and version.
    :raises NoSuchSet: if there is none to compare with.
    :raises BadMessageSet: if the package is not acceptable.
    """
    if not catalogue.messages(*compare_with):
        raise NoSuchSet(f"There is no message set {compare_with[0]} {compare_with[1]} to compare with.")
    try:
        schemas = schemata.read(package.schemas(data))
        edition = edition[0], edition[1] or _version(schemas)
        _refuse_known(edition)
        tables, carried = carrying.tables(schemas, edition=edition, base=compare_with, partial=partial)
    except ValueError as error:
        raise BadMessageSet(str(error)) from error
    tables = _judgeable(tables, edition, carried)
    with holdings.trial(edition, tables):
        differences = comparing.report(comparing.of_sets(compare_with, edition))
        messages = len(catalogue.messages(*edition))
    sha256 = hashlib.sha256(data).hexdigest()
    about = {"message_set": edition[0], "version": edition[1], "compared_with": list(compare_with), "source": source}
    report = {**about, "sha256": sha256, "messages": messages, "differences": differences, **carried.as_dict()}
    if keep:
        _keep(edition, tables, report, by=by, at=at)
    return Loaded(edition, tables, report)


def _refuse_known(edition: Edition) -> None:
    if edition in catalogue.editions():
        raise SetExists
    if not (_NAME.fullmatch(edition[0]) and _VERSION.fullmatch(edition[1])):
        raise BadMessageSet("Name a message set by up to 20 letters, digits, points or hyphens, its version by up to 10.")


def _version(schemas: Iterable[Schema]) -> str:
    """Return the version all schemas claim.

    :raises BadMessageSet: if they claim none, or different ones.
    """
    found = {schema.version for schema in schemas}
    if len(found) != 1 or not any(found):
        raise BadMessageSet("The schemas do not agree on a version; say which it is (--version).")
    return found.pop()


def _keep(edition: Edition, tables: Tables, report: dict[str, Any], *, by: str, at: datetime) -> None:
    try:
        with transaction.atomic():
            MessageSet.objects.create(
                name=edition[0],
                version=edition[1],
                compared_with=":".join(report["compared_with"]),
                source=report["source"][:200],
                sha256=report["sha256"],
                tables=packed(tables),
                report=report,
                loaded_at=at,
                loaded_by=by[:120],
            )
    except IntegrityError as error:
        raise SetExists from error


# --- Conditions that cannot be judged any more ---------------------------------------------------------------------------


def _judgeable(tables: Tables, edition: Edition, carried: Carried) -> Tables:
    """Return the tables without the conditions that read an element their message no longer has, which are reported.

    :raises BadMessageSet: if a message cannot be checked even so.
    """
    with holdings.trial(edition, tables):
        stale = {(message.id, path, id_) for message in catalogue.messages(*edition) for path, id_ in _stale(message, carried)}
    if stale:
        elements = [_without(row, path, stale) for row, path in _with_paths(tables["elements"])]
        readings = [_without(row, row["path"], stale) for row in tables["overrides"]]
        tables = {**tables, "elements": elements, "overrides": readings}
    with holdings.trial(edition, tables):
        for message in catalogue.messages(*edition):
            try:
                plan.plan(message)
            except _UNJUDGED as error:
                raise BadMessageSet(f"{message.id} could not be checked: {error}.") from error
    return tables


def _stale(message: Message, carried: Carried) -> Iterable[tuple[str, str]]:
    hints_of = {id_: json.loads(row["machine_hint"] or "{}") for id_, row in conditions.rows(message.edition).items()}
    for chain, element in _with_chains((message.root,)):
        for id_ in element.conditions:
            try:
                conditions.compiled(id_, hints_of[id_], Stand(element, chain, message))
            except _UNJUDGED as error:
                carried.open.append((message.id, element.path, f"{id_} left out: {error}"))
                yield element.path, id_


def _with_chains(chain: tuple[Element, ...]) -> Iterable[tuple[tuple[Element, ...], Element]]:
    for child in chain[-1].children:
        yield chain, child
        if child.children:
            yield from _with_chains((*chain, child))


def _without(row: Row, path: str, stale: set[tuple[str, str, str]]) -> Row:
    """Return a row about an element without the conditions that are stale there."""
    ids = [id_ for id_ in row["conditions"].split() if (row["message"], path, id_) not in stale]
    return {**row, "conditions": " ".join(ids)}


def _with_paths(elements: Iterable[Row]) -> Iterable[tuple[Row, str]]:
    """Yield the lines of all messages, each with the path its level gives it."""
    open_: list[str] = []
    for row in elements:
        level = int(row["level"])
        open_[level:] = [row["xml_name"]]
        yield row, "/".join(open_[1 : level + 1])

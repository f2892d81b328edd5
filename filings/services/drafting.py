"""Make, change, copy and discard drafts. A draft may be incomplete or wrong; it is kept as it was given."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from http import HTTPStatus
from typing import Any, Final

from django.db import transaction

from filings import selectors
from filings.lifecycle import State
from filings.messages import json
from filings.messages.catalogue import Message
from filings.messages.document import Document, empty
from filings.messages.finding import repairs
from filings.models import Filing
from filings.services import telling
from filings.services.editions import edition_for
from filings.services.shipments import keeping
from filings.services.stop_words import hits
from tenants import audit
from tenants.actors import Actor
from tenants.errors import DomainError

CIRCUMSTANCE: Final = "CL742"  # the code list whose one fitting code is the message's own indicator
MOST_TOLD: Final = 100  # places that one audit line names


class NotAFiling(DomainError):
    """This message cannot be drafted as a filing."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class NotADraft(DomainError):
    """It was submitted, so it cannot be changed or discarded any more; make a copy and change that."""


class OtherMessage(DomainError):
    """The document is another message than the filing."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class NoRepair(DomainError):
    """No value is proposed for some of these places; check the filing again, somebody may have changed it."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(self, paths: list[str]) -> None:
        super().__init__()
        self.paths = paths

    def detail(self) -> dict[str, object]:
        """Return the places without a proposal."""
        return {"paths": self.paths}


class ChangedMeanwhile(DomainError):
    """Somebody changed the filing after you read it; read it again, then repeat your change."""

    def __init__(self, revision: int) -> None:
        super().__init__()
        self.revision = revision

    def detail(self) -> dict[str, object]:
        """Return the revision in force."""
        return {"revision": self.revision}


@transaction.atomic
def create(
    *, document: Document, by: Actor, at: datetime, source: str, kept: Mapping[str, Any] | None = None, words: str = ""
) -> Filing:
    """Keep a document as a new draft.

    :param source: web, api, upload, command, or a key of _DRAFTED.
    :param kept: further columns: of a filing that is kept in parts, of a request about another filing.
    :param words: what the timeline says, if not what it says of the source.
    :raises NotAFiling: if the message is none that starts a filing, no request about one and no arrival of a voyage.
    """
    message = document.message
    if not selectors.can_be_filed(message) and not any((kept or {}).get(name) for name in ("about", "notifies")):
        raise NotAFiling(
            f"{message.id} is not a filing of its own; draft one of the messages that are, such as those of family F."
        )
    filing: Filing = Filing.objects.create(
        message_type=message.id,
        message_set=message.message_set,
        version=message.version,
        source=source,
        created_at=at,
        changed_at=at,
        **contents(document),
        **(kept or {}),
    )
    filing.happened("drafted", words or _DRAFTED.get(source, "Drafted."), by=by, at=at)
    audit.record("filing.drafted", target=filing, by=by, at=at, detail={"message": message.id, "source": source})
    keeping.keep(filing=filing, at=at)
    return filing


@transaction.atomic
def change(*, filing: Filing, document: Document, revision: int, by: Actor, at: datetime) -> None:
    """Replace the content of a draft by what was made of one revision of it; the same content again changes nothing.

    :raises NotADraft: if it was submitted.
    :raises ChangedMeanwhile: if the revision is not the one in force.
    :raises OtherMessage: if the document is another message.
    """
    _lock_draft(filing)
    if filing.in_parts:
        raise selectors.KeptInParts
    if revision != filing.revision:
        raise ChangedMeanwhile(filing.revision)
    if document.message.id == filing.message_type:
        document = _in_its_edition(document, filing)
    else:
        raise OtherMessage(f"The document is {document.message.id}, the filing {filing.message_type}; draft a new filing for it.")
    if _keep(filing, document, at=at):
        filing.happened("changed", "Changed.", by=by, at=at, detail={"revision": filing.revision})
        audit.record("filing.changed", target=filing, by=by, at=at, detail={"revision": filing.revision})


@transaction.atomic
def repair(*, filing: Filing, paths: Iterable[str] | None, by: Actor, at: datetime) -> int:
    """Put the values that its findings propose into a draft, and return how many; all or none of them.

    :param paths: the places (XPath, as in the findings) to repair; None means all that have a proposal.
    :raises NotADraft: if it was submitted.
    :raises NoRepair: if nothing is proposed for one of the places as the draft stands now.
    """
    _lock_draft(filing)
    proposed = repairs(selectors.findings_of(filing))
    wanted = list(proposed) if paths is None else list(dict.fromkeys(paths))
    if unknown := [path for path in wanted if path not in proposed]:
        raise NoRepair(unknown)
    document = selectors.document_of(filing)
    for path in wanted:
        document.set(path.removeprefix(f"/{document.message.root_name}/"), proposed[path])
    if not _keep(filing, document, at=at):
        return 0
    count = len(wanted)
    sentence = f"{count} value{'' if count == 1 else 's'} repaired as proposed."
    filing.happened("repaired", sentence, by=by, at=at, detail={"revision": filing.revision, "count": count})
    detail = {"revision": filing.revision, "count": count, "paths": wanted[:MOST_TOLD]}
    audit.record("filing.repaired", target=filing, by=by, at=at, detail=detail)
    return count


@transaction.atomic
def discard(*, filing: Filing, by: Actor, at: datetime) -> None:
    """Remove a draft; only the trail remembers it.

    :raises NotADraft: if it was submitted.
    """
    _lock_draft(filing)
    telling.discarded(filing=filing, by=by, at=at)
    audit.record("filing.discarded", target=filing, by=by, at=at, detail={"message": filing.message_type, "lrn": filing.lrn})
    shipments = keeping.leaving(filing, at=at)
    filing.delete()
    keeping.left(shipments=shipments, at=at)


@transaction.atomic
def copy(*, filing: Filing, by: Actor, at: datetime) -> Filing:
    """Make a new draft with the content of any filing, without its LRN and date: those are never used twice.

    It is written in the message set now in force, so what was filed in an older one can be filed anew.
    """
    message_set, version = edition_for(filing.message_type, at=at, operator_id=filing.operator_id)
    document = json.from_json({filing.message_type: filing.document}, message_set=message_set, version=version)
    for path in (document.message.reference, document.message.date):
        while path and path != selectors.MRN and document.nodes(path):
            document.set(path, None)
    kept = {name: getattr(filing, name) for name in ("parts_path", "parts_count", "about", "notifies")}
    if filing.state == State.REJECTED:  # the copy takes its place
        kept["replaces"] = filing.replaces
    draft = create(document=document, by=by, at=at, source="copy", kept=kept)
    if filing.in_parts:
        from filings.services.large import rows

        rows.copy_parts(filing, draft)
        keeping.keep(filing=draft, at=at)
    filing.happened("copied", "Copied to a new draft.", by=by, at=at, detail={"filing": str(draft.pk)})
    return draft


def first_document(message: Message, eori: str) -> Document:
    """Return a document with what is known before anyone typed: whose it is, and what kind it is."""
    document = empty(message)
    for element in message.root.children:
        if element.code_list == CIRCUMSTANCE and element.codes and message.sci in element.codes:
            document.set(element.path, message.sci)
    if message.party:
        document.set(message.party, eori)
    return document


def contents(document: Document) -> dict[str, Any]:
    """Return the columns of a filing that follow from its document."""
    message = document.message
    found = {
        "lrn": document.value(message.reference),
        "declarant": document.value(message.party),
        "transport_document": _first(document, transport_documents(message)),
    }
    if message.reference == selectors.MRN:  # a request about a filing has no reference of ours
        found |= {"lrn": None, "mrn": document.value(message.reference)}
    room = {field.name: field.max_length for field in Filing._meta.fields}
    columns = {name: (value or "").strip()[: room[name]] for name, value in found.items()}
    return {"document": document.to_json()[message.id], **columns}


@cache
def transport_documents(message: Message) -> tuple[str, ...]:
    """Return the paths of the transport document a filing is about, best first.

    It is that of the highest consignment with a number of its own. A house consignment that also quotes its master's
    number is known by the house number.
    """
    paths = [path for path in message.by_path if path.startswith("consignment") and path.endswith("/documentNumber")]
    own = [path for path in paths if path.split("/")[-2].startswith("transportDocument")]
    return tuple(sorted(own, key=lambda path: (path.count("/"), "House" not in path.split("/")[-2])))


def _keep(filing: Filing, document: Document, *, at: datetime) -> bool:
    """Write a document into a locked draft as its next revision; say whether anything is new in it."""
    fields = contents(document)
    if fields["document"] == filing.document:
        return False
    for name, value in fields.items():
        setattr(filing, name, value)
    filing.revision += 1
    filing.changed_at = at
    filing.when_registered = False  # whoever changes it says anew that it shall leave
    filing.save(update_fields=[*fields, "revision", "changed_at", "when_registered"])
    hits.look_again(filing, at=at)
    keeping.keep(filing=filing, at=at)
    return True


def _in_its_edition(document: Document, filing: Filing) -> Document:
    """Return a document as one of the message set the filing was drafted in and keeps, whatever is in force by now."""
    if document.message.edition == (filing.message_set, filing.version):
        return document
    return json.from_json(document.to_json(), message_set=filing.message_set, version=filing.version)


def _first(document: Document, paths: tuple[str, ...]) -> str | None:
    return next((value for path in paths if (value := document.value(path))), None)


def _lock_draft(filing: Filing) -> None:
    filing.lock()
    if not filing.is_draft:
        raise NotADraft


_DRAFTED = {
    "web": "Drafted on the page.",
    "api": "Drafted through the API.",
    "upload": "Drafted from an uploaded file.",
    "command": "Drafted by a command.",
    "copy": "Drafted as a copy.",
    "template": "Drafted from a template.",
    "amendment": "Drafted with what customs has.",
    "request": "Drafted for a filing request.",
    "outside": "Handed over from outside for a filing request.",
    "wizard": "Drafted by “Who files what”.",
    "split": "Drafted with a part of the houses of another draft.",
}

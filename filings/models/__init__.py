"""The rows of filings; each kind of row lives in a module of its own, and all are known by this name."""

from filings.models.editions import CodeListEdition, EditionChoice, MessageSet, StopWordList
from filings.models.fields import BeginsWith, ordered_id
from filings.models.filing import STATES, Filing
from filings.models.history import FilingEvent, UsedReference
from filings.models.journey import DeadlineBuffer, JourneyFacts, RolloutTable
from filings.models.keeping import FilingTemplate, Product, StopWordHit, StopWordScan
from filings.models.large import Check, CheckFinding, FilingPart, Upload, UploadPiece
from filings.models.outbox import IdempotencyKey, OutboxMessage

__all__ = [
    "STATES",
    "BeginsWith",
    "Check",
    "CheckFinding",
    "CodeListEdition",
    "DeadlineBuffer",
    "EditionChoice",
    "Filing",
    "FilingEvent",
    "FilingPart",
    "FilingTemplate",
    "IdempotencyKey",
    "JourneyFacts",
    "MessageSet",
    "OutboxMessage",
    "Product",
    "RolloutTable",
    "StopWordHit",
    "StopWordList",
    "StopWordScan",
    "Upload",
    "UploadPiece",
    "UsedReference",
    "ordered_id",
]

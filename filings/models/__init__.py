"""The rows of filings; each kind of row lives in a module of its own, and all are known by this name."""

from filings.models.alarm import Alarm, AlarmDelivery, AlarmRule, CalendarFeed, Topic
from filings.models.assessment import AssessedPart, Assessment
from filings.models.attachment import Attachment
from filings.models.editions import CodeListEdition, EditionChoice, MessageSet, StopWordList
from filings.models.fields import BeginsWith, ordered_id
from filings.models.filing import STATES, Filing
from filings.models.filing_request import (
    FilingRequest,
    FilingRequestAnswer,
    FilingRequestChange,
    FilingRequestEvent,
    FilingRequestKey,
    UnfinishedForm,
)
from filings.models.history import FilingEvent, UsedReference
from filings.models.journey import DeadlineBuffer, JourneyFacts, RolloutTable
from filings.models.keeping import FilingTemplate, Product, StopWordHit, StopWordScan
from filings.models.large import Check, CheckFinding, FilingPart, Upload, UploadPiece
from filings.models.outbox import IdempotencyKey, OutboxMessage
from filings.models.shipment import LinkKey, Shipment, ShipmentChange, ShipmentFiling, ShipmentNotice
from filings.models.upkeep import Upkeep
from filings.models.voyage import ArrivalNotice, Call, EtaChange, Voyage

__all__ = [
    "STATES",
    "Alarm",
    "AlarmDelivery",
    "AlarmRule",
    "ArrivalNotice",
    "AssessedPart",
    "Assessment",
    "Attachment",
    "BeginsWith",
    "CalendarFeed",
    "Call",
    "Check",
    "CheckFinding",
    "CodeListEdition",
    "DeadlineBuffer",
    "EditionChoice",
    "EtaChange",
    "Filing",
    "FilingEvent",
    "FilingPart",
    "FilingRequest",
    "FilingRequestAnswer",
    "FilingRequestChange",
    "FilingRequestEvent",
    "FilingRequestKey",
    "FilingTemplate",
    "IdempotencyKey",
    "JourneyFacts",
    "LinkKey",
    "MessageSet",
    "OutboxMessage",
    "Product",
    "RolloutTable",
    "Shipment",
    "ShipmentChange",
    "ShipmentFiling",
    "ShipmentNotice",
    "StopWordHit",
    "StopWordList",
    "StopWordScan",
    "Topic",
    "UnfinishedForm",
    "Upkeep",
    "Upload",
    "UploadPiece",
    "UsedReference",
    "Voyage",
    "ordered_id",
]

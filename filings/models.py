"""What we tell customs: filings, what happened to them, and what waits to leave."""

import secrets
import time
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from filings import lifecycle
from filings.deadlines import Buffer, Deadline, Facts, deadlines, due, kept
from filings.large import Check, CheckFinding, FilingPart, Upload, UploadPiece
from filings.lifecycle import Event, Fact, State
from filings.messages import catalogue
from tenants.actors import Actor
from tenants.models import Operator, TenantModel

# Rows of what is too large to be held at once; Django finds them here.
__all__ = ["Check", "CheckFinding", "FilingPart", "Upload", "UploadPiece"]


@models.CharField.register_lookup
class BeginsWith(models.Lookup):
    """``field__begins_with="26BE"``: unlike LIKE, starts_with() may use an index under row-level security."""

    lookup_name = "begins_with"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """Return the condition and its parameters."""
        left, left_values = self.process_lhs(compiler, connection)
        right, right_values = self.process_rhs(compiler, connection)
        return f"starts_with({left}, {right})", (*left_values, *right_values)


def ordered_id() -> uuid.UUID:
    """Return an id that sorts after those this process made before (UUID version 7: the time to 0.25 µs, then chance)."""
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    return uuid.UUID(int=milliseconds << 80 | 7 << 76 | (rest * 4096 // 1_000_000) << 64 | 2 << 62 | secrets.randbits(62))


def _prefix_index(column: str) -> models.Index:
    """Return an index that answers begins_with, whatever the collation of the database."""
    return models.Index(fields=["operator", column], opclasses=["uuid_ops", "varchar_pattern_ops"], name=f"filing_by_{column}")


def _fact_column(facet: str) -> "models.CharField[str, str]":
    """Return the column of a facet; "" is that customs said nothing of it."""
    choices = [(fact.value, fact.name) for fact in lifecycle.FACTS if fact.facet == facet]
    return models.CharField(max_length=12, choices=choices, blank=True, db_default="")


STATES = [(state.value, words) for state, (words, _) in lifecycle.WORDS.items()]


class Filing(TenantModel):
    """One message an operator files: draft, then on its way, then with customs' answer."""

    message_type = models.CharField(max_length=8)
    message_set = models.CharField(max_length=20)
    version = models.CharField(max_length=10)
    document = models.JSONField()  # what stands under the root element, names as in the specification
    parts_path = models.CharField(max_length=200, blank=True, db_default="")  # of the groups kept as FilingPart, if any
    parts_count = models.PositiveIntegerField(default=0, db_default=0)
    revision = models.PositiveIntegerField(default=1)  # counts changes of the document: two editors do not overwrite
    state = models.CharField(max_length=12, choices=STATES, default=State.DRAFT)
    via = models.CharField(max_length=60, blank=True, db_default="")  # PartyId of the connection chosen for it (filings.ways)
    source = models.CharField(max_length=10, default="web")  # web, api, upload, command
    # Copies of what the document says, to find it by; longer than customs allows, since a draft may be wrong.
    lrn = models.CharField("LRN", max_length=64, blank=True)
    mrn = models.CharField("MRN", max_length=18, blank=True)
    declarant = models.CharField(max_length=64, blank=True)
    transport_document = models.CharField(max_length=128, blank=True)
    errors = models.JSONField(default=list)  # customs' own errors: path, code, sentence, technical
    # A request about another filing: its amendment, its invalidation, a question (docs/decisions/0022).
    # No index but the partial one below: nearly all rows have none, and a search must not walk them.
    about = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="requests", db_index=False
    )
    replaces = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="replaced_by")
    reason = models.CharField(max_length=400, blank=True, db_default="")  # why it was requested; stays in the house
    result = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))  # what a consultation found
    # What customs said besides, one column a facet (filings.lifecycle.FACTS), and when, by customs' own dates.
    completeness = _fact_column("completeness")
    assessment = _fact_column("assessment")
    asked = _fact_column("asked")
    loading = _fact_column("loading")
    control = _fact_column("control")
    arrival = _fact_column("arrival")
    facts_at = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)  # the receipt's time
    answered_at = models.DateTimeField(null=True, blank=True)
    registered_at = models.DateTimeField(null=True, blank=True)  # the date customs gives with the MRN
    # By when customs must have it, the law's or the carrier's moment; reckoned whenever document or facts are saved.
    due_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["operator", "-created_at"]),
            models.Index(
                fields=["operator", "due_at"],
                name="filing_by_due",
                condition=Q(due_at__isnull=False, registered_at__isnull=True),
            ),
            models.Index(fields=["operator", "state", "-created_at"]),
            *(_prefix_index(column) for column in ("lrn", "mrn", "declarant", "transport_document")),
            models.Index(fields=["about", "created_at"], name="filing_requests", condition=Q(about__isnull=False)),
            *(  # what few filings have and people look for
                models.Index(fields=["operator", facet, "-created_at"], name=f"filing_{facet}", condition=~Q(**{facet: ""}))
                for facet in lifecycle.FACETS
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=list(State)), name="filing_state_known"),
            models.CheckConstraint(
                condition=Q(state=State.DRAFT) | Q(submitted_at__isnull=False), name="filing_submitted_has_time"
            ),
            models.CheckConstraint(
                condition=Q(state=State.DRAFT) | ~Q(lrn="") | Q(about__isnull=False, mrn__gt=""), name="filing_submitted_has_lrn"
            ),
            models.CheckConstraint(condition=~Q(state=State.SENT) | Q(sent_at__isnull=False), name="filing_sent_has_time"),
            models.CheckConstraint(
                condition=~Q(state__in=[State.REGISTERED, State.ARRIVED, State.INVALIDATED]) | Q(mrn__gt="", about__isnull=True),
                name="filing_registered_has_mrn",
            ),
            models.CheckConstraint(condition=~Q(state=State.DONE) | Q(about__isnull=False), name="filing_done_is_request"),
            models.CheckConstraint(
                condition=~Q(state__in=sorted(lifecycle.ANSWERED)) | Q(answered_at__isnull=False), name="filing_answered_has_time"
            ),
            *(
                models.CheckConstraint(
                    condition=Q(**{f"{facet}__in": ["", *(each.value for each in lifecycle.FACTS if each.facet == facet)]}),
                    name=f"filing_{facet}_known",
                )
                for facet in lifecycle.FACETS
            ),
        ]

    def __str__(self) -> str:
        return f"{self.message_type} {self.lrn or self.mrn or self.pk}"

    def save(self, *args: Any, **options: Any) -> None:
        """Save it; with a document comes the moment by which it is due."""
        fields = options.get("update_fields")
        if fields is None or "document" in fields:
            self.due_at = due(self.deadlines())
            if fields is not None:
                options["update_fields"] = {*fields, "due_at"}
        super().save(*args, **options)

    def deadlines(self, *, buffers: Sequence[Buffer] = ()) -> list[Deadline]:
        """Return the deadlines of a filing, from its document and the facts entered beside it; a request has none."""
        try:
            message = catalogue.message(self.message_type, self.message_set, self.version)
        except catalogue.UnknownMessage:  # of a message set that is gone
            return []
        if message.event != "submit":
            return []
        document = kept.journey(self.message_type, self.document, message_set=self.message_set, version=self.version)
        facts = None if self._state.adding else JourneyFacts.objects.filter(filing=self.pk).first()
        known = replace(facts.known() if facts else Facts(), registered_at=self.registered_at)
        return deadlines(document, facts=known, buffers=buffers) if document else []

    @property
    def is_draft(self) -> bool:
        """Say whether it may still be changed."""
        return self.state == State.DRAFT

    @property
    def in_parts(self) -> bool:
        """Say whether its house consignments are rows of their own (docs/decisions/0014)."""
        return bool(self.parts_path)

    @property
    def is_waiting(self) -> bool:
        """Say whether something will happen to it by itself."""
        return self.state in lifecycle.WAITING

    @property
    def state_words(self) -> str:
        """Return the sentence that explains the state."""
        return lifecycle.WORDS[State(self.state)][1]

    @property
    def facts(self) -> list[Fact]:
        """Return what customs said about it besides its state."""
        return lifecycle.known({facet: getattr(self, facet) for facet in lifecycle.FACETS})

    @property
    def expires_at(self) -> datetime | None:
        """Return when customs invalidates it if its goods do not arrive."""
        return lifecycle.expires(self.registered_at, State(self.state))

    def learn(self, fact: Fact, *, at: datetime) -> bool:
        """Keep what customs said, dated by its own clock, unless it said something later; say whether it is news."""
        since = self.facts_at.get(fact.facet)
        if not lifecycle.learn(fact, at, getattr(self, fact.facet), datetime.fromisoformat(since) if since else None):
            return False
        news: bool = getattr(self, fact.facet) != fact.value
        setattr(self, fact.facet, fact.value)
        self.facts_at = {**self.facts_at, fact.facet: at.astimezone(UTC).isoformat()}
        self.save(update_fields=[fact.facet, "facts_at"])
        return news

    def lock(self) -> None:
        """Keep the row for this transaction, as it stands now: who comes at the same time waits.

        Of a request the filing it is about is locked first: the order of their messages is one.
        """
        if self.about_id:
            Filing.objects.select_for_update(no_key=True).only("pk").get(pk=self.about_id)
        # NO KEY: rows about the filing may be added meanwhile, by a worker that holds a message of it.
        self.refresh_from_db(from_queryset=type(self).objects.select_for_update(no_key=True))

    def happened(
        self, kind: str, sentence: str, *, by: Actor, at: datetime, message_id: str = "", detail: dict[str, Any] | None = None
    ) -> None:
        """Add a line to the timeline; message_id is the id of the message of customs that caused it."""
        FilingEvent.objects.create(
            filing=self,
            at=at,
            kind=kind,
            sentence=sentence[:400],
            actor=by.name[:120],
            message_id=message_id,
            detail=detail or {},
        )

    def advance(self, event: Event, *, at: datetime, **fields: Any) -> bool:
        """Take the step the table gives and save it with the fields; say whether the state changed.

        :raises lifecycle.NotAllowed: if the table has no such step.
        """
        before = self.state
        self.state = lifecycle.step(State(self.state), event)
        for name, value in fields.items():
            setattr(self, name, value)
        self.changed_at = at
        self.save(update_fields=["state", "changed_at", *fields])
        return before != self.state


class JourneyFacts(TenantModel):
    """What people know about the journey of a filing that no element of it says; deadlines are reckoned with it."""

    filing = models.OneToOneField(Filing, on_delete=models.CASCADE, related_name="journey_facts")
    loading_at = models.DateTimeField(null=True, blank=True)
    departure_at = models.DateTimeField(null=True, blank=True)
    arrival_at = models.DateTimeField(null=True, blank=True)
    carrier_cut_off = models.DateTimeField(null=True, blank=True)
    duration_minutes = models.PositiveIntegerField(null=True, blank=True)
    active_mode = models.CharField(max_length=1, blank=True)  # CL018
    containers = models.BooleanField(null=True, blank=True)
    short_sea = models.BooleanField(null=True, blank=True)
    force_majeure = models.BooleanField(default=False)
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=120)

    def __str__(self) -> str:
        return f"facts of {self.filing_id}"

    def known(self) -> Facts:
        """Return them as the engine of deadlines takes them."""
        return Facts(
            loading_at=self.loading_at,
            departure_at=self.departure_at,
            arrival_at=self.arrival_at,
            carrier_cut_off=self.carrier_cut_off,
            duration=None if self.duration_minutes is None else timedelta(minutes=self.duration_minutes),
            active_mode=self.active_mode,
            containers=self.containers,
            short_sea=self.short_sea,
            force_majeure=self.force_majeure,
        )


class DeadlineBuffer(TenantModel):
    """How long before the legal limit an operator wants to have filed. mode: CL018, empty for every mode."""

    mode = models.CharField(max_length=1, blank=True)
    minutes = models.PositiveIntegerField()
    changed_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["operator", "mode"], name="one_buffer_per_mode")]

    def __str__(self) -> str:
        return f"{self.minutes} min, mode {self.mode or 'any'}"


class FilingEvent(TenantModel):
    """One thing that happened to a filing, for its timeline."""

    id = models.UUIDField(primary_key=True, default=ordered_id, editable=False)
    filing = models.ForeignKey(Filing, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField()
    kind = models.CharField(max_length=40)
    sentence = models.CharField(max_length=400)
    actor = models.CharField(max_length=120)
    message_id = models.CharField(max_length=255, blank=True)
    detail = models.JSONField(default=dict)

    class Meta(TenantModel.Meta):
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["operator", "filing", "at"])]
        constraints = [
            models.UniqueConstraint(
                fields=["operator", "filing", "kind", "message_id"],
                condition=~Q(message_id=""),
                name="filing_told_once_per_message",
            )
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.kind}"


class UsedReference(TenantModel):
    """A reference a submitted filing used up for a time: a master document, an item, a house (filings.rules.uniqueness)."""

    filing = models.ForeignKey(Filing, on_delete=models.CASCADE, related_name="used_references")
    kind = models.CharField(max_length=30)
    party = models.CharField(max_length=64)
    number = models.CharField(max_length=128)
    beside = models.CharField(max_length=128, blank=True)  # the UCR, where the two make up the reference
    at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["operator", "number", "party", "at"], name="used_reference_by_number")]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


class OutboxMessage(TenantModel):
    """One business message that waits to leave, or has left; the AS4 message id is made with the row."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        HELD = "held", "Held back"
        RUNNING = "running", "Being sent"
        DONE = "done", "Delivered"
        FAILED = "failed", "Given up"

    filing = models.ForeignKey(Filing, on_delete=models.CASCADE, null=True, related_name="outbox")
    message_type = models.CharField(max_length=8)
    message_id = models.CharField(max_length=255, unique=True)
    payload = models.BinaryField()  # the XML, UTF-8
    encoding = models.CharField(max_length=8, blank=True, db_default="")  # gzip where the payload is kept compressed
    priority = models.CharField(max_length=1, default="B")  # A before B before C, interface document table 7
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    token = models.UUIDField(null=True)
    via = models.CharField(max_length=60, blank=True, db_default="")  # PartyId of the connection it must take; else the usual
    line = models.BigIntegerField(null=True)  # over which line it was last claimed (filings.outbox.Line)
    # The message of the same filing that must be settled first: given up, or delivered and, where one comes, answered.
    follows = models.ForeignKey("self", on_delete=models.CASCADE, null=True, related_name="followers")
    awaits_answer = models.BooleanField(default=False)  # customs says yes or no to it in a message of its own
    answered_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=400, blank=True)
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(
                fields=["via", "priority", "operator", "due_at", "created_at"],
                name="outbox_turn",
                condition=Q(state="waiting", follows__isnull=True),
            ),
            models.Index(fields=["lease_until"], name="outbox_running", condition=Q(state="running")),
            models.Index(  # what does not move by itself
                fields=["state", "operator", "created_at"],
                name="outbox_kept",
                condition=Q(state__in=["held", "failed"]) | Q(state="waiting", follows__isnull=False),
            ),
            models.Index(fields=["operator", "created_at"], name="outbox_by_age"),
            BrinIndex(fields=["created_at"], name="outbox_by_time"),
            models.Index(fields=["line", "done_at"], name="outbox_by_end", condition=Q(done_at__isnull=False)),
            models.Index(
                fields=["line", "done_at"],
                name="outbox_unanswered",
                condition=Q(state="done", awaits_answer=True, answered_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.message_type} {self.message_id}"


class IdempotencyKey(TenantModel):
    """The answer a client's key got, so that the same request again does nothing twice."""

    key = models.CharField(max_length=200)
    request = models.CharField(max_length=64)  # SHA-256 of method, path and body
    status = models.PositiveSmallIntegerField(default=0)  # filled before the transaction of the deed ends
    body = models.JSONField(default=dict)
    created_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["operator", "key"], name="one_answer_per_idempotency_key")]

    def __str__(self) -> str:
        return self.key


class MessageSet(models.Model):
    """A message set loaded beside the one of the release: its tables, and how they came to be. It never changes."""

    name = models.CharField(max_length=20)
    version = models.CharField(max_length=10)
    compared_with = models.CharField(max_length=32)  # name:version of the set whose rules were carried over
    source = models.CharField(max_length=200)  # name of the file it was read from
    sha256 = models.CharField(max_length=64)  # of that file
    tables = models.BinaryField()  # rows by table, JSON, compressed
    report = models.JSONField()  # what differs, what was carried over, what needs a look
    loaded_at = models.DateTimeField()
    loaded_by = models.CharField(max_length=120)

    class Meta:
        ordering = ["loaded_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["name", "version"], name="message_set_once")]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class EditionChoice(models.Model):
    """From when on which message set is used: for one message or all, for one operator's connection or all.

    An operator has one connection, its own or the ITSP's, so a row for the operator is a row for its connection.
    """

    operator = models.ForeignKey(Operator, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    message_type = models.CharField(max_length=8, blank=True)  # empty: every message
    message_set = models.CharField(max_length=20)
    version = models.CharField(max_length=10)
    since = models.DateTimeField()
    decided_at = models.DateTimeField()
    decided_by = models.CharField(max_length=120)

    class Meta:
        ordering = ["since", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["operator", "message_type", "since"], nulls_distinct=False, name="edition_choice_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.message_type or 'all'} {self.message_set} {self.version}"


class CodeListEdition(models.Model):
    """One edition of a code list others publish, loaded after the release was made. It never changes."""

    code_list = models.CharField(max_length=8)
    published = models.DateField()
    valid_from = models.DateField()
    complete = models.BooleanField()  # whether a code that is not in it does not exist
    source = models.CharField(max_length=200)  # name of the file it was read from
    licence = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64)  # of the entries, so that the same list in another form is the same
    count = models.PositiveIntegerField()
    entries = models.BinaryField()  # name and functions by code, JSON, compressed
    loaded_at = models.DateTimeField()
    loaded_by = models.CharField(max_length=120)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["code_list", "published", "valid_from", "complete", "sha256"], name="code_list_edition_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.code_list} of {self.published}"


class StopWordList(models.Model):
    """A list of stop words loaded after the release was made; it replaces the one before from its day. It never changes."""

    valid_from = models.DateField()
    source = models.CharField(max_length=200)  # name of the file it was read from
    sha256 = models.CharField(max_length=64)  # of the rows
    count = models.PositiveIntegerField()
    rows = models.BinaryField()  # JSON, compressed
    loaded_at = models.DateTimeField()
    loaded_by = models.CharField(max_length=120)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["valid_from", "sha256"], name="stop_word_list_once")]

    def __str__(self) -> str:
        return f"stop words from {self.valid_from}"


class RolloutTable(models.Model):
    """A table of who joined ICS2 when, loaded after the release was made; the newest one counts. It never changes."""

    source = models.CharField(max_length=200)  # name of the file it was read from
    sha256 = models.CharField(max_length=64)  # of the file
    data = models.BinaryField()  # CSV, as in filings/deadlines/tables/rollout.csv
    loaded_at = models.DateTimeField()
    loaded_by = models.CharField(max_length=120)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"roll-out of {self.loaded_at:%Y-%m-%d}"


class FilingTemplate(TenantModel):
    """What an operator files again and again, to start a draft from: a document without what changes with each shipment."""

    name = models.CharField(max_length=80)
    message_type = models.CharField(max_length=8)
    message_set = models.CharField(max_length=20)
    version = models.CharField(max_length=10)
    document = models.JSONField()
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=120)
    used_at = models.DateTimeField(null=True, blank=True)
    uses = models.PositiveIntegerField(default=0)

    class Meta(TenantModel.Meta):
        ordering = [Lower("name")]
        constraints = [models.UniqueConstraint("operator", Lower("name"), name="template_name_once")]

    def __str__(self) -> str:
        return self.name


class Product(TenantModel):
    """Goods an operator ships: how they are described to customs, under the operator's own code."""

    code = models.CharField(max_length=60)  # the operator's own, a number or a name
    description = models.CharField(max_length=512)  # as long as customs allows
    goods_code = models.CharField(max_length=8, blank=True)  # Harmonized System, 6 digits, or with 2 of the Combined Nomenclature
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        ordering = [Lower("code")]
        constraints = [models.UniqueConstraint("operator", Lower("code"), name="product_code_once")]

    def __str__(self) -> str:
        return self.code


class StopWordHit(TenantModel):
    """A text in an open draft, a template or a product that a list of stop words finds fault with, for a person to look at."""

    filing = models.ForeignKey(Filing, on_delete=models.CASCADE, null=True, related_name="stop_word_hits")
    template = models.ForeignKey(FilingTemplate, on_delete=models.CASCADE, null=True, related_name="stop_word_hits")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, null=True, related_name="stop_word_hits")
    path = models.CharField(max_length=400, blank=True)  # XPath in the document; empty for a product's description
    value = models.CharField(max_length=512)
    terms = models.JSONField()  # the stop words, as listed
    only = models.BooleanField()  # whether the text says nothing else, so that it counts as empty
    since = models.DateField(null=True, blank=True)  # first day of a list to come; empty: in force
    found_at = models.DateTimeField()
    dismissed_at = models.DateTimeField(null=True, blank=True)
    dismissed_by = models.CharField(max_length=120, blank=True)

    class Meta(TenantModel.Meta):
        ordering = ["-found_at", "path", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(filing__isnull=False, template__isnull=True, product__isnull=True)
                | Q(filing__isnull=True, template__isnull=False, product__isnull=True)
                | Q(filing__isnull=True, template__isnull=True, product__isnull=False),
                name="stop_word_hit_of_one",
            ),
            *(
                models.UniqueConstraint(fields=["operator", owner, "path"], name=f"stop_word_hit_once_per_{owner}")
                for owner in ("filing", "template", "product")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.path or 'description'}: {', '.join(self.terms)}"


class StopWordScan(models.Model):
    """That everything open was compared with the stop words in force at that time and those to come."""

    words = models.CharField(max_length=64)  # SHA-256 of these words
    finished_at = models.DateTimeField()
    found = models.PositiveIntegerField()  # texts to look at, of all operators

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.finished_at:%Y-%m-%d %H:%M:%S} {self.found}"

"""What we tell customs: a filing, or a request about one, and where it stands."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from django.db import models
from django.db.models import Q

from filings import lifecycle
from filings.deadlines import Buffer, Deadline, Facts, deadlines, due, kept
from filings.deadlines.crossing import crossing
from filings.lifecycle import Event, Fact, State
from filings.messages import catalogue
from filings.models.history import FilingEvent
from filings.models.journey import JourneyFacts
from tenants.actors import Actor
from tenants.models import TenantModel


def _prefix_index(column: str) -> models.Index:
    """Return an index that answers begins_with, whatever the collation of the database."""
    return models.Index(fields=["operator", column], opclasses=["uuid_ops", "varchar_pattern_ops"], name=f"filing_by_{column}")


def _fact_column(facet: str) -> "models.CharField[str, str]":
    """Return the column of a facet; "" is that customs said nothing of it."""
    choices = [(fact.value, fact.name) for fact in lifecycle.FACTS if fact.facet == facet]
    return models.CharField(max_length=12, choices=choices, blank=True, db_default="")


A_FILING = Q(about__isnull=True, notifies__isnull=True)  # neither a request about one nor an arrival
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
    about = models.ForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="requests", db_index=False)
    replaces = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="replaced_by")
    # The notification of the arrival at a call: a message of its own, that lists leave out (docs/decisions/0023).
    notifies = models.ForeignKey(
        "filings.Call", on_delete=models.PROTECT, null=True, blank=True, related_name="notifications", db_index=False
    )
    # The voyage or flight the goods come with: said by a person, or else by what the document says (the two below).
    voyage = models.ForeignKey(
        "filings.Voyage", on_delete=models.SET_NULL, null=True, blank=True, related_name="filings", db_index=False
    )
    journey_key = models.CharField(max_length=40, blank=True, db_default="")  # filings.deadlines.crossing
    arrives_at = models.DateTimeField(null=True, blank=True)  # the estimate that customs has, or would get
    when_registered = models.BooleanField(default=False, db_default=False)  # a draft that leaves once `about` has its MRN
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
            models.Index(fields=["operator", "-changed_at", "-id"], name="filing_by_change"),
            models.Index(  # with the state, so that filters are counted in the index alone
                fields=["operator", "message_type", "-created_at"], name="filing_by_type", include=["state"], condition=A_FILING
            ),
            models.Index(fields=["operator", "lrn", "id"], name="filing_in_order_of_lrn"),
            # Whose filing a message of customs names, asked before its operator is known.
            models.Index(fields=["lrn"], name="filing_of_lrn", condition=~Q(state=State.DRAFT)),
            models.Index(fields=["mrn"], name="filing_of_mrn", condition=~Q(state=State.DRAFT)),
            models.Index(
                fields=["operator", "due_at", "id"],
                name="filing_by_due",
                include=["state"],
                condition=A_FILING & Q(due_at__isnull=False, state__in=lifecycle.NOT_YET_WITH_CUSTOMS),
            ),
            models.Index(  # what lapses, by when it was registered
                fields=["operator", "registered_at"], name="filing_by_registration", condition=Q(registered_at__isnull=False)
            ),
            models.Index(fields=["operator", "state", "-created_at"]),
            *(_prefix_index(column) for column in ("lrn", "mrn", "declarant", "transport_document")),
            models.Index(fields=["about", "created_at"], name="filing_requests", condition=Q(about__isnull=False)),
            models.Index(fields=["notifies"], name="filing_notifications", condition=Q(notifies__isnull=False)),
            models.Index(fields=["voyage"], name="filing_by_voyage", condition=Q(voyage__isnull=False)),
            models.Index(
                fields=["operator", "journey_key", "arrives_at"], name="filing_by_journey", condition=~Q(journey_key="")
            ),
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
            models.CheckConstraint(
                condition=Q(registered_at__isnull=True) | ~Q(state__in=lifecycle.NOT_YET_WITH_CUSTOMS),
                name="filing_registered_is_with_customs",
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
            self._travel(self.document)
            if fields is not None:
                options["update_fields"] = {*fields, "due_at", "journey_key", "arrives_at"}
        super().save(*args, **options)

    def _travel(self, document: dict[str, Any]) -> None:
        """Take over by which vessel or aircraft a filing of its own says that the goods come."""
        said = crossing(document) if self.about_id is None and self.notifies_id is None else None
        self.journey_key, self.arrives_at = (said.key, said.eta if said.key else None) if said else ("", None)

    def reckon(self) -> None:
        """Reckon anew by when it is due, after facts beside the document changed; it travels as an amendment said."""
        self.due_at = due(self.deadlines())
        self.save(update_fields=["due_at"])

    def follow(self, amendment: dict[str, Any]) -> None:
        """Travel as an amendment says that customs accepted."""
        self._travel(amendment)
        self.save(update_fields=["journey_key", "arrives_at"])

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
        return self.when_registered or (self.state in lifecycle.WAITING and not self.needs_no_yes)

    @property
    def needs_no_yes(self) -> bool:
        """Say whether it is with customs, which answers such a message only if something is wrong with it."""
        if self.state != State.SENT or not self.about_id:
            return False
        try:
            return not catalogue.message(self.message_type, self.message_set, self.version).accepted_by
        except catalogue.UnknownMessage:  # of a message set that is gone
            return False

    @property
    def state_words(self) -> str:
        """Return the sentence that explains the state."""
        if self.notifies_id and self.state == State.REGISTERED:
            return lifecycle.ARRIVAL_TAKEN
        return lifecycle.TAKEN if self.needs_no_yes else lifecycle.WORDS[State(self.state)][1]

    @property
    def facts(self) -> list[Fact]:
        """Return what customs said about it besides its state."""
        return lifecycle.known({facet: getattr(self, facet) for facet in lifecycle.FACETS})

    @property
    def expires_at(self) -> datetime | None:
        """Return when customs invalidates it if its goods do not arrive."""
        return lifecycle.expires(self.registered_at, State(self.state)) if self.notifies_id is None else None

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

"""Filing requests: what one operator asks another party to lodge, what came of it, and what both sides may see of it.

A row belongs to two operators: the one that asks (operator) and, once the EORI is one of an operator here, the one asked.
Row-level security has a policy for each (docs/decisions/0025-filing-requests.md).
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from django.db import models
from django.db.models import Q, QuerySet

from filings.lifecycle import State as FilingState
from tenants.errors import DomainError
from tenants.models import Operator, TenantModel
from tenants.scope import TenantManager, current


class RequestClosed(DomainError):
    """The filing request does not allow this any more; look at its history to see what happened."""


class SharedManager(TenantManager):
    """Answers with the rows of either side of the scope in force; the database checks the same a second time."""

    other = "asked"  # column of the operator that shares the row

    def get_queryset(self) -> QuerySet[Any]:
        """Return what the operator of the scope asked, and what it was asked."""
        queryset: QuerySet[Any] = models.Manager.get_queryset(self)
        operator_id = current().operator_id
        return queryset if operator_id is None else queryset.filter(Q(operator=operator_id) | Q(**{self.other: operator_id}))


class AnswerManager(SharedManager):
    """The same for answers, which are shared with who asked."""

    other = "asking"


class RequestState(models.TextChoices):
    """Where a filing request stands."""

    SENT = "sent", "Waiting for an answer"
    ACCEPTED = "accepted", "Accepted"
    HANDED_OVER = "handed_over", "Handed over"
    LODGED = "lodged", "Lodged with customs"
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Withdrawn by who asked"
    LEFT = "left", "Consent taken back by who was asked"
    EXPIRED = "expired", "Expired"


class Deed(models.TextChoices):
    """What happens to a filing request."""

    ACCEPT = "accept"
    HAND_OVER = "hand_over"
    LODGE = "lodge"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    LEAVE = "leave"
    EXPIRE = "expire"


# In these it is still going on: statuses are followed and either side may end it.
LIVE: Final = (RequestState.SENT, RequestState.ACCEPTED, RequestState.HANDED_OVER, RequestState.LODGED)
# In these both sides agreed that each knows where the other's filings stand.
CONSENTED: Final = (RequestState.ACCEPTED, RequestState.LODGED)
NEXT: Final[Mapping[tuple[str, Deed], RequestState]] = {
    (RequestState.SENT, Deed.ACCEPT): RequestState.ACCEPTED,
    (RequestState.ACCEPTED, Deed.ACCEPT): RequestState.ACCEPTED,  # one more filing for it
    (RequestState.LODGED, Deed.ACCEPT): RequestState.ACCEPTED,
    (RequestState.SENT, Deed.HAND_OVER): RequestState.HANDED_OVER,
    (RequestState.HANDED_OVER, Deed.HAND_OVER): RequestState.HANDED_OVER,
    (RequestState.LODGED, Deed.HAND_OVER): RequestState.HANDED_OVER,
    (RequestState.ACCEPTED, Deed.LODGE): RequestState.LODGED,
    (RequestState.HANDED_OVER, Deed.LODGE): RequestState.LODGED,
    (RequestState.SENT, Deed.DECLINE): RequestState.DECLINED,
    **{(state, Deed.WITHDRAW): RequestState.WITHDRAWN for state in LIVE},
    (RequestState.ACCEPTED, Deed.LEAVE): RequestState.LEFT,
    (RequestState.LODGED, Deed.LEAVE): RequestState.LEFT,
    (RequestState.SENT, Deed.EXPIRE): RequestState.EXPIRED,
}


class FilingRequest(TenantModel):
    """What an operator asks another party to lodge, and the little that both may know: linking key and status.

    key: data of the linking key by the name of the part (filings.linking), each with the values that fit.
    totals: gross mass and packages of what is above, if the operator lets them be compared.
    match: whether what is asked will link, and what differs, in words; reckoned on the asked side.
    """

    asked = models.ForeignKey(Operator, on_delete=models.PROTECT, null=True, related_name="+")  # if it is an operator here
    asked_eori = models.CharField("EORI", max_length=17)
    mail = models.EmailField("e-mail address", max_length=254)
    message_type = models.CharField(max_length=8)
    combination = models.CharField(max_length=40)
    key = models.JSONField(default=dict)
    totals = models.JSONField(default=dict)
    match = models.JSONField(default=dict)
    compares = models.BooleanField(default=False)  # the asked side lets weight and packages be compared, too
    filing = models.ForeignKey(
        "filings.Filing", on_delete=models.SET_NULL, null=True, related_name="filing_requests", db_index=False
    )
    filing_revision = models.PositiveIntegerField(default=0)  # of it, when key and totals were read
    note = models.CharField(max_length=400, blank=True)
    reason = models.CharField(max_length=400, blank=True)  # why it was declined
    state = models.CharField(max_length=12, choices=RequestState.choices, default=RequestState.SENT)
    due_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    # Telling the asked side; the digest is of the token in the last mail, which nobody keeps.
    token_digest = models.CharField(max_length=64, blank=True)
    mail_due_at = models.DateTimeField(null=True)  # a mail waits to be sent, or to be tried again
    mail_attempts = models.PositiveIntegerField(default=0)
    mailed_at = models.DateTimeField(null=True)
    remind_at = models.DateTimeField(null=True)

    objects: ClassVar[SharedManager] = SharedManager()

    class Meta(TenantModel.Meta):
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["operator", "-created_at"], name="asked_by_asking"),
            models.Index(fields=["asked", "-created_at"], name="asked_by_asked"),
            models.Index(fields=["filing"], name="asked_by_filing", condition=Q(filing__isnull=False)),
            models.Index(fields=["mail_due_at"], name="asked_mail_due", condition=Q(mail_due_at__isnull=False)),
            models.Index(fields=["remind_at"], name="asked_remind", condition=Q(remind_at__isnull=False)),
            models.Index(fields=["expires_at"], name="asked_open", condition=Q(state=RequestState.SENT)),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=list(RequestState)), name="asked_state_known"),
            models.CheckConstraint(condition=~Q(asked=models.F("operator")), name="asked_of_another"),
            models.UniqueConstraint(fields=["token_digest"], condition=~Q(token_digest=""), name="asked_token_once"),
            # Nothing of a request that is over is known to the other side, and no link opens it.
            models.CheckConstraint(
                condition=~Q(state__in=[RequestState.WITHDRAWN, RequestState.LEFT])
                | Q(key={}, totals={}, match={}, note="", token_digest=""),
                name="asked_over_shares_nothing",
            ),
            models.CheckConstraint(condition=Q(state__in=LIVE) | Q(token_digest=""), name="asked_closed_has_no_link"),
        ]

    def __str__(self) -> str:
        return f"{self.message_type} by {self.asked_eori}"

    @property
    def is_live(self) -> bool:
        """Say whether it is still going on."""
        return self.state in LIVE

    @property
    def master(self) -> str:
        """Return the number of the document it is about, by which people know it."""
        found = next((values for name, values in self.key.items() if "document" in name or name in {"receptacle", "item"}), None)
        return found[0] if found else ""

    def allows(self, deed: Deed) -> bool:
        """Say whether the table has a step for a deed."""
        return (self.state, deed) in NEXT

    def step(self, deed: Deed) -> None:
        """Take the step the table gives.

        :raises RequestClosed: if it has none.
        """
        if not self.allows(deed):
            raise RequestClosed
        self.state = NEXT[self.state, deed]

    def lock(self) -> None:
        """Keep the row for this transaction, as it stands now."""
        self.refresh_from_db(from_queryset=FilingRequest.objects.select_for_update(of=("self",)))


class FilingRequestAnswer(TenantModel):
    """One filing that a request led to, at the operator whose filing it is; who asked sees its state and no more.

    asking: the operator of the request; of what came from outside the filing is its own, too.
    """

    asking = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="+")
    request = models.ForeignKey(FilingRequest, on_delete=models.CASCADE, related_name="answers")
    filing = models.ForeignKey("filings.Filing", on_delete=models.CASCADE, related_name="answered_requests")
    state = models.CharField(max_length=12, blank=True)  # of the filing; "" when nothing is shared any more
    revision = models.PositiveIntegerField(default=0)  # of the filing, when it was last compared
    totals = models.JSONField(default=dict)  # of the filing; emptied unless weight and packages are compared
    links = models.BooleanField(null=True)
    created_at = models.DateTimeField()

    objects: ClassVar[AnswerManager] = AnswerManager()

    class Meta(TenantModel.Meta):
        ordering = ["created_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["request", "filing"], name="asked_answer_once")]

    def __str__(self) -> str:
        return f"{self.filing_id} for {self.request_id}"

    @property
    def state_words(self) -> str:
        """Return the state for people."""
        return self.state.replace("_", " ")

    @property
    def is_with_customs(self) -> bool:
        """Say whether customs registered it."""
        return self.state in {FilingState.REGISTERED, FilingState.ARRIVED}


class FilingRequestEvent(TenantModel):
    """What happened to a filing request, for both sides; the names of people stand in each side's own trail."""

    class Side(models.TextChoices):
        ASKING = "asking", "Who asked"
        ASKED = "asked", "Who was asked"
        PRODUCT = "product", "Landfall"

    asked = models.ForeignKey(Operator, on_delete=models.PROTECT, null=True, related_name="+")
    request = models.ForeignKey(FilingRequest, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField()
    side = models.CharField(max_length=8, choices=Side.choices)
    sentence = models.CharField(max_length=400)

    objects: ClassVar[SharedManager] = SharedManager()

    class Meta(TenantModel.Meta):
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.sentence}"


class FilingRequestKey(TenantModel):
    """A linking key that a filing request both sides agreed to is about, by its digest; gone when one side ends it.

    By it each side's filings are found that the other one may know of (filings.services.shipments.sharing).
    """

    asked = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="+")
    request = models.ForeignKey(FilingRequest, on_delete=models.CASCADE, related_name="keys")
    digest = models.UUIDField(db_index=True)

    objects: ClassVar[SharedManager] = SharedManager()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["request", "digest"], name="asked_key_once")]

    def __str__(self) -> str:
        return f"{self.digest} of {self.request_id}"


class FilingRequestChange(TenantModel):
    """That something changed by which shipments of one side are to be reckoned again: all that crosses to it.

    side: whose shipments; digest: of the key they have; seen_until: the transactions that ran when it was looked at first, after
    the end of which it is looked at once more and removed.
    """

    class Side(models.TextChoices):
        ASKING = "asking", "Who asked"
        ASKED = "asked", "Who was asked"

    asked = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="+")
    side = models.CharField(max_length=8, choices=Side.choices)
    digest = models.UUIDField()
    at = models.DateTimeField()
    seen_until = models.BigIntegerField(null=True)

    objects: ClassVar[SharedManager] = SharedManager()

    def __str__(self) -> str:
        return f"{self.digest} for {self.side} at {self.at}"


class UnfinishedForm(TenantModel):
    """What somebody with a link has typed and not handed over: at the operator that asked, which cannot read it.

    sealed: the fields by name, encrypted. page: the page of a browser that kept it last. It goes with the request's end.
    """

    request = models.OneToOneField(FilingRequest, on_delete=models.CASCADE, related_name="+")
    sealed = models.BinaryField()
    revision = models.PositiveIntegerField(default=1)
    page = models.CharField(max_length=32)
    kept_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"unfinished, for {self.request_id}"

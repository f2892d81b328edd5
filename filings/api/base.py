"""What every endpoint of the API shares: permission by method, bounded bodies, a pace, and keys for requests."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import wraps
from http import HTTPStatus
from typing import Any, Final, TypeVar

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView

from filings.services import idempotency
from tenants.actors import Actor
from tenants.errors import DomainError
from tenants.models import Operator
from tenants.permissions import Permission
from tenants.scope import tenant_scope

KEY_HEADER: Final = "Idempotency-Key"
KEY: Final = OpenApiParameter(
    KEY_HEADER,
    str,
    OpenApiParameter.HEADER,
    description="A name of your own for this deed, such as a new UUID: the same request again then gets the same answer.",
)
REPLAYED: Final = "Idempotent-Replayed"


class TooLarge(DomainError):
    """The body is larger than one document may be."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE

    def __init__(self, limit: int | None = None) -> None:
        super().__init__()
        self.limit = limit or settings.UPLOAD_LIMIT

    def detail(self) -> dict[str, object]:
        """Return the limit in bytes, and where larger files go."""
        return {"limit": self.limit, "larger_files": "POST /api/v1/uploads/"}


class Pace(SimpleRateThrottle):
    """Twenty requests a second for each operator, counted by each web process: against a client that runs wild."""

    scope = "operator"
    rate = "1200/min"

    def get_cache_key(self, request: Request, view: APIView) -> str | None:
        """Return what is counted: the operator."""
        actor = request.user
        return f"pace:{actor.operator_id}" if isinstance(actor, Actor) else None


class Endpoint(APIView):
    """A view of the API; `needs` names the permission of each method that asks for more than reading."""

    needs: Mapping[str, Permission] = {}
    throttle_classes = [Pace]

    @property
    def permission(self) -> Permission:
        """Return what the actor must be allowed to do for the method called."""
        return self.needs.get(self.request.method or "", Permission.FILING_VIEW)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse strangers, then bodies that are too large, before anything is read."""
        super().initial(request, *args, **kwargs)
        if int(request.META.get("CONTENT_LENGTH") or 0) > self.most:
            raise TooLarge(self.most)

    @property
    def most(self) -> int:
        """Return how many bytes a body may have."""
        return int(settings.UPLOAD_LIMIT)

    def require(self, permission: Permission) -> None:
        """Refuse an actor who may not do this.

        :raises PermissionDenied: if the role does not allow it.
        """
        if not self.actor.may(permission):
            raise PermissionDenied

    @property
    def actor(self) -> Actor:
        """Return who calls; permissions have made sure that somebody does."""
        actor = self.request.user
        assert isinstance(actor, Actor)  # noqa: S101 (for the type checker; HasOperator refuses everybody else)
        return actor


Post = Callable[..., HttpResponseBase]
Door = TypeVar("Door", bound=Post)


def idempotent(post: Callable[..., Response]) -> Post:
    """Let a POST with an Idempotency-Key happen once: the same request again gets the same answer.

    Deed and answer are kept in one savepoint, so a refusal takes the key back and may be repeated.
    """

    @wraps(post)
    def once(view: Endpoint, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return _once(request, lambda: post(view, request, *args, **kwargs), scope=nullcontext)

    return honouring(once)


def once_for(operator: Operator, request: Request, deed: Callable[[], Response]) -> HttpResponseBase:
    """Do what `idempotent` does where the deed opens scopes of its own: the key is one of the operator. Outside any scope."""
    return _once(request, deed, scope=lambda: tenant_scope(operator.pk))


def _once(
    request: Request, deed: Callable[[], Response], *, scope: Callable[[], AbstractContextManager[Any]]
) -> HttpResponseBase:
    key = request.headers.get(KEY_HEADER)
    if key is None:
        return deed()
    with transaction.atomic():
        with scope():
            row = idempotency.begin(key=key, request=_fingerprint(request._request), at=timezone.now())
        if row.status:
            return _again(row.status, row.body)
        response = deed()
        with scope():
            body = {} if response.data is None else response.data
            idempotency.keep(row, status=response.status_code, body=body)
        return response


def honouring(post: Door) -> Door:
    """Mark a POST that honours an Idempotency-Key; every one of the API must."""
    post.honours_idempotency_key = True  # type: ignore[attr-defined]
    return post


def deed(
    operation_id: str, summary: str, *, of: OpenApiParameter, asks: type[Serializer[Any]] | None, responses: Mapping[Any, Any]
) -> Callable[[Callable[..., Response]], Post]:
    """Make a POST about one thing, with how the API describes it: with an Idempotency-Key it happens once.

    of: the id in the address; asks: what the body may say; responses: what it answers, by status.
    """
    described: Callable[[Post], Post] = extend_schema(
        operation_id=operation_id, summary=summary, parameters=[of, KEY], request=asks, responses=dict(responses)
    )

    def door(post: Callable[..., Response]) -> Post:
        return described(idempotent(post))

    return door


def _fingerprint(request: HttpRequest) -> str:
    try:
        body = request.body
    except RequestDataTooBig as error:
        raise TooLarge from error
    where = request.get_full_path().encode()
    return idempotency.fingerprint((request.method or "").encode(), where, (request.content_type or "").encode(), body)


def _again(status: int, body: Any) -> Response:
    said = None if status == HTTPStatus.NO_CONTENT else body
    return Response(said, status=status, headers={REPLAYED: "true", **location(status, body)})


def location(status: int, body: Mapping[str, Any]) -> dict[str, str]:
    """Return the header that says where the resource just made is."""
    return {"Location": body["links"]["self"]} if status == HTTPStatus.CREATED else {}

"""The API of requests about a filing: amend, invalidate, file anew, consult, and what became of them."""

from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from filings import selectors
from filings.api import large_resources, resources
from filings.api.base import deed
from filings.api.parsers import Options
from filings.api.views import PK, FilingEndpoint, refused
from filings.services import amending, comparing, consulting, invalidating
from tenants.errors import DomainError
from tenants.permissions import Permission

SOURCE: Final = "api"
PAGE: Final = 200
STARTED: Final[dict[Any, Any]] = {201: resources.FilingDetail, **refused(400, 404, 409, 422)}


class NotComparable(DomainError):
    """Its houses are not kept apart, or those of what customs has are not; see its document."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class Amend(FilingEndpoint):
    """Starts an amendment."""

    parser_classes = [Options]
    needs = {"POST": Permission.FILING_DRAFT}

    @deed(
        "filings_amend",
        "Draft an amendment of a filing with what customs has, or before its MRN with what was submitted",
        of=PK,
        asks=resources.AmendOptions,
        responses=STARTED,
    )
    def post(self, request: Request, pk: UUID) -> Response:
        """Return the draft, or the one there is; change its document, then submit it. Customs then has it once it is `done`."""
        filing, how = self.given(pk, resources.AmendOptions)
        draft = amending.start(filing=filing, by=self.actor, at=timezone.now(), source=SOURCE, **how)
        return self.shown(draft, HTTPStatus.CREATED)


class Invalidate(FilingEndpoint):
    """Asks customs to invalidate a filing."""

    parser_classes = [Options]
    needs = {"POST": Permission.FILING_SUBMIT}

    @deed("filings_invalidate", "Ask customs to invalidate a filing", of=PK, asks=resources.WhyOptions, responses=STARTED)
    def post(self, request: Request, pk: UUID) -> Response:
        """Return the request; the filing is `invalidated` once customs confirms."""
        filing, why = self.given(pk, resources.WhyOptions)
        made = invalidating.invalidate(filing=filing, by=self.actor, at=timezone.now(), source=SOURCE, **why)
        return self.shown(made, HTTPStatus.CREATED)


class FileAnew(FilingEndpoint):
    """Invalidates a filing and drafts the one that replaces it."""

    parser_classes = [Options]
    needs = {"POST": Permission.FILING_SUBMIT}

    @deed(
        "filings_file_anew",
        "Ask customs to invalidate a filing, and draft the one that replaces it",
        of=PK,
        asks=resources.WhyOptions,
        responses=STARTED,
    )
    def post(self, request: Request, pk: UUID) -> Response:
        """Return the new draft; it may be submitted once the filing it replaces is `invalidated`."""
        filing, why = self.given(pk, resources.WhyOptions)
        self.require(Permission.FILING_DRAFT)
        made = invalidating.file_anew(filing=filing, by=self.actor, at=timezone.now(), source=SOURCE, **why)
        return self.shown(made.draft, HTTPStatus.CREATED)


class Consult(FilingEndpoint):
    """Asks customs what it knows."""

    parser_classes = [Options]
    needs = {"POST": Permission.FILING_SUBMIT}

    @deed("filings_consult", "Ask customs what it knows about a filing", of=PK, asks=resources.ConsultOptions, responses=STARTED)
    def post(self, request: Request, pk: UUID) -> Response:
        """Return the request; its `result` comes with customs' answer."""
        filing, how = self.given(pk, resources.ConsultOptions)
        made = consulting.consult(filing=filing, by=self.actor, at=timezone.now(), source=SOURCE, **how)
        return self.shown(made, HTTPStatus.CREATED)


class Requests(FilingEndpoint):
    """The requests about a filing."""

    @extend_schema(
        operation_id="filings_requests",
        summary="List the requests about a filing, oldest first",
        parameters=[PK],
        responses={200: resources.FilingItem(many=True), **refused(404)},
    )
    def get(self, request: Request, pk: UUID) -> Response:
        """Return its amendments, invalidations and consultations; each is read, changed and submitted like a filing."""
        found = selectors.requests_of(self.filing(pk)).defer("document")
        return Response(resources.FilingItem(found, many=True, context={"request": request}).data)


class Changes(FilingEndpoint):
    """What an amendment changes."""

    @extend_schema(
        operation_id="filings_changes",
        summary="Compare an amendment with what customs has",
        parameters=[PK],
        responses={200: resources.ChangeItem(many=True), **refused(404, 422)},
    )
    def get(self, request: Request, pk: UUID) -> Response:
        """Return every place that differs; of a sent amendment, from what customs had when it was sent.

        Of a filing kept in parts these are the places around its parts; `changed-parts` tells of the parts.
        """
        return Response(resources.ChangeItem(comparing.changes(self.filing(pk)), many=True).data)


class After(serializers.Serializer[dict[str, Any]]):
    """Which page."""

    after = serializers.IntegerField(required=False, min_value=0, default=0, help_text="how many of them you have")


class ChangedParts(FilingEndpoint):
    """The parts in which an amendment differs."""

    @extend_schema(
        operation_id="filings_changed_parts",
        summary="Compare the houses of an amendment kept in parts with what customs has",
        parameters=[PK, After],
        responses={200: large_resources.ChangedPartPage, **refused(400, 404, 409, 422)},
    )
    def get(self, request: Request, pk: UUID) -> Response:
        """Return how many houses differ, and a page of them, each with the places that do."""
        query = After(data=request.query_params)
        query.is_valid(raise_exception=True)
        since = query.validated_data["after"]
        found = comparing.changed_parts(self.filing(pk), after=since, size=PAGE)
        if found is None:
            raise NotComparable
        body = {
            "of": found.compared.of,
            "changed": found.compared.changed,
            "added": found.compared.added,
            "left_out": found.compared.left_out,
            "next": since + len(found.page) if found.compared.more else None,
            "results": found.page,
        }
        return Response(large_resources.ChangedPartPage(body).data)

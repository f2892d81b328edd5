"""The API of repairs: the values that findings propose, put into a draft."""

from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from filings.api import resources
from filings.api.base import KEY, idempotent
from filings.api.parsers import Places
from filings.api.views import PK, PROBLEM, FilingEndpoint, refused
from filings.services import drafting
from tenants.permissions import Permission


class Repair(FilingEndpoint):
    """Repairs a draft."""

    parser_classes = [Places]
    needs = {"POST": Permission.FILING_DRAFT}

    @extend_schema(
        operation_id="filings_repair",
        summary="Repair a draft as its findings propose",
        parameters=[PK, KEY],
        request=resources.RepairOptions,
        responses={
            200: resources.RepairedFiling,
            **refused(400, 404, 409),
            (422, PROBLEM): OpenApiResponse(resources.PathsProblem, "Nothing is proposed for some of the places."),
        },
    )
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        """Use the repairs of the findings at the paths given, or all; what takes a person stays as it is."""
        filing, asked = self.given(pk, resources.RepairOptions)
        count = drafting.repair(filing=filing, paths=asked.get("paths"), by=self.actor, at=timezone.now())
        body = resources.RepairedFiling(filing, context={"request": request, "repaired": count}).data
        return Response(body, headers={"ETag": f'"{filing.revision}"'})

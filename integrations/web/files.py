"""A piece of evidence as an HTTP response."""

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

from filings.services.large import parts
from integrations.evidence import Piece


def attachment(piece: Piece) -> HttpResponseBase:
    """Return the file for saving, never for showing."""
    disposition = content_disposition_header(as_attachment=True, filename=piece.name) or "attachment"
    headers = {"Content-Disposition": disposition, "Cache-Control": "private, no-store"}
    if piece.packed:
        return StreamingHttpResponse(parts.gunzipped(piece.data), content_type=piece.content_type, headers=headers)
    return HttpResponse(piece.data, content_type=piece.content_type, headers=headers)

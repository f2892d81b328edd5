"""A piece of evidence as an HTTP response."""

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from integrations.evidence import Piece


def attachment(piece: Piece) -> HttpResponse:
    """Return the file for saving, never for showing."""
    disposition = content_disposition_header(as_attachment=True, filename=piece.name) or "attachment"
    headers = {"Content-Disposition": disposition, "Cache-Control": "private, no-store"}
    return HttpResponse(piece.data, content_type=piece.content_type, headers=headers)

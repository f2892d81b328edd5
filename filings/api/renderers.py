"""Documents leave as JSON or as XML, whichever the caller accepts."""

from collections.abc import Mapping
from typing import Any

from rest_framework.renderers import BaseRenderer, JSONRenderer


class XmlRenderer(BaseRenderer):
    """Passes on XML that is already bytes; a refusal stays JSON, as its content type says."""

    media_type = "application/xml"
    format = "xml"
    charset = "utf-8"

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        """Return the bytes of the response."""
        return data if isinstance(data, bytes) else bytes(JSONRenderer().render(data))

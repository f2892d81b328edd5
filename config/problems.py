"""DomainError -> problem+json, once for the whole API (RFC 9457)."""

from http import HTTPStatus
from typing import Any

from rest_framework.exceptions import APIException, NotAuthenticated
from rest_framework.response import Response
from rest_framework.views import exception_handler

from filings.lifecycle import NotAllowed
from tenants.errors import DomainError

NO_KEY = "Send your operator's API key: Authorization: Bearer lf_…"
CONTENT_TYPE = "application/problem+json"


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """Return the problem document of a refusal, or nothing for the unexpected, which is left to rise."""
    if isinstance(error, DomainError):
        refusal = problem(error.status, error.code(), error.message, **error.detail())
        if error.retry_after is not None:
            refusal["Retry-After"] = str(error.retry_after)
        return refusal
    if isinstance(error, NotAllowed):
        return problem(HTTPStatus.CONFLICT, "not_allowed", str(error), state=str(error.state))
    response = exception_handler(error, context)
    if response is None:
        return None
    code = error.get_codes() if isinstance(error, APIException) else "not_found"
    single = code if isinstance(code, str) else "invalid"
    sentence = NO_KEY if isinstance(error, NotAuthenticated) else _sentence(response.data)
    answer = problem(response.status_code, single, sentence, **_fields(response.data))
    for name, value in response.items():
        if name.lower() in {"www-authenticate", "retry-after"}:
            answer[name] = value
    return answer


def problem(status: int, code: str, sentence: str, **more: object) -> Response:
    """Return a problem document with a stable code and a sentence for people."""
    body = {"type": f"urn:landfall:problem:{code}", "title": HTTPStatus(status).phrase, "status": int(status), "detail": sentence}
    return Response({**body, **more}, status=status, content_type=CONTENT_TYPE)


def _sentence(data: Any) -> str:
    if isinstance(data, dict) and "detail" in data:
        return str(data["detail"])
    return "The request could not be read. See the fields."


def _fields(data: Any) -> dict[str, object]:
    return {} if isinstance(data, dict) and "detail" in data else {"fields": data}

"""Trying customs' answers: what an operator's people and systems ask of the sandbox, over its interface for programs.

The sandbox limits everything to the operator's own EORI and filings; the secret says that it is the product who asks.
Call door() outside any scope: connections are the ITSP's, and no transaction waits for the sandbox.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final, TypeVar
from uuid import UUID

import requests
from django.conf import settings
from django.utils.crypto import salted_hmac

from filings.models import Filing
from integrations import connections
from tenants import audit
from tenants.actors import Actor
from tenants.errors import DomainError
from tenants.models import Operator
from tenants.scope import tenant_scope

View = TypeVar("View", bound=Callable[..., Any])
LATEST: Final = 300  # filings whose numbers the sandbox is told
WITHIN: Final = (3, 10)  # seconds to connect, and between two pieces of the answer


class NoSandbox(DomainError):
    """None of your connections leads to the sandbox, so there is nothing to try; ask the service desk for one."""

    status = HTTPStatus.NOT_FOUND


class NothingThere(DomainError):
    """The sandbox has nothing of this kind that is yours."""

    status = HTTPStatus.NOT_FOUND


class SandboxRefuses(DomainError):
    """The sandbox cannot do that."""


class SandboxAway(DomainError):
    """The sandbox does not answer; try again in a moment."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    retry_after = 5


@dataclass(frozen=True)
class Door:
    """The way into the sandbox for one operator. party_id: of the access point it has to itself, if it has one.

    mrns: its latest filings, which are its own whoever declares in them.
    """

    operator: Operator
    party_id: str = ""
    mrns: tuple[str, ...] = ()

    def get(self, path: str, **query: str) -> dict[str, Any]:
        """Return what the sandbox knows.

        :raises NothingThere, SandboxAway: as they say
        """
        found: dict[str, Any] = self._ask("GET", path, params=query).json()
        return found

    def octets(self, path: str) -> tuple[str, bytes]:
        """Return media type and content of a message."""
        response = self._ask("GET", path)
        return response.headers.get("Content-Type", "application/octet-stream"), response.content

    def post(self, path: str, content: Mapping[str, Any]) -> dict[str, Any]:
        """Ask for a deed and return what came of it.

        :raises SandboxRefuses: if it cannot be done
        """
        found: dict[str, Any] = self._ask("POST", path, json=dict(content)).json()
        return found

    def delete(self, path: str) -> None:
        """Take something back."""
        self._ask("DELETE", path)

    def _ask(self, method: str, path: str, **more: Any) -> requests.Response:
        headers = {
            "Authorization": f"Bearer {secret()}",
            "X-Operator-EORI": self.operator.eori,
            "X-Operator-Party": self.party_id,
            "X-Operator-MRNs": ",".join(self.mrns),
        }
        url = f"{settings.SANDBOX_URL.rstrip('/')}/api/{path}"
        try:
            with requests.Session() as session:
                session.trust_env = False
                response = session.request(method, url, headers=headers, timeout=WITHIN, allow_redirects=False, **more)
        except requests.RequestException:
            raise SandboxAway from None
        if response.ok:
            return response
        if response.status_code == HTTPStatus.NOT_FOUND:
            raise NothingThere
        if response.status_code in {HTTPStatus.CONFLICT, HTTPStatus.BAD_REQUEST}:
            raise SandboxRefuses(_said(response))
        raise SandboxAway


def secret() -> str:
    """Return what the sandbox is shown: the setting, else something both make of the key they share."""
    return settings.SANDBOX_SECRET or salted_hmac("landfall.sandbox", "door").hexdigest()


def door(operator: Operator) -> Door:
    """Return the way into the sandbox for an operator.

    :raises NoSandbox: if none of its connections leads there
    """
    try:
        connection = connections.to_sandbox(operator.pk)
    except connections.NoConnection:
        raise NoSandbox from None
    with tenant_scope(operator.pk):
        latest = Filing.objects.exclude(mrn="").order_by("-submitted_at").values_list("mrn", flat=True)
        mrns = tuple(dict.fromkeys(latest[:LATEST]))
    return Door(operator, connection.party_id if connection.operator_id == operator.pk else "", mrns)


# --- Deeds -----------------------------------------------------------------------------------------------------------------


def provoke(way: Door, pk: UUID, *, name: str = "", script: Any = None, by: Actor, at: datetime) -> str:
    """Let customs do something about a registration now, and return what came of it.

    :raises NothingThere, SandboxRefuses, SandboxAway: as they say
    """
    wanted = {"name": name} if script is None else {"script": script}
    outcome = str(way.post(f"registrations/{pk}/provoke", wanted)["outcome"])
    _record(way, "provoked", by=by, at=at, detail={"registration": str(pk), "deed": name or "script"})
    return outcome


def attach(way: Door, wanted: Mapping[str, Any], *, by: Actor, at: datetime) -> dict[str, Any]:
    """Let what comes next get a verdict or a script."""
    made = way.post("scenarios", wanted)
    _record(way, "scenario_attached", by=by, at=at, detail={"scenario": made["id"], "verdict": made["verdict"]})
    return made


def put_fault(way: Door, wanted: Mapping[str, Any], *, by: Actor, at: datetime) -> dict[str, Any]:
    """Let something go wrong on the wire."""
    made = way.post("faults", wanted)
    _record(way, "fault_put", by=by, at=at, detail={"fault": made["id"], "kind": made["kind"]})
    return made


def take_back(way: Door, kind: str, number: int, *, by: Actor, at: datetime) -> None:
    """Take a scenario back, or end a fault. kind: scenarios or faults."""
    way.delete(f"{kind}/{number}")
    _record(way, "taken_back", by=by, at=at, detail={"kind": kind, "number": number})


def reset(way: Door, *, by: Actor, at: datetime) -> None:
    """End all scenarios and faults of the operator."""
    way.post("reset", {})
    _record(way, "reset", by=by, at=at, detail={})


def _record(way: Door, deed: str, *, by: Actor, at: datetime, detail: dict[str, Any]) -> None:
    with tenant_scope(way.operator.pk):
        audit.record(f"sandbox.{deed}", target=way.operator, by=by, at=at, detail=detail)


def _said(response: requests.Response) -> str:
    try:
        return str(response.json()["error"])
    except (ValueError, KeyError, TypeError):
        return "The sandbox did not understand the request."


def outside_scopes(view: View) -> View:
    """Mark a view that opens its own scope, since it waits for the sandbox."""
    view.opens_own_scope = True  # type: ignore[attr-defined]
    return view

"""The sandbox's own pages, for those who run it: what happened, and every deed of the desk."""

import json
import secrets
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, Final
from urllib.parse import quote
from uuid import UUID

from django.db import DatabaseError
from django.template.loader import render_to_string

from filings.messages import catalogue
from integrations.sandbox import desk, faults, rest, scenarios
from integrations.sandbox.desk import STAFF
from integrations.sandbox.models import REASON, Link, Party, Received, SandboxSettings
from integrations.sandbox.reply import Reply
from integrations.sandbox.request import ASK, TEXT, Request, at_the_desk, is_own, not_found
from tenants.scope import every_tenant

SHOWN: Final = 50
HTML: Final = "text/html; charset=utf-8"


def live() -> Reply:
    """Say that the process answers."""
    return Reply(200, TEXT, b"live\n")


def ready() -> Reply:
    """Say whether messages can be taken: the database is there and the sandbox has its seal."""
    try:
        with every_tenant(REASON):
            is_set_up = SandboxSettings.objects.exists()
    except DatabaseError:
        return Reply(503, TEXT, b"no database\n")
    return Reply(200, TEXT, b"ready\n") if is_set_up else Reply(503, TEXT, b"not set up: run manage.py seed_demo\n")


def reply(request: Request, *, at: datetime) -> Reply:
    """Answer a request for a page, or do what a form asks and show the page it came from."""
    if at_the_desk(request) is None:
        return Reply(401, TEXT, b"Sign in with any name and the sandbox's secret.\n", ASK)
    try:
        with every_tenant(REASON):
            if request.method == "POST":
                return _done(request, at) if is_own(request) else Reply(403, TEXT, b"This form is not from here.\n")
            return _shown(request, at)
    except (desk.NotFound, ValueError):
        return not_found()


def _shown(request: Request, at: datetime) -> Reply:
    match [part for part in request.path.split("/") if part]:
        case []:
            return _page("overview", request, _overview(request, at))
        case ["registrations", pk]:
            return _page("registration", request, _registration(UUID(pk), at))
        case ["answers" | "messages" as kind, pk, part]:
            content_type, body = desk.octets(STAFF, kind, UUID(pk), part)
            name = f'attachment; filename="{kind}-{pk}.{"xml" if part == "xml" else "txt"}"'
            return Reply(200, content_type, body, (("content-disposition", name),))
        case _:
            return not_found()


def _overview(request: Request, at: datetime) -> dict[str, Any]:
    text = request.values.get("q", "")
    return {
        "parties": Party.objects.prefetch_related("preferences"),
        "registrations": desk.registrations(STAFF, text=text)[:SHOWN],
        "received": Received.objects.select_related("party").defer("body", "payload", "receipt")[:SHOWN],
        "answers": desk.answers(STAFF)[:SHOWN],
        "scenarios": desk.attached(STAFF),
        "faults": [(faults.kind(row.kind), row) for row in desk.faults_of(STAFF, at=at)],
        "verdicts": scenarios.offers(),
        "kinds": faults.kinds(),
        "types": sorted({message.id for message in catalogue.messages() if message.is_sent}),
        "speed": desk.speed(),
        "text": text,
    }


def _registration(pk: UUID, at: datetime) -> dict[str, Any]:
    row = desk.registration(STAFF, pk)
    links = Link.objects.select_related("upper", "lower")
    return {
        "row": row,
        "possible": rest.possible(row, at=at),
        "verdicts": scenarios.offers(),
        "answers": desk.answers(STAFF, registration=row),
        "waiting": scenarios.waiting(row)[:SHOWN],
        "above": [link.upper for link in links.filter(lower=row)],
        "below": [link.lower for link in links.filter(upper=row)],
        "referrals": row.referrals.all(),
    }


def _page(name: str, request: Request, context: dict[str, Any]) -> Reply:
    nonce = secrets.token_urlsafe(16)
    said = {"said": request.values.get("said", ""), "wrong": request.values.get("wrong", "")}
    html = render_to_string(f"sandbox/{name}.html", {"nonce": nonce, **said, **context})
    policy = f"default-src 'none'; style-src 'nonce-{nonce}'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    headers = (("content-security-policy", policy), ("referrer-policy", "same-origin"))
    return Reply(200, HTML, html.encode(), headers)


# --- Forms -----------------------------------------------------------------------------------------------------------------


def _done(request: Request, at: datetime) -> Reply:
    form = request.values
    match [part for part in request.path.split("/") if part]:
        case ["registrations", pk, "provoke"]:
            target, deed = f"/registrations/{UUID(pk)}", partial(_provoke, UUID(pk))
        case [name] if name in DEEDS:
            target, deed = "/", partial(DEEDS[name])
        case _:
            return not_found()
    try:
        word, said = "said", deed(form, at)
    except (desk.Refused, desk.NotFound) as error:
        word, said = "wrong", str(error)
    except ValueError:
        word, said = "wrong", "Something in the form is no number, or no JSON."
    return Reply(303, headers=(("location", f"{target}?{word}={quote(said)}"),))


def _provoke(pk: UUID, form: dict[str, str], at: datetime) -> str:
    script = json.loads(form["script"]) if form.get("script") else None
    return desk.provoke(STAFF, pk, name=form.get("name", ""), script=script, at=at).capitalize() + "."


def _attach(form: dict[str, str], at: datetime) -> str:
    desk.attach(
        STAFF,
        at=at,
        verdict=form.get("verdict", ""),
        script=json.loads(form["script"]) if form.get("script") else None,
        party_id=form.get("party", ""),
        lrn=form.get("lrn", ""),
        message_type=form.get("message_type", ""),
        times=int(form["times"]) if form.get("times") else 1,
    )
    return "The next messages that fit get this."


def _put_fault(form: dict[str, str], at: datetime) -> str:
    numbers = {name: int(form[name]) for name in ("seconds", "times", "minutes") if form.get(name)}
    desk.put_fault(
        STAFF, form.get("kind", ""), at=at, party_id=form.get("party", ""), message_type=form.get("message_type", ""), **numbers
    )
    return "From now on this goes wrong."


def _detach(form: dict[str, str], _at: datetime) -> str:
    desk.detach(STAFF, int(form["id"]))
    return "The scenario is taken back."


def _end_fault(form: dict[str, str], at: datetime) -> str:
    desk.end_fault(STAFF, int(form["id"]), at=at)
    return "The fault is over."


def _clock(form: dict[str, str], at: datetime) -> str:
    desk.set_speed(STAFF, int(form.get("speed", "")), at=at)
    return f"Customs' clock runs {desk.speed()} times as fast as ours."


def _reset(_form: dict[str, str], at: datetime) -> str:
    desk.reset(STAFF, at=at)
    return "No scenario and no fault is left, and the clock runs as usual."


DEEDS: Final[dict[str, Callable[[dict[str, str], datetime], str]]] = {
    "attach": _attach,
    "detach": _detach,
    "fault": _put_fault,
    "end-fault": _end_fault,
    "clock": _clock,
    "reset": _reset,
}

"""The sandbox's interface for programs, below /api/: JSON in and out, for the product and for those who run the sandbox.

Authorization: Bearer <secret>. With X-Operator-EORI the deeds and answers are those of one operator. docs/sandbox.md
shows each call.
"""

import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder

from integrations.sandbox import desk, faults, scenarios
from integrations.sandbox.desk import Who
from integrations.sandbox.models import REASON, Answer, Fault, Registration, Scenario
from integrations.sandbox.reply import Reply
from integrations.sandbox.request import Request, who
from tenants.scope import every_tenant

PREFIX: Final = "/api/"
JSON: Final = "application/json"
MOST_WAITING: Final = 20
_ID: Final = r"(?P<pk>[0-9a-f-]{36})"
Handler = Callable[[Request, Who, dict[str, str], datetime], Any]


def reply(request: Request, *, at: datetime) -> Reply:
    """Answer a call."""
    asking = who(request)
    if asking is None:
        return _json(401, {"error": "Show the sandbox's secret: Authorization: Bearer ..."})
    found = [(each.match(request.path), methods) for each, methods in ROUTES]
    match, methods = next(((match, methods) for match, methods in found if match), (None, {}))
    if match is None:
        return _json(404, {"error": "There is no such address."})
    handler = methods.get(request.method)
    if handler is None:
        return _json(405, {"error": f"Use {' or '.join(methods)}."})
    return _handled(lambda: handler(request, asking, match.groupdict(), at), 201 if request.method == "POST" else 200)


def _handled(handler: Callable[[], Any], status: int) -> Reply:
    try:
        with every_tenant(REASON):
            content = handler()
    except desk.NotFound as error:
        return _json(404, {"error": str(error)})
    except desk.Refused as error:
        return _json(409, {"error": str(error)})
    except (ValueError, TypeError) as error:
        return _json(400, {"error": f"The request is not understood: {error}."})
    return content if isinstance(content, Reply) else _json(status, content)


def _json(status: int, content: Any) -> Reply:
    return Reply(status, JSON, json.dumps(content, cls=DjangoJSONEncoder).encode() + b"\n")


# --- What things look like -------------------------------------------------------------------------------------------------


def of_registration(row: Registration) -> dict[str, Any]:
    """Return a registration in a list."""
    return {
        "id": row.pk,
        "message_type": row.message_type,
        "lrn": row.lrn,
        "mrn": row.number,
        "declarant": row.declarant,
        "party": row.party.party_id,
        "state": row.state,
        "verdict": row.verdict,
        "registered_at": row.registered_at,
    }


def of_answer(row: Answer) -> dict[str, Any]:
    """Return a message of customs without its octets."""
    return {
        "id": row.pk,
        "message_id": row.message_id,
        "message_type": row.action,
        "letter": row.letter,
        "state": row.state,
        "attempts": row.attempts,
        "problem": row.problem,
        "created_at": row.created_at,
        "due_at": row.due_at,
        "acknowledged_at": row.acknowledged_at,
    }


def of_scenario(row: Scenario) -> dict[str, Any]:
    """Return a scenario."""
    party = row.party.party_id if row.party else ""
    limits = {"party": party, "eori": row.eori, "lrn": row.lrn, "message_type": row.message_type}
    return {"id": row.pk, "verdict": row.verdict, **limits, "remaining": row.remaining, "created_at": row.created_at}


def of_fault(row: Fault) -> dict[str, Any]:
    """Return a fault."""
    return {
        "id": row.pk,
        "kind": row.kind,
        "party": row.party.party_id if row.party else "",
        "eori": row.eori,
        "message_type": row.message_type,
        "seconds": row.seconds,
        "remaining": row.remaining,
        "until": row.until,
        "happened": row.happened,
    }


# --- Questions -------------------------------------------------------------------------------------------------------------


def _offers(_request: Request, _who: Who, _names: dict[str, str], _at: datetime) -> Any:
    verdicts = [
        {"name": each.name, "word": each.word, "words": each.words, "messages": each.messages} for each in scenarios.offers()
    ]
    wrongs = [
        {"kind": each.name, "words": each.words, "product": each.product, "line": each.line, "seconds": each.seconds}
        for each in faults.kinds()
    ]
    return {"verdicts": verdicts, "deeds": desk.deed_words(), "faults": wrongs, "speed": desk.speed()}


def _registrations(request: Request, asking: Who, _names: dict[str, str], _at: datetime) -> Any:
    rows = desk.registrations(asking, text=request.values.get("q", ""))[: desk.SHOWN]
    return {"registrations": [of_registration(row) for row in rows]}


def _registration(_request: Request, asking: Who, names: dict[str, str], at: datetime) -> Any:
    row = desk.registration(asking, UUID(names["pk"]))
    return {
        **of_registration(row),
        "possible": possible(row, at=at),
        "answers": [of_answer(each) for each in desk.answers(asking, registration=row)],
        "waiting": [
            {"deed": timer.deed, "detail": timer.detail, "due_at": timer.due_at}
            for timer in scenarios.waiting(row)[:MOST_WAITING]
        ],
        "received": row.received_id,
    }


def possible(row: Registration, *, at: datetime) -> list[dict[str, str]]:
    """Return what customs can do about a registration now, in words."""
    words = desk.deed_words()
    found = [{"name": each.name, "words": words[each.name], "message": each.message} for each in scenarios.possible(row, at=at)]
    if any(each["name"] == "assess" for each in found):
        found.append({"name": "assess_partly", "words": words["assess_partly"], "message": ""})
    return found


def _octets(_request: Request, asking: Who, names: dict[str, str], _at: datetime) -> Reply:
    content_type, body = desk.octets(asking, names["kind"], UUID(names["pk"]), names["part"])
    return Reply(200, content_type, body)


def _scenarios(_request: Request, asking: Who, _names: dict[str, str], _at: datetime) -> Any:
    return {"scenarios": [of_scenario(row) for row in desk.attached(asking)]}


def _faults(_request: Request, asking: Who, _names: dict[str, str], at: datetime) -> Any:
    return {"faults": [of_fault(row) for row in desk.faults_of(asking, at=at)]}


# --- Deeds -----------------------------------------------------------------------------------------------------------------


def _provoke(request: Request, asking: Who, names: dict[str, str], at: datetime) -> Any:
    given = request.json()
    said = desk.provoke(asking, UUID(names["pk"]), name=str(given.get("name", "")), script=_table(given.get("script")), at=at)
    return {"outcome": said}


def _attach(request: Request, asking: Who, _names: dict[str, str], at: datetime) -> Any:
    given = request.json()
    texts = {name: str(given.get(name, "")) for name in ("verdict", "lrn", "message_type")}
    times = given.get("times", 1)
    row = desk.attach(
        asking,
        at=at,
        script=_table(given.get("script")),
        party_id=str(given.get("party", "")),
        times=None if times is None else _number(times),
        **texts,
    )
    return of_scenario(row)


def _detach(_request: Request, asking: Who, names: dict[str, str], _at: datetime) -> Any:
    desk.detach(asking, int(names["number"]))
    return {}


def _put_fault(request: Request, asking: Who, _names: dict[str, str], at: datetime) -> Any:
    given = request.json()
    numbers = {name: _number(given[name]) for name in ("seconds", "times", "minutes") if given.get(name) is not None}
    row = desk.put_fault(
        asking,
        str(given.get("kind", "")),
        at=at,
        party_id=str(given.get("party", "")),
        message_type=str(given.get("message_type", "")),
        **numbers,
    )
    return of_fault(row)


def _end_fault(_request: Request, asking: Who, names: dict[str, str], at: datetime) -> Any:
    desk.end_fault(asking, int(names["number"]), at=at)
    return {}


def _clock(request: Request, asking: Who, _names: dict[str, str], at: datetime) -> Any:
    desk.set_speed(asking, _number(request.json().get("speed")), at=at)
    return {"speed": desk.speed()}


def _reset(_request: Request, asking: Who, _names: dict[str, str], at: datetime) -> Any:
    desk.reset(asking, at=at)
    return {}


def _number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**31:
        raise ValueError("a number that is not negative is needed")
    return value


def _table(value: Any) -> dict[str, Any] | None:
    if value is not None and not isinstance(value, dict):
        raise ValueError("a script is an object")
    return value


_ADDRESSES: Final[tuple[tuple[str, dict[str, Handler]], ...]] = (
    ("offers", {"GET": _offers}),
    ("registrations", {"GET": _registrations}),
    (f"registrations/{_ID}", {"GET": _registration}),
    (f"registrations/{_ID}/provoke", {"POST": _provoke}),
    (rf"(?P<kind>answers|messages)/{_ID}/(?P<part>xml|wire|receipt)", {"GET": _octets}),
    ("scenarios", {"GET": _scenarios, "POST": _attach}),
    (r"scenarios/(?P<number>\d{1,9})", {"DELETE": _detach}),
    ("faults", {"GET": _faults, "POST": _put_fault}),
    (r"faults/(?P<number>\d{1,9})", {"DELETE": _end_fault}),
    ("clock", {"POST": _clock}),
    ("reset", {"POST": _reset}),
)
ROUTES: Final = tuple((re.compile(PREFIX + pattern + "$"), methods) for pattern, methods in _ADDRESSES)

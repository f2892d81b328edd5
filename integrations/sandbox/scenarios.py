"""Asking for what customs shall do: the list of verdicts, attaching one to what comes next, and doing it now.

For the page, the interface and the conformance kit of the sandbox, and for tests. Call these inside every_tenant().
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from filings.messages import catalogue
from integrations.sandbox import arriving, letters, office, reading, steps, verdicts
from integrations.sandbox.case import Case
from integrations.sandbox.models import Party, Registration, Scenario, Script, Timer
from integrations.sandbox.registry import GONE
from integrations.sandbox.steps import NotPossible
from integrations.sandbox.verdicts import Step, UnknownVerdict, Verdict

__all__ = [
    "BadScript", "Deed", "NotPossible", "Offer", "UnknownVerdict", "attach", "deeds", "detach", "fits", "offers", "possible",
    "provoke", "waiting", "write",
]  # fmt: skip

MOST_STEPS: Final = 30
LONGEST: Final = 300_000  # minutes on customs' clock
ANSWERS: Final = ("registered", "refused", "rejected", "none")
REFUSALS: Final = ("", "refused", "rejected")


class BadScript(ValueError):
    """The script is not understood; the text says where."""


@dataclass(frozen=True)
class Deed:
    """Something that can be done to a registration now, and the message it brings, where it is one."""

    name: str
    message: str


@dataclass(frozen=True)
class Offer:
    """A verdict one can ask for: its name, the word for an LRN, and what it does."""

    name: str
    word: str
    words: str
    messages: tuple[str, ...]  # filings in whose process it does what it says


def offers() -> list[Offer]:
    """Return every verdict."""
    return [Offer(each.name, each.word, each.words, fits(each)) for each in verdicts.all_verdicts()]


def fits(verdict: Verdict) -> tuple[str, ...]:
    """Return the filings that have all the letters of a verdict in their process."""
    wanted = {letters.letter(step.do).message for step in verdict.steps if step.do in steps.LETTERS}
    filings = [message for message in catalogue.messages() if message.is_sent and message.event == "submit"]
    return tuple(message.id for message in filings if wanted <= set(letters.MESSAGE.findall(message.may_follow)))


def attach(
    verdict: str,
    *,
    at: datetime,
    party: Party | None = None,
    eori: str = "",
    lrn: str = "",
    message_type: str = "",
    times: int | None = 1,
) -> Scenario:
    """Let the next filings or arrivals get a verdict: of a party, a declarant, under an LRN, of a type; empty fits all.

    :param times: how many, None for all until it is detached
    :raises UnknownVerdict: if there is none of that name
    """
    verdicts.verdict(verdict)
    row: Scenario = Scenario.objects.create(
        party=party, eori=eori, lrn=lrn, message_type=message_type, verdict=verdict, remaining=times, created_at=at
    )
    return row


def write(table: Mapping[str, Any], *, at: datetime, eori: str = "") -> str:
    """Keep a verdict of somebody's own and return its name. Its columns are those of verdicts.toml, all optional.

    :raises BadScript: if it has others, or steps there are not
    """
    _check(table)
    return str(Script.objects.create(table=dict(table), eori=eori, created_at=at))


def _check(table: Mapping[str, Any]) -> None:
    allowed = {"words": str, "answer": str, "error": dict, "steps": list}
    allowed |= dict.fromkeys(("amendment", "invalidation", "referral_answer", "arrival"), str)
    for name, value in table.items():
        if name not in allowed or not isinstance(value, allowed[name]):
            raise BadScript(f"A script has no {name!r} like this; it has {', '.join(allowed)}.")
    _one_of("answer", table.get("answer", "registered"), ANSWERS)
    for name in ("amendment", "invalidation", "referral_answer"):
        _one_of(name, table.get(name, ""), REFUSALS)
    _one_of("arrival", table.get("arrival", ""), ("", "control", "wrong_state"))
    _check_error(table.get("error", {}))
    steps_ = table.get("steps", [])
    if len(steps_) > MOST_STEPS:
        raise BadScript(f"A script has {MOST_STEPS} steps at most.")
    for number, step in enumerate(steps_, 1):
        _check_step(number, step)


def _check_error(error: Mapping[str, Any]) -> None:
    if not set(error) <= {"code", "text", "paths"} or not isinstance(error.get("paths", []), list):
        raise BadScript("An error has a code, a text and a list of paths.")
    if not all(isinstance(each, str) for each in (error.get("code", ""), error.get("text", ""), *error.get("paths", []))):
        raise BadScript("Code, text and each path of an error are texts.")


def _check_step(number: int, step: Any) -> None:
    known = (*steps.LETTERS, *steps.DEEDS)
    if not isinstance(step, dict) or step.get("do") not in known:
        raise BadScript(f"Step {number} has to do one of: {', '.join(known)}.")
    if not set(step) <= {"do", "after", "limit", "unanswered", "partly"}:
        raise BadScript(f"Step {number} may have do, after, limit, unanswered and partly.")
    for name in ("after", "limit"):
        value = step.get(name, 0)
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= LONGEST:
            raise BadScript(f"Step {number}: {name} is a number of minutes on customs' clock.")
    if step["do"] == steps.AWAIT and "limit" not in step:
        raise BadScript(f"Step {number}: await has a limit, in minutes on customs' clock.")
    if "unanswered" in step:
        _named(step["unanswered"], number)


def _named(name: Any, number: int) -> None:
    try:
        verdicts.verdict(str(name))
    except UnknownVerdict:
        raise BadScript(f"Step {number}: there is no verdict {name!r}.") from None


def _one_of(name: str, value: Any, known: tuple[str, ...]) -> None:
    if value not in known:
        raise BadScript(f"{name} is one of: {', '.join(each or 'nothing' for each in known)}.")


def detach(scenario: Scenario) -> None:
    """Take a scenario back."""
    Scenario.objects.filter(pk=scenario.pk).delete()


def deeds() -> tuple[str, ...]:
    """Return what can be done to a registration now, besides applying a verdict."""
    return (*steps.LETTERS, *(name for name in steps.DEEDS if name != steps.AWAIT), *arriving.DEEDS)


def possible(registration: Registration, *, at: datetime) -> list[Deed]:
    """Return what can be done to a registration now, as its process and its state allow."""
    if registration.state in GONE:
        return []
    document = reading.in_force(registration, at=at)
    found = [Deed(name, letters.letter(name).message) for name in steps.LETTERS if letters.may_follow(name, document)]
    found += [Deed(name, "") for name in steps.DEEDS if name != steps.AWAIT]
    if registration.arrived_with_id:
        found += [Deed(name, letters.letter(name).message) for name in arriving.DEEDS]
    return found


def provoke(registration: Registration, name: str, *, at: datetime, options: Mapping[str, Any] | None = None) -> str:
    """Do something to a registration now, or apply a verdict to it, and return what came of it.

    :param name: one of deeds(), or the name of a verdict, whose steps then begin
    :raises NotPossible: if the process of this filing has no such thing, or it is not in force any more
    :raises UnknownVerdict: if the name is neither
    """
    held = (
        Registration.objects.select_for_update(of=("self",))
        .select_related("party", "received", "current")
        .get(pk=registration.pk)
    )
    case = Case(office.load(), at, registration=held)
    if name in arriving.DEEDS:
        return arriving.DEEDS[name](held, case)
    if name in steps.LETTERS or name in steps.DEEDS:
        return steps.do(held, Step(name, 0, options or {}), case=case)
    verdict = verdicts.verdict(name)
    steps.start(held, verdict=verdict.name, case=case)
    return f"{verdict.name} begins"


def waiting(registration: Registration) -> list[Timer]:
    """Return what customs will do about a registration, the next first."""
    return list(Timer.objects.filter(registration=registration, state=Timer.State.WAITING))

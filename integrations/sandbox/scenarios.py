"""Asking for what customs shall do: the list of verdicts, attaching one to what comes next, and doing it now.

For the page, the interface and the conformance kit of the sandbox, and for tests. Call these inside every_tenant().
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from filings.messages import catalogue
from integrations.sandbox import arriving, letters, office, steps, verdicts
from integrations.sandbox.case import Case
from integrations.sandbox.models import Party, Registration, Scenario, Timer
from integrations.sandbox.steps import NotPossible
from integrations.sandbox.verdicts import Step, UnknownVerdict, Verdict

__all__ = ["NotPossible", "Offer", "UnknownVerdict", "attach", "deeds", "detach", "fits", "offers", "provoke", "waiting"]


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
    lrn: str = "",
    message_type: str = "",
    times: int | None = 1,
) -> Scenario:
    """Let the next filings or arrivals get a verdict: of a party, under an LRN, of a type; empty fits all.

    :param times: how many, None for all until it is detached
    :raises UnknownVerdict: if there is none of that name
    """
    verdicts.verdict(verdict)
    row: Scenario = Scenario.objects.create(
        party=party, lrn=lrn, message_type=message_type, verdict=verdict, remaining=times, created_at=at
    )
    return row


def detach(scenario: Scenario) -> None:
    """Take a scenario back."""
    Scenario.objects.filter(pk=scenario.pk).delete()


def deeds() -> tuple[str, ...]:
    """Return what can be done to a registration now, besides applying a verdict."""
    return (*steps.LETTERS, *(name for name in steps.DEEDS if name != steps.AWAIT), *arriving.DEEDS)


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

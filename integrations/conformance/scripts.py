"""Lists of scenarios: read from TOML, checked against the tables, ours beside what the ITSP loaded (docs/conformance.md)."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

from filings import lifecycle
from filings.lifecycle import State
from filings.messages import catalogue
from filings.messages.catalogue import Message
from filings.samples.stories import anew
from filings.samples.tables import eori
from integrations.conformance.models import LoadedList
from integrations.conformance.shapes import CONFORMANCE, RIGHT, STORIES, WITHIN, WRONG, Expected, Scenario, ScenarioList, Step

FOLDER: Final = Path(__file__).parent / "lists"
INDEX: Final = re.compile(r"\[[1-9][0-9]*\]")
NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,38}[a-z0-9]")
LONGEST: Final = 3600
MOST_STEPS: Final = 40
MOST_TIMES: Final = 500
TEXTS: Final = ("sample", "word", "about", "refused", "todo", "meaning", "part", "deed", "page")
KINDS: Final = (CONFORMANCE, STORIES)
# {step:PATH} is a value of a message of ours, {step:MESSAGE:PATH} of an answer to it, {eori} the operator's EORI,
# {eori:PART} that of who plays a part, {number:OLD} the number that the run has in place of one of the samples.
PLACE: Final = re.compile(r"\{([a-z0-9-]+)(?::([A-Z0-9]{6}))?(?::([A-Za-z0-9/ -]+))?\}")
EORI_OF, NUMBER_OF = "eori", "number"


class BadList(ValueError):
    """The list is not understood; the text says where."""


def lists() -> list[ScenarioList]:
    """Return every list: ours, and those that were loaded, which go before ours of the same name."""
    loaded = {row.name: read(row.text) for row in LoadedList.objects.order_by("name")}
    ours = [each for each in _ours() if each.name not in loaded]
    return [*loaded.values(), *ours]


def of_kind(kind: str) -> list[ScenarioList]:
    """Return the lists of a kind."""
    return [each for each in lists() if each.kind == kind]


def one(name: str) -> ScenarioList:
    """Return one list.

    :raises KeyError: if there is none of that name
    """
    return {each.name: each for each in lists()}[name]


def read(text: str) -> ScenarioList:
    """Return the list that a text describes.

    :raises BadList: with the place that is not understood
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadList(f"This is not TOML: {error}.") from None
    _only(content, {"name", "title", "version", "scenarios", "kind"}, "the list")
    name = _text(content, "name", "the list")
    if not NAME.fullmatch(name):
        raise BadList("The name of the list has small letters, digits and hyphens, 2 to 40 of them.")
    scenarios = tuple(scenario(each) for each in _tables(content, "scenarios", "the list"))
    if len({each.name for each in scenarios}) < len(scenarios):
        raise BadList("Two scenarios have the same name.")
    kind = content.get("kind", CONFORMANCE)
    if kind not in KINDS:
        raise BadList(f"The kind of a list is one of {', '.join(KINDS)}.")
    return ScenarioList(name, _text(content, "title", "the list"), _text(content, "version", "the list"), scenarios, kind)


def scenario(content: Mapping[str, Any]) -> Scenario:
    """Return the scenario that a table describes.

    :raises BadList: with the place that is not understood
    """
    where = f"scenario {content.get('name', '?')}"
    _only(content, {"name", "role", "title", "purpose", "steps", "parts", "situations", "goes"}, where)
    texts = {name: _text(content, name, where) for name in ("name", "role", "title", "purpose")}
    steps = tuple(_step(each, where) for each in _tables(content, "steps", where))
    if not NAME.fullmatch(texts["name"]) or len(texts["role"]) > 30 or len(texts["title"]) > 200:
        raise BadList(f"{where}: name, role or title is too long, or the name has other signs than small letters and digits.")
    if len(steps) > MOST_STEPS:
        raise BadList(f"{where}: {MOST_STEPS} steps at most.")
    for complaint in _loose(steps):
        raise BadList(f"{where}: {complaint}")
    parts = _parts(content, where)
    named = {match[2] for step in steps for text in _texts(step) for match in PLACE.findall(text) if match[0] == EORI_OF}
    if lost := (named | {step.part for step in steps}) - {""} - set(parts):
        raise BadList(f"{where}: there is no part {min(lost)}.")
    goes = content.get("goes", RIGHT)
    if goes not in {RIGHT, WRONG}:
        raise BadList(f"{where}: it goes {RIGHT} or {WRONG}.")
    situations = tuple(str(each) for each in content.get("situations", ()))
    return Scenario(
        **texts, steps=_shared_out(steps, parts), parts=parts, situations=situations, goes=goes, content=dict(content)
    )


def _parts(content: Mapping[str, Any], where: str) -> dict[str, tuple[str, ...]]:
    """Return the EORIs of the companies that each part stands for.

    :raises BadList: if the samples have no such company
    """
    try:
        return {str(part): tuple(eori(key) for key in keys) for part, keys in content.get("parts", {}).items()}
    except KeyError as unknown:
        raise BadList(f"{where}: the samples have no company {unknown}.") from None


def _shared_out(steps: tuple[Step, ...], parts: Mapping[str, tuple[str, ...]]) -> tuple[Step, ...]:
    """Return the steps with who plays them: whose filing it is, or who files what it is about or waits for."""
    part_of = {party: part for part, parties in parts.items() for party in parties}
    played: dict[str, str] = {}
    for step in steps:
        shown = next((place.partition(":")[0] for place in step.shows), "")
        theirs = part_of.get(anew.declarant_of(step.sample), "") if step.sample else ""
        played[step.name] = step.part or theirs or played.get(step.about) or played.get(shown) or ""
    return tuple(replace(step, part=played[step.name]) for step in steps)


def _step(content: Mapping[str, Any], scenario_: str) -> Step:
    where = f"{scenario_}, step {content.get('name', '?')}"
    _only(content, {each.name for each in fields(Step)}, where)
    name, title = _text(content, "name", where), _text(content, "title", where)
    if not NAME.fullmatch(name) or len(title) > 200:
        raise BadList(f"{where}: the name has small letters, digits and hyphens; the title 200 characters at most.")
    expect = tuple(_expected(each, where) for each in content.get("expect", ()))
    message = _sent(content, where)
    if message and not _known(message).is_sent:
        raise BadList(f"{where}: {message} is none that traders send.")
    within = content.get("within", WITHIN)
    if not isinstance(within, int) or not 0 < within <= LONGEST:
        raise BadList(f"{where}: within is a number of seconds up to {LONGEST}.")
    values = {str(path): str(value) for path, value in content.get("values", {}).items()}
    if message and (wrong := [path for path in values if INDEX.sub("", path) not in _known(message).by_path]):
        raise BadList(f"{where}: {message} has no {wrong[0]}.")
    return Step(
        name,
        title,
        send=message,
        seed=int(content.get("seed", 1)),
        values=values,
        within=within,
        expect=expect,
        shows=_shows(content, where),
        own=bool(content.get("own", False)),
        desk=bool(content.get("desk", False)),
        times=_times(content, where),
        detail={str(key): str(value) for key, value in content.get("detail", {}).items()},
        **{key: str(content.get(key, "")) for key in TEXTS},
    )


def _times(content: Mapping[str, Any], where: str) -> int:
    times = content.get("times", 1)
    if not isinstance(times, int) or not 0 < times <= MOST_TIMES or (times > 1 and not content.get("sample")):
        raise BadList(f"{where}: times is a number up to {MOST_TIMES}, of a sample.")
    return times


def _sent(content: Mapping[str, Any], where: str) -> str:
    """Return which message a step sends: the one it names, or the one its sample is."""
    if not content.get("sample"):
        return str(content.get("send", ""))
    try:
        return anew.message_of(content["sample"])
    except anew.UnknownFiling:
        raise BadList(f"{where}: no story has a filing {content['sample']}.") from None


def _shows(content: Mapping[str, Any], where: str) -> dict[str, str]:
    """Return what filings of steps show in the end, by step and facet."""
    shows = {str(place): str(value) for place, value in content.get("shows", {}).items()}
    for place, value in shows.items():
        facet = place.partition(":")[2]
        if not (facet == "state" and value in set(State)) and lifecycle.fact(facet, value) is None:
            raise BadList(f"{where}: a filing never shows {place} = {value}.")
    return shows


def _expected(content: Any, where: str) -> Expected:
    _only(content, {"message", "values"}, f"{where}, expect")
    message = _known(_text(content, "message", where))
    values = {str(path): str(value) for path, value in content.get("values", {}).items()}
    if message.is_sent or (wrong := [path for path in values if path not in message.by_path]):
        raise BadList(f"{where}: customs has no {message.id}" + ("." if message.is_sent else f" with {wrong[0]}."))
    return Expected(message.id, values)


def _loose(steps: tuple[Step, ...]) -> Iterator[str]:
    """Yield what refers to a step that does not come before."""
    before: set[str] = set()
    for step in steps:
        shown = {place.partition(":")[0] for place in step.shows} - {step.name}
        named = (
            {step.about} - {""}
            | shown
            | {
                match[0]
                for value in _texts(step)
                for match in PLACE.findall(value)
                if match[0] not in {EORI_OF, NUMBER_OF, step.name}
            }
        )
        for name in sorted(named - before):
            yield f"step {step.name} refers to {name}, which does not come before it."
        if step.name in before:
            yield f"two steps are called {step.name}."
        if not (step.send or step.expect or step.shows or step.deed):
            yield f"step {step.name} neither sends nor expects anything."
        before.add(step.name)


def _texts(step: Step) -> list[str]:
    return [*step.values.values(), *(text for each in step.expect for text in each.values.values())]


def _known(message: str) -> Message:
    found = catalogue.named(message)
    if not found:
        raise BadList(f"There is no message {message}.")
    return found[0]


def _text(content: Mapping[str, Any], name: str, where: str) -> str:
    value = content.get(name)
    if not isinstance(value, str) or not value.strip():
        raise BadList(f"{where}: {name} is missing.")
    return value


def _tables(content: Mapping[str, Any], name: str, where: str) -> list[dict[str, Any]]:
    found = content.get(name)
    if not isinstance(found, list) or not found or not all(isinstance(each, dict) for each in found):
        raise BadList(f"{where}: there are no {name}.")
    return found


def _only(content: Any, names: set[str], where: str) -> None:
    if not isinstance(content, dict):
        raise BadList(f"{where}: a table is needed.")
    if unknown := sorted(set(content) - names):
        raise BadList(f"{where}: {unknown[0]} is not known; there are {', '.join(sorted(names))}.")


@cache
def _ours() -> tuple[ScenarioList, ...]:
    return tuple(read(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.toml")))

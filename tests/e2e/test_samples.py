"""Each of the 31 samples travels to the sandbox and back; a broken copy of each comes back with the right pointer."""

import copy
import itertools
import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from config.embedded.paths import PROJECT
from filings.messages import catalogue
from filings.messages.catalogue import Element
from tests.e2e.conftest import Product, eventually

pytestmark = pytest.mark.e2e

SAMPLES = sorted((PROJECT / "samples").glob("*/*.json"))
FINAL = {"registered", "rejected", "failed"}
Fault = tuple[dict[str, Any], str, str]  # the broken document, its place, the code of the fault


def load(path: Path) -> tuple[str, dict[str, Any]]:
    """Return a sample's message and what stands under its root."""
    ((message, document),) = json.loads(path.read_text(encoding="utf-8")).items()
    return message, document


def submit(product: Product, message: str, document: dict[str, Any], **more: Any) -> str:
    """Draft and submit a document; return where its resource is."""
    made = product.call("POST", "filings/", json={message: document}, headers={"Idempotency-Key": str(uuid.uuid4())})
    assert made.status_code == 201, made.text
    place = f"filings/{made.json()['id']}/"
    sent = product.call("POST", f"{place}submit/", json=more, headers={"Idempotency-Key": str(uuid.uuid4())})
    assert sent.status_code in {200, 202}, sent.text
    return place


def answer(product: Product, place: str) -> dict[str, Any]:
    """Return the resource once customs has answered."""

    def answered() -> dict[str, Any] | None:
        filing: dict[str, Any] = product.call("GET", place).json()
        return filing if filing["state"] in FINAL else None

    return eventually(answered, within=120)  # type: ignore[no-any-return]


def file(product: Product, message: str, document: dict[str, Any], **more: Any) -> dict[str, Any]:
    """File a document and return the resource once customs has answered."""
    return answer(product, submit(product, message, document, **more))


@pytest.fixture(scope="module")
def sent(product: Product) -> dict[Path, str]:
    """Submit all samples, one after the other; return where their resources are."""
    return {path: submit(product, *load(path)) for path in sorted(SAMPLES, key=lambda path: path.name)}


def test_there_is_one_sample_of_each_filing_type() -> None:
    types = sorted(load(path)[0] for path in SAMPLES)

    assert types == sorted(message.id for message in catalogue.messages() if message.family == "F")
    assert len(types) == 31


@pytest.mark.parametrize("path", sorted(SAMPLES, key=lambda path: path.name), ids=lambda path: path.stem)
def test_a_sample_is_registered(product: Product, sent: dict[Path, str], path: Path) -> None:
    _, document = load(path)

    filing = answer(product, sent[path])

    assert filing["state"] == "registered", filing["errors"]
    assert filing["lrn"] == document["LRN"]
    assert len(filing["mrn"]) == 18


# --- Broken copies -------------------------------------------------------------------------------------------------------


def deepest_text(element: Element, value: Any, path: str) -> tuple[list[Any], str, Element]:
    """Return the way to the deepest value of a document, its XPath and its element."""
    best: tuple[list[Any], str, Element] = ([], "", element)
    for name, inner in value.items():
        child = element.by_name[name]
        for index, item in enumerate(inner if isinstance(inner, list) else [inner]):
            step = [name, index] if isinstance(inner, list) else [name]
            place = f"{path}/{name}[{index + 1}]" if isinstance(inner, list) else f"{path}/{name}"
            found = deepest_text(child, item, place) if isinstance(item, dict) else ([], place, child)
            if len(step + found[0]) > len(best[0]):
                best = (step + found[0], found[1], found[2])
    return best


def too_long(message: str, document: dict[str, Any]) -> Fault:
    """Put far too much into the deepest field."""
    way, place, _ = deepest_text(catalogue.message(message).root, document, f"/{message}")
    target: Any = document
    for step in way[:-1]:
        target = target[step]
    target[way[-1]] = "1" * 2000
    return document, place, "39"


def missing(message: str, document: dict[str, Any]) -> Fault:
    """Leave out who declares."""
    del document["declarant"]["identificationNumber"]
    return document, f"/{message}/declarant/identificationNumber", "13"


def bad_code(message: str, document: dict[str, Any]) -> Fault:
    """Name a circumstance that is not in the list."""
    document["SpecificCircumstanceIndicator"] = "F99"
    return document, f"/{message}/SpecificCircumstanceIndicator", "12"


def unknown(message: str, document: dict[str, Any]) -> Fault:
    """Add an element that no message has."""
    document["colour"] = "blue"
    return document, f"/{message}/colour", "15"


def too_many(message: str, document: dict[str, Any]) -> Fault:
    """Give two declarants; the second is the one too many."""
    document["declarant"] = [document["declarant"], document["declarant"]]
    return document, f"/{message}/declarant[2]", "35"


FAULTS: list[Callable[[str, dict[str, Any]], Fault]] = [too_long, missing, bad_code, unknown, too_many]
BROKEN = list(zip(sorted(SAMPLES, key=lambda path: path.name), itertools.cycle(FAULTS), strict=False))


@pytest.fixture(scope="module")
def broken(product: Product) -> dict[Path, tuple[str, str, str]]:
    """Submit a broken copy of every sample; return where each resource is, and the place and code of its fault."""
    copies = {}
    for path, fault in BROKEN:
        message, document = load(path)
        document, place, code = fault(message, {**copy.deepcopy(document), "LRN": uuid.uuid4().hex[:22].upper()})
        copies[path] = (submit(product, message, document, despite_findings=True), place, code)
    return copies


@pytest.mark.parametrize("path", [path for path, _ in BROKEN], ids=[f"{path.stem}-{fault.__name__}" for path, fault in BROKEN])
def test_a_broken_copy_is_rejected_with_the_right_pointer(
    product: Product, broken: dict[Path, tuple[str, str, str]], path: Path
) -> None:
    resource, place, code = broken[path]

    filing = answer(product, resource)

    assert filing["state"] == "rejected"
    assert (place, code) in {(error["path"], error["code"]) for error in filing["errors"]}


def test_findings_stop_a_broken_filing_before_it_leaves(product: Product) -> None:
    message, document = load(SAMPLES[0])
    broken, place, code = missing(message, copy.deepcopy(document))

    answer = product.call("POST", "filings/?submit=true", json={message: broken})

    assert answer.status_code == 422
    assert (place, code) in {(finding["path"], finding["code"]) for finding in answer.json()["findings"]}


def test_an_lrn_used_before_is_a_finding_here_and_rejected_by_customs(product: Product) -> None:
    message, document = load(SAMPLES[0])
    first = {**document, "LRN": uuid.uuid4().hex[:22].upper()}
    assert file(product, message, first)["state"] == "registered"

    warned = product.call("POST", "filings/?submit=true", json={message: first})
    again = file(product, message, first, despite_findings=True)

    assert warned.status_code == 422
    assert again["state"] == "rejected"
    assert ("94", f"/{message}/LRN") in {(error["code"], error["path"]) for error in again["errors"]}


def test_the_same_request_twice_makes_one_filing(product: Product) -> None:
    message, document = load(SAMPLES[0])
    body = {message: {**document, "LRN": uuid.uuid4().hex[:22].upper()}}
    key = {"Idempotency-Key": str(uuid.uuid4())}

    first = product.call("POST", "filings/?submit=true", json=body, headers=key)
    second = product.call("POST", "filings/?submit=true", json=body, headers=key)

    assert first.status_code == second.status_code == 201
    assert first.json()["id"] == second.json()["id"]
    assert second.headers["Idempotent-Replayed"] == "true"


def test_another_operators_filing_is_not_found(product: Product) -> None:
    message, document = load(SAMPLES[0])
    made = product.call("POST", "filings/", json={message: {**document, "LRN": uuid.uuid4().hex[:22].upper()}})

    assert product.call("GET", f"filings/{made.json()['id']}/", slug="brabant").status_code == 404


def test_pull_and_push_both_bring_the_answer(product: Product) -> None:
    message, document = load(SAMPLES[0])
    for slug in ("nordmeer", "brabant"):
        made = product.call(
            "POST", "filings/?submit=true", slug=slug, json={message: {**document, "LRN": uuid.uuid4().hex[:22].upper()}}
        )
        place = f"filings/{made.json()['id']}/"
        eventually(lambda slug=slug, place=place: product.call("GET", place, slug=slug).json()["mrn"], within=60)

"""What a run writes into the logs: one line of JSON per event with ids, and nothing of what is sent, of whom, or of keys."""

import json
import logging
import logging.config
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
import structlog
from django.test import Client

from config import logs
from filings.messages import xml
from integrations import inbound, outbound, routing
from integrations.models import InboundMessage
from tenants.models import Operator
from tenants.scope import every_tenant, tenant_scope
from tests import factories
from tests.integrations.conftest import Clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def written(bells: list[str]) -> Iterator[StringIO]:
    """Everything all loggers write, as in production and with every detail."""
    stream = StringIO()
    formatter = logs.settings(as_json=True, level="DEBUG")["formatters"]["line"]
    handler = logging.StreamHandler(stream)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=formatter["foreign_pre_chain"], processors=formatter["processors"]
    ))  # fmt: skip
    root = logging.getLogger()
    before, root.level = root.level, logging.DEBUG
    root.addHandler(handler)
    yield stream
    root.removeHandler(handler)
    root.setLevel(before)


def lines(stream: StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def values(content: Any) -> Iterator[str]:
    """Yield the texts of a document that say something by themselves; codes and numbers are in every log."""
    if isinstance(content, dict):
        for each in content.values():
            yield from values(each)
    elif isinstance(content, list):
        for each in content:
            yield from values(each)
    elif isinstance(content, str) and len(content) >= 8 and not content.replace(".", "").isdigit():
        yield content


def test_a_whole_run_writes_no_business_data_and_no_key(
    written: StringIO, itsp: Any, acme: Operator, sti: Any, clock: Clock, identities: Any
) -> None:
    user = factories.member(acme, "alice")
    client = Client()
    client.force_login(user)
    with tenant_scope(acme.pk):
        filing = factories.submitted()
        refused = factories.submitted()
    client.get(f"/o/{acme.slug}/filings/", {"q": filing.lrn})
    client.get(f"/o/{acme.slug}/nothing-here/", {"q": filing.lrn})
    while outbound.send_next(clock=clock):
        clock.forward(1)
    with every_tenant("a test stores answers"):
        for number, payload in enumerate((xml.write(factories.registration(filing)), b"<not>Grand piano</not>", b"Grand piano")):
            InboundMessage.objects.create(
                connection=itsp, message_id=f"{number}@sti.example", message_type="IE3R01", content_type="", body=b"",
                payload=payload, references=[], receipt=b"", received_at=clock(), due_at=clock(),
            )  # fmt: skip
    with pytest.MonkeyPatch.context() as broken:
        broken.setattr(inbound, "pull", lambda *_, **__: {}[filing.lrn])
        inbound.pull_next(clock=clock)
    while routing.route_next(at=clock()):
        pass

    text = written.getvalue()
    assert len(lines(written)) > 5
    told = {"Grand piano", filing.lrn, refused.lrn, acme.name, acme.slug, acme.eori, user.email, factories.MRN}
    told |= set(values(filing.document)) | set(values(refused.document))
    assert len(told) > 20
    assert {word for word in told if word in text} == set()
    assert "-----BEGIN" not in text
    assert "PRIVATE KEY" not in text


def test_each_line_tells_event_logger_level_time_and_operator(written: StringIO, acme: Operator) -> None:
    with tenant_scope(acme.pk):
        logging.getLogger("integrations.outbound").warning("message %s: %s", "1@us.example", "no_receipt")

    (line,) = (line for line in lines(written) if line["logger"] == "integrations.outbound")
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "message 1@us.example: no_receipt",
        "level": "warning",
        "logger": "integrations.outbound",
        "operator_id": str(acme.pk),
    }


def test_an_exception_is_told_by_type_and_place_without_its_text(written: StringIO) -> None:
    try:
        try:
            int("Grand piano")
        except ValueError as error:
            raise RuntimeError("Grand piano") from error
    except RuntimeError:
        logging.getLogger("landfall.test").exception("it failed")

    (line,) = (line for line in lines(written) if line["logger"] == "landfall.test")
    assert line["exception"] == ["RuntimeError", "ValueError"]
    assert "test_logs.py" in line["trace"][-1]
    assert "Grand piano" not in json.dumps(line)


@pytest.mark.parametrize(
    "secret",
    [
        "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\n-----END PRIVATE KEY-----",
        "-----BEGIN EC PRIVATE KEY-----\nMIIEvQIBADANBg",
        "<?xml version='1.0'?><IE3F26>MIIEvQIBADANBg</IE3F26>",
        "Authorization: Bearer MIIEvQIBADANBg",
    ],
)
def test_keys_and_xml_are_hidden_whoever_logs_them(written: StringIO, secret: str) -> None:
    logging.getLogger("landfall.test").warning("sent %s", secret)

    assert "MIIEvQIBADANBg" not in written.getvalue()
    assert logs.HIDDEN in written.getvalue()


def test_a_request_has_one_line_with_its_number_which_the_client_gets(written: StringIO, acme: Operator) -> None:
    user = factories.member(acme, "alice")
    client = Client()
    client.force_login(user)

    answer = client.get(f"/o/{acme.slug}/filings/", {"q": "secret text"})

    (line,) = (line for line in lines(written) if line["logger"] == "landfall.request")
    assert line["request_id"] == answer["X-Request-ID"]
    assert (line["method"], line["status"], line["user_id"]) == ("GET", 200, str(user.pk))
    assert line["operator_id"] == str(acme.pk)
    assert line["route"] == "o/<slug:operator_slug>/filings/"
    assert "secret text" not in written.getvalue()


@pytest.mark.parametrize(("given", "kept"), [("number-of-the-proxy", True), ("with blanks in it", False), ("x" * 65, False)])
def test_a_number_given_by_a_machine_in_front_is_kept_if_it_is_one(given: str, kept: bool) -> None:
    answer = Client().get("/health/live", headers={"x-request-id": given})

    assert (answer["X-Request-ID"] == given) is kept


def test_a_task_names_itself_on_its_lines(written: StringIO) -> None:
    from celery.signals import task_postrun, task_prerun

    from integrations.tasks import beat

    task_prerun.send(sender=beat, task_id="7", task=beat)
    logging.getLogger("landfall.test").info("inside")
    task_postrun.send(sender=beat, task_id="7", task=beat)
    logging.getLogger("landfall.test").info("outside")

    inside, outside = (line for line in lines(written) if line["logger"] == "landfall.test")
    assert (inside["task"], inside["task_id"]) == ("integrations.beat", "7")
    assert "task" not in outside


def test_development_shows_no_values_of_variables(acme: Operator) -> None:
    """The console's renderer would show them beside a trace if it were let."""
    stream = StringIO()
    formatter = logs.settings(as_json=False, level="DEBUG")["formatters"]["line"]
    record_keeper = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=formatter["foreign_pre_chain"], processors=formatter["processors"]
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(record_keeper)
    log = logging.getLogger("landfall.test.development")
    log.addHandler(handler)
    goods = "Grand " + "piano"
    try:
        _ = {}[len(goods)]
    except KeyError:
        log.exception("it failed")
    log.removeHandler(handler)

    assert "KeyError" in stream.getvalue()
    assert "Grand piano" not in stream.getvalue()

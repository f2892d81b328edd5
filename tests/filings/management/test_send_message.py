"""manage.py send_message prints the state and the MRN, and its exit status is stable for scripts."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from filings.messages import json, xml
from filings.messages.document import Document
from filings.models import Filing
from filings.services import responses
from tenants.models import AuditEvent, Operator
from tenants.scope import tenant_scope
from tests import factories
from tests.factories import MRN, document


@pytest.fixture
def firm(db: None) -> Operator:
    return factories.operator("acme")


@pytest.fixture
def send(tmp_path: Path) -> Callable[..., tuple[int, str, str]]:
    """Return what sends a document and returns exit status, output and complaints."""

    def run(given: Document | bytes, *options: str, operator: str = "acme") -> tuple[int, str, str]:
        file = tmp_path / "message"
        file.write_bytes(xml.write(given) if isinstance(given, Document) else given)
        out, err = io.StringIO(), io.StringIO()
        status: Any = 0
        try:
            call_command("send_message", str(file), "--operator", operator, *options, stdout=out, stderr=err)
        except SystemExit as end:
            status = end.code
        return status, out.getvalue(), err.getvalue()

    return run


def when_asked(monkeypatch: pytest.MonkeyPatch, firm: Operator, deed: Callable[[Filing], None]) -> None:
    """Let something happen to the filing while the command sleeps."""

    def happen(_: float) -> None:
        with tenant_scope(firm.pk):
            deed(Filing.objects.get())

    monkeypatch.setattr("time.sleep", happen)


def test_it_is_queued_by_the_command(firm: Operator, send: Any) -> None:
    status, out, _ = send(document(LRN="CMD-1"))

    assert (status, out.split()[:3]) == (0, ["queued", "LRN", "CMD-1"])
    with tenant_scope(firm.pk):
        assert Filing.objects.get().source == "command"
        assert set(AuditEvent.objects.values_list("actor", flat=True)) == {"command"}


def test_it_reads_json_too(firm: Operator, send: Any) -> None:
    assert send(json.write(document()))[0] == 0


def test_it_waits_for_the_mrn(firm: Operator, send: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def register(filing: Filing) -> None:
        responses.register(filing=filing, document=factories.registration(filing), message_id="m", at=timezone.now())

    when_asked(monkeypatch, firm, register)

    status, out, _ = send(document(), "--wait")

    assert (status, out.splitlines()[-1]) == (0, f"registered {MRN}")


def test_it_prints_customs_errors(firm: Operator, send: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def reject(filing: Filing) -> None:
        responses.reject(filing=filing, document=factories.rejection(filing), message_id="m", at=timezone.now())

    when_asked(monkeypatch, firm, reject)

    status, out, _ = send(document(), "--wait", "5")

    assert status == 1
    assert out.splitlines()[1:] == ["rejected", "  /IE3F26/LRN", "    12: Wrong value."]


def test_it_says_why_it_was_not_delivered(firm: Operator, send: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    when_asked(monkeypatch, firm, lambda filing: responses.not_delivered(filing=filing, reason="No route.", at=timezone.now()))

    status, out, _ = send(document(), "--wait")

    assert status == 1
    assert "No route." in out


def test_it_gives_up_waiting(firm: Operator, send: Any) -> None:
    status, _, err = send(document(), "--wait", "0")

    assert status == 3
    assert "no answer" in err


def test_it_prints_findings_and_keeps_nothing(firm: Operator, send: Any) -> None:
    status, out, _ = send(document(declarant__identificationNumber=None))

    assert status == 1
    assert "/IE3F26/declarant" in out
    with tenant_scope(firm.pk):
        assert not Filing.objects.exists()


def test_it_sends_errors_when_told_to(firm: Operator, send: Any) -> None:
    assert send(document(declarant__identificationNumber=None), "--despite-findings")[0] == 0


def test_an_unknown_operator_is_named_with_those_there_are(firm: Operator, send: Any) -> None:
    status, _, err = send(document(), operator="nobody")

    assert status == 2
    assert "acme" in err


def test_what_cannot_be_read_is_said(firm: Operator, send: Any) -> None:
    status, _, err = send(b"<a")

    assert status == 2
    assert "well-formed" in err


def test_a_missing_file_is_said(firm: Operator) -> None:
    with pytest.raises(SystemExit) as end:
        call_command("send_message", "missing.xml", "--operator", "acme", stderr=io.StringIO())

    assert end.value.code == 2

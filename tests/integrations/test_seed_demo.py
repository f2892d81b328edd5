"""The demo's first start, and its second."""

import json
import stat
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from filings.models import AlarmRule
from filings.services.alarms import rules as alarm_rules
from filings.services.alarms import watch
from integrations.conformance import practising
from integrations.models import Connection, Credential, CredentialUse
from integrations.sandbox.models import Party, SandboxSettings
from tenants.actors import SYSTEM
from tenants.models import ApiKey, Member, Operator, User
from tenants.scope import every_tenant, tenant_scope
from tenants.selectors import operators_of
from tenants.services import keys
from tests import factories
from tests.factories import later

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> None:
    settings.VAR_FOLDER = tmp_path
    settings.WEB_URL = "http://localhost:8000"
    settings.SANDBOX_URL = "http://localhost:8100"


def seed() -> dict[str, Any]:
    out = StringIO()
    call_command("seed_demo", "--json", stdout=out)
    made: dict[str, Any] = json.loads(out.getvalue())
    return made


def test_it_names_its_operators_with_keys_and_sign_ins_that_work() -> None:
    made = seed()

    assert [operator["slug"] for operator in made["operators"]] == ["nordmeer", "brabant", "aurelia", "lichthaus"]
    for shown in made["operators"]:
        operator = Operator.objects.get(slug=shown["slug"], eori=shown["eori"])
        user = User.objects.get(email=shown["sign_in"]["email"])
        held = keys.holder(text=shown["api_key"], at=operator.created_at)
        assert user.check_password(shown["sign_in"]["password"])
        assert held is not None
        assert held.operator_id == operator.pk
        with tenant_scope(operator.pk):
            assert {member.role for member in Member.objects.all()} == {"filer", "admin"}
    assert User.objects.get(email=made["staff"]["email"], is_itsp_staff=True).check_password(made["staff"]["password"])


def test_one_person_files_for_all_and_they_practise_together() -> None:
    made = seed()
    slugs = [operator["slug"] for operator in made["operators"]]

    learner = User.objects.get(email=made["learner"]["email"])
    assert learner.check_password(made["learner"]["password"])
    assert sorted(each.slug for each in operators_of(learner)) == sorted(slugs)
    for slug in slugs:
        partners = practising.partners(Operator.objects.get(slug=slug))
        assert sorted(each.slug for each in partners) == sorted(set(slugs) - {slug})


def test_what_somebody_withdrew_stays_withdrawn() -> None:
    seed()
    brabant, nordmeer = Operator.objects.get(slug="brabant"), Operator.objects.get(slug="nordmeer")
    with tenant_scope(brabant.pk):
        practising.withdraw(eori=nordmeer.eori, by=SYSTEM, at=factories.NOW)

    seed()

    assert "brabant" not in [each.slug for each in practising.partners(nordmeer)]


def used() -> list[Any]:
    return sorted(CredentialUse.objects.values_list("connection__party_id", "credential__fingerprint", "since"))


def test_a_second_run_changes_nothing() -> None:
    first = seed()
    with every_tenant("test"):
        before = used()

    second = seed()

    with every_tenant("test"):
        assert used() == before
        assert ApiKey.objects.count() == 4
    assert second == first
    assert User.objects.count() == 10


def rules(slug: str) -> list[AlarmRule]:
    with tenant_scope(Operator.objects.get(slug=slug).pk):
        return list(AlarmRule.objects.all())


@pytest.mark.parametrize("slug", ["nordmeer", "brabant"])
def test_a_draft_that_is_due_alarms_at_once(slug: str) -> None:
    seed()
    [rule] = rules(slug)
    arrives = f"{factories.NOW + timedelta(hours=20):%Y-%m-%dT%H:%M:%SZ}"
    with tenant_scope(Operator.objects.get(slug=slug).pk):
        factories.draft("IE3F50", activeBorderTransportMeans__estimatedDateAndTimeOfArrival=arrives)

    assert watch.raise_all(at=later(60)) == 1
    assert rule.emails == [f"filer@{slug}.example"]
    assert rule.escalate_to == [f"admin@{slug}.example"]


def test_a_rule_that_was_changed_or_removed_is_left_alone() -> None:
    seed()
    [kept], [gone] = rules("nordmeer"), rules("brabant")
    with tenant_scope(kept.operator_id):
        AlarmRule.objects.filter(pk=kept.pk).update(name="Ours", minutes_before=5)
    with tenant_scope(gone.operator_id):
        alarm_rules.remove(rule=gone, by=SYSTEM, at=later(5))

    seed()

    assert [(each.name, each.minutes_before) for each in rules("nordmeer")] == [("Ours", 5)]
    assert rules("brabant") == []


def test_a_lost_file_of_secrets_is_made_anew(tmp_path: Path) -> None:
    first = seed()
    (tmp_path / "demo-secrets.json").unlink()

    second = seed()

    user = User.objects.get(email=second["operators"][0]["sign_in"]["email"])
    assert second["operators"][0]["sign_in"] != first["operators"][0]["sign_in"]
    assert user.check_password(second["operators"][0]["sign_in"]["password"])
    assert keys.holder(text=second["operators"][0]["api_key"], at=user.date_joined) is not None


def test_the_file_of_secrets_is_its_owners_alone(tmp_path: Path) -> None:
    seed()

    assert stat.S_IMODE((tmp_path / "demo-secrets.json").stat().st_mode) == 0o600


def test_new_ports_reach_connections_and_the_sandbox(settings: Any) -> None:
    seed()
    settings.WEB_URL, settings.SANDBOX_URL = "http://localhost:8001", "http://localhost:8101"

    seed()

    with every_tenant("test"):
        endpoints = set(Connection.objects.values_list("endpoint", flat=True))
        pushed = Party.objects.get(party_id="brabant@NL851746302")
    assert endpoints == {"http://localhost:8101/domibus/services/msh"}
    assert pushed.push_url == "http://localhost:8001/as4/"


def test_private_keys_are_encrypted_in_the_database() -> None:
    seed()

    with every_tenant("test"):
        rows = [*Credential.objects.all(), SandboxSettings.objects.get()]
    assert len(rows) == 3
    assert all(b"PRIVATE KEY" not in bytes(row.private_key) for row in rows)
    assert all("PRIVATE KEY" in row.key_pem() for row in rows)


def test_a_missing_connection_is_made_with_seals_everybody_trusts() -> None:
    seed()
    with every_tenant("test"):
        Connection.objects.filter(party_id="BE0712345678").delete()

    seed()

    with every_tenant("test"):
        anchors = set(Connection.objects.values_list("anchors", flat=True))
        assert anchors == {SandboxSettings.objects.get().anchors}


def test_without_json_it_speaks_to_people() -> None:
    out = StringIO()

    call_command("seed_demo", stdout=out)

    assert "Nordmeer Line (nordmeer, EORI DE482910573620148)" in out.getvalue()
    assert "desk@landfall.example" in out.getvalue()

"""Nobody reaches another operator's rows, through no address of the product, the ones of tomorrow included.

Alice works for acme; Charlie for another operator. Every address is walked as Charlie (session and API key), with the
ids of everything acme has, and as nobody. What each role may do: test_roles.py.
"""

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final
from uuid import UUID

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RegexPattern

from filings import outbox
from filings.models import Filing, FilingEvent, OutboxMessage, Topic
from filings.services import calendars, products, responses, templates
from filings.services.alarms import alarms, rules
from filings.services.filing_requests import sending
from filings.services.products import Given
from filings.services.stop_words import hits
from filings.services.voyages import voyages
from integrations.models import Connection, Exchange, InboundMessage
from referrals.services import answering, ruling
from tenants.models import ApiKey, Member, Operator, TenantModel, User
from tenants.scope import every_tenant, tenant_scope
from tests import factories
from tests.factories import NOW, later
from tests.referrals.asking import asked

METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
# What an address may hold besides ids and operators; a converter that is new here fails the walk.
WORDS: Final = {
    "message_id": "IE3F26",
    "message_type": "IE3F26",
    "code_list": "CL244",
    "form": "xml",
    "part": "xml",
    "key": "key",
    "name": "LRN",
    "rule_id": "C3004",
    "list_id": "CL754",
    "deed": "hold",
    "secret": "nobodys",
    "pk": "1",
    "use_pk": "1",
    "number": "1",
}
KINDS: Final = ("exchanges", "inbound")
# Who need not sign in, and why.
PUBLIC: Final = {
    "accounts/": "signing in",
    "health/": "read by the machine that watches",
    "metrics": "asks for a token of its own (tests/integrations/test_metrics.py)",
    "api/schema/": "the description of the API holds no data",
    "api/docs/": "the same for people",
    "as4/": "customs signs its messages instead",
    "calendar/": "the address is the secret (tests/filings/web/test_alarm_pages.py)",
    "outside/": "a link of its own opens one filing request (tests/filings/web/test_outside_pages.py)",
}
# What the ITSP's staff do for all operators.
OF_STAFF: Final = ("gateway/", "staff/", "api/v1/gateway/")
NO_SUCH_METHOD: Final = 405
NOT_HERE: Final = {404, NO_SUCH_METHOD}
SIGN_IN: Final = {302, 401, 405}
WIRE: Final = b"what went over the wire of acme"


@dataclass(frozen=True)
class Address:
    """One pattern of the map: its text with names in braces, and those names with their converters."""

    template: str
    names: dict[str, str] = field(hash=False)

    @property
    def has_ids(self) -> bool:
        return "uuid" in self.names.values()

    @property
    def is_public(self) -> bool:
        return any(self.template.startswith(prefix) for prefix in PUBLIC)

    @property
    def is_of_staff(self) -> bool:
        return self.template.startswith(OF_STAFF)

    def filled(self, ids: list[UUID], operator: str) -> list[str]:
        """Return the address with each id in each place: in all places at once, and behind the first of the ids."""
        places = [name for name, converter in self.names.items() if converter == "uuid"]
        kinds = KINDS if "kind" in self.names else KINDS[:1]
        choices = {(*first[: len(places) - 1], one)[: len(places)] for one in ids for first in ([one] * 9, ids[:1] * 9)}
        found = []
        for kind, chosen in itertools.product(kinds, sorted(choices)):
            values: dict[str, object] = {**WORDS, "kind": kind, "operator_slug": operator}
            values.update(zip(places, chosen, strict=True))
            found.append("/" + self.template.format(**{name: values[name] for name in self.names}))
        return found


def addresses(resolver: URLResolver, prefix: str = "", names: dict[str, str] | None = None) -> Iterator[Address]:
    """Yield every address below a resolver."""
    for entry in resolver.url_patterns:
        route = prefix + _template(entry)
        known = {**(names or {}), **_converters(entry)}
        if isinstance(entry, URLPattern):
            yield Address(route, known)
        else:
            yield from addresses(entry, route, known)


def _template(entry: URLPattern | URLResolver) -> str:
    if isinstance(entry.pattern, RegexPattern):  # only the sign-in pages have these
        return re.sub(r"\(\?P<(\w+)>[^)]*\)", r"{\1}", str(entry.pattern)).strip("^$").replace("\\", "")
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(entry.pattern))


def _converters(entry: URLPattern | URLResolver) -> dict[str, str]:
    pattern = entry.pattern
    if isinstance(pattern, RegexPattern):
        return dict.fromkeys(pattern.regex.groupindex, "text")
    return {name: type(converter).__name__.removesuffix("Converter").lower() for name, converter in pattern.converters.items()}


ADDRESSES: Final = sorted(addresses(get_resolver()), key=lambda address: address.template)
GUARDED: Final = [address for address in ADDRESSES if not address.is_public]
OF_AN_OPERATOR: Final = [address for address in GUARDED if "operator_slug" in address.names]
OF_THE_API: Final = [address for address in GUARDED if address.template.startswith("api/")]
OTHERS: Final = [address for address in GUARDED if address not in OF_AN_OPERATOR and address not in OF_THE_API]


@pytest.fixture(autouse=True)
def no_bell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "ring", lambda *_, **__: None)


@pytest.fixture(autouse=True)
def no_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the walk ask as often as it likes: a refusal because of haste would hide what else it might get."""
    monkeypatch.setattr("filings.api.base.Pace.allow_request", lambda *_: True)


@dataclass
class World:
    """Acme with everything one can have, and Charlie, who works elsewhere."""

    acme: Operator
    alice: User
    ids: list[UUID]
    secrets: list[str]
    charlie: Client
    charlies_key: Client

    def rows(self) -> dict[str, list[Any]]:
        """Return everything acme has, to see that nothing changed."""
        with tenant_scope(self.acme.pk):
            models = [model for model in apps.get_models() if issubclass(model, TenantModel)]
            return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}


@pytest.fixture
def world(db: None) -> World:
    acme, other = factories.operator("acme"), factories.operator("other")
    alice = factories.member(acme, "alice", Member.Role.ADMIN)
    factories.api_key(acme)
    with tenant_scope(acme.pk):
        draft, sent = factories.draft(), factories.sent()
        responses.register(filing=sent, document=factories.registration(sent), message_id="m@customs", at=later(3))
        template = templates.keep(filing=draft, name="Template of acme", by=factories.ALICE, at=NOW)
        product = products.add(given=Given("product-of-acme", "Toys"), by=factories.ALICE, at=NOW)
        hit = hits.every().get()
        given = rules.Given("Rule of acme", "loading", emails=["desk@acme.example"])
        rule, _ = rules.add(given=given, by=factories.ALICE, at=NOW)
        alarm = alarms.raise_(topic=Topic.LOADING, key="k", title="Alarm of acme", sentence="Stop.", filing=sent, at=NOW)
        assert alarm is not None
        feed, _ = calendars.make(name="Calendar of acme", by=replace(factories.ALICE, user=alice), at=NOW)
        ship = voyages.Given("1", "IMO9819038", later(9), name="Ship of acme")
        voyage = voyages.create(given=ship, by=factories.ALICE, at=NOW)
        call = voyage.entry
        case = asked(sent, "RFI")
        answer = answering.keep(
            case=case, given={case.requests.get().reference: answering.Given("Text of acme")}, by=factories.ALICE, at=NOW,
            source="web",
        )  # fmt: skip
        text = ruling.keep_text(name="Words of acme", kind="RFI", text="Dear customs", by=factories.ALICE, at=NOW)
        asked_for = case.requests.get()
        wanted = sending.send(
            asked_eori="FR12345678901", mail="ens@outside.example", message_type="IE3F15", combination="sea-house",
            key={"master document": "BL1", "carrier": acme.eori}, due_at=later(9), note="Note of acme",
            by=factories.ALICE, at=NOW,
        )  # fmt: skip
    with every_tenant("what went over the wire is the gateway's"):
        exchange, inbound = _wire(sent)
    with tenant_scope(acme.pk):
        others = [model.objects.values_list("pk", flat=True)[0] for model in (ApiKey, Member, OutboxMessage, FilingEvent)]
    charlie = Client()
    charlie.force_login(factories.member(other, "charlie", Member.Role.ADMIN))
    key = Client(headers={"authorization": f"Bearer {factories.api_key(other)}"})
    ids = [draft.pk, sent.pk, exchange.pk, inbound.pk, template.pk, product.pk, hit.pk, voyage.pk, call.pk, *others]
    ids += [rule.pk, alarm.pk, feed.pk, case.pk, asked_for.pk, answer.pk, text.pk]
    secrets = [draft.lrn, sent.lrn, sent.mrn, str(draft.pk), WIRE.decode(), template.name, product.code, voyage.name]
    secrets += [rule.name, alarm.title, feed.name, asked_for.reference, text.name]
    ids.append(wanted.pk)
    secrets.append(wanted.note)
    return World(acme, alice, ids, secrets, charlie, key)


def _wire(filing: Filing) -> tuple[Exchange, InboundMessage]:
    """Return rows of what went out and came in about a filing."""
    gateway = Connection.objects.create(
        name="ITSP", environment="conformance", party_id="BE1", endpoint="http://localhost/", created_at=NOW
    )
    same: dict[str, Any] = {
        "operator_id": filing.operator_id, "filing": filing, "connection": gateway, "message_id": "m@customs",
        "message_type": "IE3R01", "content_type": "text/plain", "body": WIRE, "references": [],
    }  # fmt: skip
    outbox_row = OutboxMessage.objects.get(filing=filing)
    exchange = Exchange.objects.create(outbox=outbox_row, created_at=NOW, **same)
    inbound = InboundMessage.objects.create(
        payload=WIRE, signer="", receipt=b"", receipt_type="", received_at=NOW, due_at=NOW, state="routed", **same
    )
    return exchange, inbound


def test_the_walk_knows_addresses_of_each_kind() -> None:
    assert len(OF_AN_OPERATOR) >= 10
    assert len(OF_THE_API) >= 10
    assert OTHERS


Fault = tuple[str, str, int]


def test_the_walk_notices_one_who_may_enter(world: World) -> None:
    alice = Client()
    alice.force_login(world.alice)
    reading = [address for address in OF_AN_OPERATOR if address.template.endswith(("/", "xml", "{part}"))]

    faults = walk(replace(world, ids=world.ids[1:2]), alice, reading, allowed=lambda _, answer: answer.status_code == 404)

    assert {status for _, _, status in faults} >= {0, 200}  # 0 stands for changed rows


def test_a_stranger_finds_no_page_of_another_operator(world: World) -> None:
    some = replace(world, ids=world.ids[:1])  # whatever the id, the operator is refused first

    assert walk(some, world.charlie, OF_AN_OPERATOR, allowed=lambda _, answer: answer.status_code == 404) == []


def test_a_stranger_finds_no_row_of_another_operator_in_his_own_pages(world: World) -> None:
    # A fragment about nothing is as good as none, so 200 is allowed; that it tells nothing is checked for all.
    pages = [address for address in OF_AN_OPERATOR if address.has_ids]

    assert (
        walk(world, world.charlie, pages, operator="other", allowed=lambda _, answer: answer.status_code in {200, *NOT_HERE})
        == []
    )


def test_a_stranger_reaches_nothing_through_the_api(world: World) -> None:
    def allowed(address: Address, answer: Any) -> bool:
        if address.is_of_staff:
            return answer.status_code in {401, *NOT_HERE}  # no key opens what staff do; they sign in
        return answer.status_code in NOT_HERE or (not address.has_ids and answer.status_code < 500)

    assert walk(world, world.charlies_key, OF_THE_API, allowed=allowed) == []


def test_who_is_no_staff_finds_nothing_of_the_platform(world: World) -> None:
    places = [address for address in GUARDED if address.is_of_staff]
    some = replace(world, ids=world.ids[:2])

    assert len(places) >= 4
    assert walk(some, world.charlie, places, allowed=lambda _, answer: answer.status_code in NOT_HERE) == []


def test_nobody_gets_anywhere_without_signing_in(world: World) -> None:
    def allowed(_: Address, answer: Any) -> bool:
        to_sign_in = answer.status_code != 302 or answer["Location"].startswith("/accounts/login/")
        return answer.status_code in SIGN_IN and to_sign_in

    assert walk(replace(world, ids=world.ids[:1]), Client(), GUARDED, allowed=allowed) == []


def walk(
    world: World, client: Client, places: list[Address], *, allowed: Callable[[Address, Any], bool], operator: str = "acme"
) -> list[Fault]:
    """Return each request with every method and id whose answer is not allowed, tells of acme or changed its rows."""
    faults = []
    for address in places:
        before = world.rows()
        methods = list(METHODS)
        for url, method in itertools.product(address.filled(world.ids, operator), METHODS):
            if method not in methods:
                continue
            answer = client.generic(method, url)
            if answer.status_code == NO_SUCH_METHOD:  # whatever the id; the first time it is looked at like any answer
                methods.remove(method)
            told = any(secret in answer.content.decode() for secret in world.secrets if secret not in url)
            if told or not allowed(address, answer):
                faults.append((method, url, answer.status_code))
        if world.rows() != before:
            faults.append(("changed", address.template, 0))
    return faults


def test_a_page_of_no_operator_looks_like_one_of_another(world: World) -> None:
    theirs, nobodys = (world.charlie.get(f"/o/{slug}/filings/") for slug in ("acme", "nobody"))

    assert theirs.status_code == nobodys.status_code == 404
    token = re.compile(rb"[0-9A-Za-z]{64}")  # against forged requests, another one on each page
    assert token.sub(b"", theirs.content.replace(b"acme", b"")) == token.sub(b"", nobodys.content.replace(b"nobody", b""))


def test_a_revoked_key_opens_nothing(world: World) -> None:
    from tenants.actors import SYSTEM
    from tenants.services import keys

    text = factories.api_key(world.acme)
    with tenant_scope(world.acme.pk):
        keys.revoke(key=ApiKey.objects.get(prefix=text.split("_")[1]), by=SYSTEM, at=later(9))

    assert Client().get("/api/v1/filings/", headers={"authorization": f"Bearer {text}"}).status_code == 401


def test_nothing_of_a_request_is_left_on_the_connection(world: World) -> None:
    world.charlie.get("/o/other/filings/")

    with connection.cursor() as cursor:
        cursor.execute("select current_setting('app.operator_id', true), current_user")
        assert cursor.fetchone() == ("", "itsp_app")

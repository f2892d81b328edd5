"""The demo's first start: seals, connections, operators with people, keys and an alarm rule. Again, it changes only addresses.

Passwords and API keys are made at random and kept in a file beside the database, readable to its owner alone, because
the database holds nothing but their hashes and the demo shows them at every start.
"""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from allauth.account.models import EmailAddress
from cryptography import x509

from filings.models import Topic
from filings.services.alarms import rules
from filings.services.alarms.rules import Given
from integrations import connections, credentials, key_files, pki, wire
from integrations.as4 import fingerprint
from integrations.conformance import practising
from integrations.models import Connection, Credential, Purpose
from integrations.pki import Identity
from integrations.sandbox import enrolment, expired
from integrations.sandbox.profile import PATH as ACCESS_POINT
from tenants.actors import SYSTEM
from tenants.models import AuditEvent, Member, Operator, User
from tenants.scope import every_tenant, tenant_scope
from tenants.services import keys

KEY_NAME: Final = "Demo"
HOSTS: Final = ("localhost", "127.0.0.1")  # under which the sandbox is reached
RULE: Final = "A filing is due within a day"
LIFETIME: Final = timedelta(days=3650)
_REASON: Final = "the demo sets up the ITSP's connections"


@dataclass(frozen=True)
class Person:
    """Somebody who signs in."""

    email: str
    first_name: str
    last_name: str
    time_zone: str
    role: str = ""  # in the operator's staff; nobody's for the ITSP's own people


@dataclass(frozen=True)
class Line:
    """A connection to set up: whose, under which party id, and whether customs pushes its answers."""

    name: str
    party_id: str
    push: bool = False


@dataclass(frozen=True)
class Company:
    """An operator to set up: the first of its people is the one whose sign-in the demo shows."""

    slug: str
    name: str
    eori: str
    people: tuple[Person, ...]
    line: Line | None = None


STAFF: Final = Person("desk@landfall.example", "Lieve", "Maes", "Europe/Brussels")
OWN_LINE: Final = Line("Landfall access point", "BE0712345678")
COMPANIES: Final = (
    Company(
        slug="nordmeer",
        name="Nordmeer Line",
        eori="DE482910573620148",
        people=(
            Person("filer@nordmeer.example", "Jonte", "Petersen", "Europe/Berlin", Member.Role.FILER),
            Person("admin@nordmeer.example", "Wiebke", "Harms", "Europe/Berlin", Member.Role.ADMIN),
        ),
    ),
    Company(
        slug="brabant",
        name="Brabant Forwarding",
        eori="NL851746302",
        people=(
            Person("filer@brabant.example", "Sanne", "Verhoeven", "Europe/Amsterdam", Member.Role.FILER),
            Person("admin@brabant.example", "Daan", "Kuijpers", "Europe/Amsterdam", Member.Role.ADMIN),
        ),
        line=Line("Brabant Forwarding's own access point", "brabant@NL851746302", push=True),
    ),
    Company(
        slug="aurelia",
        name="Aurelia Cargo Airlines",
        eori="LU24158073",
        people=(
            Person("filer@aurelia.example", "Lou", "Weber", "Europe/Luxembourg", Member.Role.FILER),
            Person("admin@aurelia.example", "Claire", "Thill", "Europe/Luxembourg", Member.Role.ADMIN),
        ),
    ),
    Company(
        slug="lichthaus",
        name="Lichthaus Nord",
        eori="DE527193846025713",
        people=(
            Person("filer@lichthaus.example", "Imke", "Behrens", "Europe/Berlin", Member.Role.FILER),
            Person("admin@lichthaus.example", "Arne", "Kastens", "Europe/Berlin", Member.Role.ADMIN),
        ),
    ),
)
# Files for all of them, so that one person can play every part of a story.
LEARNER: Final = Person("learner@landfall.example", "Noor", "Aerts", "Europe/Brussels", Member.Role.FILER)


@dataclass
class Secrets:
    """What only the file knows: passwords by address, API keys by operator."""

    file: Path
    passwords: dict[str, str] = field(default_factory=dict)
    api_keys: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, file: Path) -> "Secrets":
        """Return what the file holds; nothing if it is not there."""
        content = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        return cls(file, dict(content.get("passwords", {})), dict(content.get("api_keys", {})))

    def write(self) -> None:
        """Replace the file in one step, readable to this user alone."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.file.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps({"passwords": self.passwords, "api_keys": self.api_keys}, indent=2) + "\n", encoding="utf-8")
        fresh.replace(self.file)


def seed(*, file: Path, web_url: str, sandbox_url: str, at: datetime, access_point: str = "") -> dict[str, Any]:
    """Set the demo up and return how to sign in: operators with keys and people, and the ITSP's staff.

    :param access_point: where the sandbox takes messages by TLS, if it does.
    """
    kept = Secrets.read(file)
    operators = {company.slug: _operator(company, at) for company in COMPANIES}
    # 1. The secrets are in the file before the database relies on them: a start that is cut short leaves no unknown one.
    for person in (STAFF, LEARNER, *(person for company in COMPANIES for person in company.people)):
        kept.passwords.setdefault(person.email, secrets.token_urlsafe(12))
    kept.write()
    # 2. People and keys.
    _person(STAFF, kept.passwords[STAFF.email])
    for company in COMPANIES:
        for person in (*company.people, LEARNER):
            _member(operators[company.slug], person, kept.passwords[person.email])
        kept.api_keys[company.slug] = _api_key(operators[company.slug], kept.api_keys.get(company.slug), at)
        kept.write()
        _alarm_rule(operators[company.slug], company, at)
        _practises(operators[company.slug], company, at)
    # 3. Seals, connections and their enrolment with the sandbox.
    connect(operators=operators, web_url=web_url, access_point=access_point or sandbox_url, at=at)
    return {
        "operators": [_shown(company, kept) for company in COMPANIES],
        "staff": {"email": STAFF.email, "password": kept.passwords[STAFF.email]},
        "learner": {"email": LEARNER.email, "password": kept.passwords[LEARNER.email]},
    }


def connect(*, operators: dict[str, Operator], web_url: str, access_point: str, at: datetime) -> None:
    """Make the seals and connections that are missing, enrol them, and set the addresses of this start.

    The authority's keys are used and forgotten, so when a connection is missing later, all get seals of a new one.
    """
    lines: list[tuple[Line, Operator | None]] = [(OWN_LINE, None)]
    lines += [(company.line, operators[company.slug]) for company in COMPANIES if company.line]
    with every_tenant(_REASON):
        known = set(Connection.objects.values_list("party_id", flat=True))
        if not known.issuperset(line.party_id for line, _ in lines):
            _certify(lines, access_point, at)
        if access_point.startswith("https:") and not _is_secure(lines, at):
            _secure(lines, at)
        for line, _ in lines:
            _set_addresses(line, web_url=web_url, access_point=access_point, at=at)


def _certify(lines: Sequence[tuple[Line, Operator | None]], access_point: str, at: datetime) -> None:
    """Make an authority, and with it the seals of customs and of each line."""
    since, until = at - timedelta(days=1), at + LIFETIME
    root = pki.make_root("Landfall demo root CA", not_before=since, not_after=until)
    issuer = pki.make_ca("Landfall demo issuing CA", issuer=root, not_before=since, not_after=until)
    customs = pki.make_leaf("STI sandbox", issuer=issuer, not_before=since, not_after=until)
    enrolment.establish(private_key=customs.private_key, certificates=customs.chain, anchors=root.root)
    past = {"not_before": at - 2 * LIFETIME / 10, "not_after": at - timedelta(days=1)}
    expired.keep(pki.make_leaf("STI sandbox", issuer=issuer, **past))
    # Traders' seals hang on the same root here; only customs' own may speak as customs.
    mark = fingerprint(x509.load_pem_x509_certificate(customs.certificate))
    for line, operator in lines:
        seal = pki.make_leaf(f"{line.name} seal", issuer=issuer, not_before=since, not_after=until)
        connection, _ = Connection.objects.update_or_create(
            party_id=line.party_id,
            defaults={"anchors": root.root.decode(), "pinned": mark},
            create_defaults={
                "name": line.name,
                "operator": operator,
                "is_default": True,
                "environment": Connection.Environment.SANDBOX,
                "endpoint": access_point + ACCESS_POINT,
                "reception": Connection.Reception.PUSH if line.push else Connection.Reception.PULL,
                "mpc": "" if line.push else wire.pull_channel(line.party_id),
                "anchors": root.root.decode(),
                "pinned": mark,
                # A sandbox on the same machine is back within seconds, so we need not wait as long as for customs.
                "first_delay": 4,
                "max_attempts": 8,
                "created_at": at,
            },
        )
        held = _keep(f"{line.name} seal", Purpose.SEAL, seal, operator, at)
        credentials.use(connection=connection, credential=held, since=at, by=SYSTEM.name, at=at)


def _is_secure(lines: Sequence[tuple[Line, Operator | None]], at: datetime) -> bool:
    """Say whether all have what TLS needs: the sandbox a certificate, and each line."""
    rows = Connection.objects.filter(party_id__in=[line.party_id for line, _ in lines]).exclude(tls_anchors="")
    ready = [row for row in rows if credentials.find(row, Purpose.TLS, at=at)]
    return enrolment.is_secure() and len(ready) == len(lines)


def _secure(lines: Sequence[tuple[Line, Operator | None]], at: datetime) -> None:
    """Make an authority for TLS, and with it the sandbox's certificate and the ITSP's, which all lines show."""
    since, until = at - timedelta(days=1), at + LIFETIME
    root = pki.make_root("Landfall demo TLS root CA", not_before=since, not_after=until)
    customs = pki.make_tls("STI sandbox", issuer=root, hosts=HOSTS, not_before=since, not_after=until)
    ours = pki.make_tls("Landfall access point", issuer=root, not_before=since, not_after=until)
    enrolment.secure(private_key=customs.private_key, certificates=customs.chain, anchors=root.root)
    held = _keep("Landfall TLS client", Purpose.TLS, ours, None, at)
    for line, _ in lines:
        connection = Connection.objects.get(party_id=line.party_id)
        connection.tls_anchors = root.root.decode()
        connection.save(update_fields=["tls_anchors"])
        credentials.use(connection=connection, credential=held, since=at, by=SYSTEM.name, at=at)


def _keep(name: str, purpose: str, identity: Identity, operator: Operator | None, at: datetime) -> Credential:
    """Return the credential of an identity just made; its mark tells it from one of the same name that it replaces."""
    material = key_files.read(identity.private_key + identity.chain)
    return credentials.add(
        name=f"{name} {fingerprint(material.leaf)[:8]}",
        purpose=purpose,
        material=material,
        operator_id=operator.pk if operator else None,
        by=SYSTEM.name,
        at=at,
    )


def _set_addresses(line: Line, *, web_url: str, access_point: str, at: datetime) -> None:
    """Point a connection at the sandbox and the sandbox at us: ports may differ from the last start's."""
    Connection.objects.filter(party_id=line.party_id).update(endpoint=access_point + ACCESS_POINT)
    connection = Connection.objects.get(party_id=line.party_id)
    leaf = connections.seal(connection, at=at).certificates[0]
    enrolment.enrol(
        party_id=line.party_id,
        name=line.name,
        fingerprints=[fingerprint(leaf)],
        push_url=f"{web_url.rstrip('/')}/as4/" if line.push else "",
        eoris=[company.eori for company in COMPANIES if (company.line or OWN_LINE) == line],
    )


def _operator(company: Company, at: datetime) -> Operator:
    found, _ = Operator.objects.get_or_create(
        slug=company.slug, defaults={"name": company.name, "eori": company.eori, "created_at": at}
    )
    return found


def _person(person: Person, password: str) -> User:
    """Return the user, made now or before; the password of the file holds, unless its owner has changed it since."""
    user = User.objects.filter(email=person.email).first()
    if user is None:
        user = User.objects.create_user(
            person.email,
            password,
            first_name=person.first_name,
            last_name=person.last_name,
            time_zone=person.time_zone,
            is_itsp_staff=not person.role,
        )
    elif not user.check_password(password):
        user.set_password(password)
        user.save(update_fields=["password"])
    EmailAddress.objects.get_or_create(user=user, email=person.email, defaults={"verified": True, "primary": True})
    return user


def _member(operator: Operator, person: Person, password: str) -> None:
    user = _person(person, password)
    with tenant_scope(operator.pk):
        Member.objects.get_or_create(user=user, defaults={"role": person.role})


def _api_key(operator: Operator, text: str | None, at: datetime) -> str:
    """Return a key of the operator that works: the one of the file, or a new one."""
    if text:
        held = keys.holder(text=text, at=at)
        if held is not None and held.operator_id == operator.pk:
            return text
    with tenant_scope(operator.pk):
        return keys.issue(name=KEY_NAME, by=SYSTEM, at=at)[1]


def _alarm_rule(operator: Operator, company: Company, at: datetime) -> None:
    """Let the demo alarm at once: the first person of an operator, then the second. A rule somebody removed stays removed."""
    first, second = (person.email for person in company.people)
    given = Given(
        RULE, Topic.DUE, minutes_before=24 * 60, emails=[first], escalate_after=30, escalate_to=[second]
    )  # fmt: skip
    with tenant_scope(operator.pk):
        if not AuditEvent.objects.filter(deed="alarm_rule.added").exists():
            rules.add(given=given, by=SYSTEM, at=at)


def _practises(operator: Operator, company: Company, at: datetime) -> None:
    """Let the companies of the demo act for each other in stories. What somebody withdrew stays withdrawn."""
    with tenant_scope(operator.pk):
        if AuditEvent.objects.filter(deed="practice.agreed").exists():
            return
        for other in COMPANIES:
            if other is not company:
                practising.agree(eori=other.eori, by=SYSTEM, at=at)


def _shown(company: Company, kept: Secrets) -> dict[str, Any]:
    people = [{"email": person.email, "password": kept.passwords[person.email]} for person in company.people]
    return {
        "slug": company.slug,
        "name": company.name,
        "eori": company.eori,
        "api_key": kept.api_keys[company.slug],
        "sign_in": people[0],
        "people": people,
    }

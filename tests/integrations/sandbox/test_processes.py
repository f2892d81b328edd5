"""The processes behind the access point: relating, analysis, referrals, amendment, invalidation, consultation."""

import pytest

from filings import samples
from filings.messages import catalogue
from filings.messages.document import Document
from integrations.sandbox import assessing, scenarios
from integrations.sandbox.models import REASON, Registration, Timer
from tenants.scope import every_tenant
from tests.integrations.sandbox.trader import Trader, filing, inbox, kinds, now
from tests.integrations.sandbox.world import hurry, judge_all, prefer

CARRIER, FORWARDER, CONSIGNEE = "DE482910573620148", "NL851746302", "NL823519064"  # of the sea lane of the samples
HOUSE = "consignmentMasterLevel/consignmentHouseLevel"
FILINGS = [message for message in catalogue.messages() if message.family == "F"]
MRN_OF_NOBODY = "26NL00000000000AT0"


def send(trader: Trader, document: Document) -> list[Document]:
    """Send a message and return what is answered at once."""
    trader.file(document)
    judge_all()
    return inbox(trader)


def register(trader: Trader, message: str = "IE3F26", lrn: str = "", **values: str | None) -> str:
    """Return the MRN of a new filing."""
    return send(trader, filing(message, LRN=lrn or f"L{message}", **values))[0].value("MRN") or ""


def about(message: str, mrn: str, of: str, seed: int = 1, **values: str | None) -> Document:
    """Return a message about a filing that has an MRN."""
    document = samples.sample(message, seed=seed)
    document.set("MRN", mrn)
    for path in ("declarant/identificationNumber",):
        if path in document.message.by_path:
            document.set(path, samples.sample(of, seed=seed).value(path))
    for path, value in values.items():
        document.set(path.replace("__", "/"), value)
    return document


def state_of(mrn: str) -> str:
    with every_tenant(REASON):
        return str(Registration.objects.get(mrn=mrn).state)


def codes(document: Document) -> list[str]:
    return document.values("error/validationCode")


# --- Relating --------------------------------------------------------------------------------------------------------------


def test_a_full_filing_is_complete_and_then_assessed(alfa: Trader) -> None:
    mrn = register(alfa, "IE3F27")

    hurry()
    assessed = inbox(alfa)

    assert state_of(mrn) == "11"
    assert kinds(assessed) == ["IE3N03"]
    assert assessed[0].value("MRN") == mrn


def test_a_master_filing_waits_for_the_house_filing(alfa: Trader, bravo: Trader) -> None:
    master = register(alfa, "IE3F12")
    hurry()
    before = (state_of(master), inbox(alfa))
    house = register(bravo, "IE3F15")
    hurry()

    assert before == ("10", [])
    assert (state_of(master), state_of(house)) == ("11", "05")
    assert kinds(inbox(bravo)) == ["IE3N03"]
    # The carrier filed the master, and gets copies of what the forwarder is told.
    assert sorted(kinds(inbox(alfa))) == ["IE3N03", "IE3N03", "IE3R01"]


def test_a_house_filing_waits_for_the_master_filing(alfa: Trader, bravo: Trader) -> None:
    house = register(bravo, "IE3F15")
    before = state_of(house)
    master = register(alfa, "IE3F12")

    assert before == "04"
    assert (state_of(house), state_of(master)) == ("05", "11")


def test_a_house_filing_that_names_a_consignee_waits_for_it(alfa: Trader, bravo: Trader) -> None:
    master, house = register(alfa, "IE3F12"), register(bravo, "IE3F14")
    before = (state_of(master), state_of(house))
    lowest = register(bravo, "IE3F16")

    assert before == ("10", "05")
    assert (state_of(master), state_of(house), state_of(lowest)) == ("11", "05", "05")


def test_a_postal_filing_waits_for_the_receptacles_and_their_items(alfa: Trader) -> None:
    master, bag = register(alfa, "IE3F40"), register(alfa, "IE3F44")
    before = (state_of(master), state_of(bag))
    item = register(alfa, "IE3F43")

    assert before == ("10", "05")
    assert (state_of(master), state_of(bag), state_of(item)) == ("11", "05", "05")


def test_preloading_data_are_linked_by_their_trigger(alfa: Trader) -> None:
    mrn = register(alfa, "IE3F23")
    before = state_of(mrn)

    register(alfa, "IE3F25", previousDocument__identification=mrn)

    assert (before, state_of(mrn)) == ("04", "05")


def test_when_the_time_is_over_filer_and_missing_party_are_told_and_the_analysis_goes_on(alfa: Trader, bravo: Trader) -> None:
    prefer("NL123", FORWARDER)
    master = register(alfa, "IE3F12")
    hurry("linking_expires")
    told, asked = inbox(alfa), inbox(bravo)
    hurry()

    assert state_of(master) == "12"
    assert set(kinds(told)) == {"IE3N02"}
    assert len(told) == 4  # once, and three reminders
    assert told[0].values("supplementaryDeclarant/identificationNumber") == [FORWARDER]
    assert set(kinds(asked)) == {"IE3N11"}
    assert asked[0].value("transportDocument/documentNumber") == told[0].value("transportDocument/documentNumber")
    assert kinds(inbox(alfa)) == ["IE3N03"]


def test_a_late_house_filing_ends_the_reminders(alfa: Trader, bravo: Trader) -> None:
    master = register(alfa, "IE3F12", lrn="LF-N02-1")
    hurry("step")
    register(bravo, "IE3F15")

    assert "IE3N02" in kinds(inbox(alfa))
    assert state_of(master) == "11"
    with every_tenant(REASON):
        assert not Timer.objects.filter(deed="linking_expires", state="waiting").exists()


def test_two_hundred_days_without_arrival_invalidate(alfa: Trader) -> None:
    mrn = register(alfa, "IE3F27")

    hurry("unused")

    assert state_of(mrn) == "09"
    assert inbox(alfa) == []


# --- Analysis --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("message", FILINGS, ids=lambda message: message.id)
def test_each_filing_is_assessed_as_the_table_says(alfa: Trader, message: catalogue.Message) -> None:
    if not message.new_mrn:
        register(alfa, "IE3F23")
    register(alfa, message.id, lrn="MINE")
    inbox(alfa)
    hurry("linking_expires", *("step", "assess_houses", "assess_ens"))
    found = [document for document in inbox(alfa) if document.message.id == "IE3N03"]

    with every_tenant(REASON):
        waits = Registration.objects.get(lrn="MINE").assessment == "waiting"
    expected = [phase.per == "House consignment" or not waits for phase in assessing.phases(message.sci)]
    own = found if message.new_mrn else []
    assert len(own) == sum(expected)
    if message.level in {"full", "master"}:
        assert not waits  # houses alone wait for their master


def test_before_loading_each_house_is_assessed_by_itself(alfa: Trader) -> None:
    document = samples.sample("IE3F32", seed=1, houses=3)
    send(alfa, document)

    hurry()

    found = inbox(alfa)
    assert [one.value("assessmentComplete/transportDocument/documentNumber") for one in found] == document.values(
        f"{HOUSE}/transportDocumentHouseLevel/documentNumber"
    )


def test_many_houses_are_assessed_some_at_a_time(alfa: Trader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assessing, "HOUSES_AT_ONCE", 2)
    send(alfa, samples.sample("IE3F32", seed=1, houses=5))

    hurry()

    assert kinds(inbox(alfa)) == ["IE3N03"] * 5


def test_an_mrn_is_not_kept_waiting_by_the_many_houses_of_another_filing(alfa: Trader) -> None:
    send(alfa, samples.sample("IE3F32", seed=1, houses=5))
    hurry()
    alfa.file(filing("IE3F27", LRN="LATER"))
    judge_all()

    assert kinds(inbox(alfa)) == ["IE3R01", *["IE3N03"] * 5]


def test_a_partly_assessment_names_what_is_fine(alfa: Trader) -> None:
    document = samples.sample("IE3F27", seed=1, houses=2)
    document.set("LRN", "LF-N03-PARTLY-1")
    houses = document.values(f"{HOUSE}/transportDocumentHouseLevel/documentNumber")
    send(alfa, document)

    hurry()

    assert inbox(alfa)[0].values("assessmentComplete/transportDocument/documentNumber") == houses[1:]


# --- Referrals -------------------------------------------------------------------------------------------------------------


def asked(trader: Trader, word: str, message: str = "IE3F26") -> tuple[str, Document]:
    """Return the MRN of a filing and what customs asks about it."""
    mrn = register(trader, message, lrn=f"{word}-1")
    hurry()
    return mrn, inbox(trader)[0]


@pytest.mark.parametrize(
    ("word", "question", "kind"), [("LF-RFI", "IE3Q02", "RFI"), ("LF-AMD", "IE3Q02", "AMD"), ("LF-RFS", "IE3Q03", "RFS")]
)
def test_a_referral_is_sent(alfa: Trader, word: str, question: str, kind: str) -> None:
    mrn, request = asked(alfa, word)

    assert (request.message.id, request.value("MRN")) == (question, mrn)
    assert request.values("referralRequestDetails/requestType") == [kind]


@pytest.mark.parametrize(
    ("word", "reply", "group"),
    [("LF-RFI", "IE3R02", "additionalInformationResponse"), ("LF-RFS", "IE3R03", "hrcmScreeningResults")],
)
def test_an_answered_referral_leads_to_the_assessment(alfa: Trader, word: str, reply: str, group: str) -> None:
    mrn, request = asked(alfa, word)
    reference = request.value("referralRequestDetails/referralRequestReference")
    before = send(alfa, about(reply, mrn, "IE3F26", **{f"{group}__referralRequestReference": reference}))
    hurry("await", "step", "assess_houses")

    assert before == []
    assert kinds(inbox(alfa)) == ["IE3N03"]


def test_an_alarm_leads_to_do_not_load(alfa: Trader) -> None:
    mrn, request = asked(alfa, "LF-RFS")
    reference = request.value("referralRequestDetails/referralRequestReference")
    send(
        alfa,
        about(
            "IE3R03", mrn, "IE3F26", hrcmScreeningResults__referralRequestReference=reference, hrcmScreeningResults__result="2"
        ),
    )
    hurry()

    assert kinds(inbox(alfa)) == ["IE3Q01"]


def test_a_referral_nobody_answers_escalates(alfa: Trader) -> None:
    asked(alfa, "LF-RFI")

    hurry("await", "step", "assess_houses", "assess_ens")

    assert kinds(inbox(alfa)) == ["IE3Q02", "IE3Q03", "IE3Q01"]


@pytest.mark.parametrize(("reply", "group"), [("IE3R02", "additionalInformationResponse"), ("IE3R03", "hrcmScreeningResults")])
def test_an_answer_to_nothing_is_refused(alfa: Trader, reply: str, group: str) -> None:
    mrn = register(alfa)

    refused = send(alfa, about(reply, mrn, "IE3F26"))

    assert kinds(refused) == ["IE3N99"]
    assert codes(refused[0]) == ["98"]
    assert refused[0].value("functionalReference") == mrn
    assert refused[0].value("error/pointer/messageElementPath") == f"/{reply}/{group}[1]/referralRequestReference"


def test_an_amendment_answers_a_request_to_amend(alfa: Trader) -> None:
    mrn, request = asked(alfa, "LF-AMD")
    reference = request.value("referralRequestDetails/referralRequestReference")

    amended = send(alfa, about("IE3A26", mrn, "IE3F26", referralRequestReference=reference))
    hurry()

    assert kinds(amended) == ["IE3N10"]
    assert kinds(inbox(alfa)) == ["IE3N03"]


def test_the_carrier_gets_copies_at_its_own_access_point(alfa: Trader, bravo: Trader) -> None:
    document = filing("IE3F26", LRN="LF-ESC-1")
    prefer("NL123", document.value(f"{HOUSE}/carrier/identificationNumber") or "")
    alfa.file(document)
    judge_all()
    hurry()

    assert kinds(inbox(alfa)) == ["IE3R01", "IE3Q02", "IE3Q03", "IE3Q01"]
    assert kinds(inbox(bravo)) == ["IE3R01", "IE3N04", "IE3N05", "IE3Q01"]


def test_a_carrier_that_declines_copies_gets_those_it_must(alfa: Trader, bravo: Trader) -> None:
    document = filing("IE3F26", LRN="LF-ESC-1")
    carrier = document.value(f"{HOUSE}/carrier/identificationNumber") or ""
    prefer("NL123", carrier, declines=["IE3R01", "IE3N04", "IE3N05", "IE3Q01"])
    alfa.file(document)
    judge_all()
    hurry()

    assert kinds(inbox(bravo)) == ["IE3Q01"]


def test_at_sea_containers_are_not_to_be_loaded(alfa: Trader) -> None:
    document = samples.sample("IE3F11", seed=1, size="full")
    document.set("LRN", "LF-DNL-1")
    send(alfa, document)
    hurry()

    assert inbox(alfa)[0].values("doNotLoadDetails/transportEquipment/containerIdentificationNumber")


# --- Amendment, invalidation -----------------------------------------------------------------------------------------------

AMENDMENTS = [message for message in catalogue.messages() if message.family == "A"]


@pytest.mark.parametrize("message", AMENDMENTS, ids=lambda message: message.id)
def test_every_filing_can_be_amended_and_invalidated(alfa: Trader, message: catalogue.Message) -> None:
    mrn = register(alfa, message.amends)
    amendment = about(message.id, mrn, message.amends)
    if "referralRequestReference" in message.by_path:
        amendment.set("referralRequestReference", None)

    amended = send(alfa, amendment)
    request = about("IE3Q04", mrn, message.amends)
    for path, source in (("customsOfficeOfFirstEntry/referenceNumber", None), ("addressedMemberState/country", "NL")):
        request.set(path, source)
    invalidated = send(alfa, request)

    assert kinds(amended) == ["IE3N10"]
    assert amended[0].value("MRN") == mrn
    assert kinds(invalidated) == ["IE3R07"]
    assert state_of(mrn) == "09"


def test_what_may_not_be_amended_is_refused_by_the_life_cycle(alfa: Trader) -> None:
    mrn = register(alfa)
    number = f"{HOUSE}/transportDocumentHouseLevel/documentNumber"

    refused = send(alfa, about("IE3A26", mrn, "IE3F26", **{number: "OTHER"}))

    assert kinds(refused) == ["IE3N01"]
    assert codes(refused[0]) == ["104"]
    assert refused[0].value("MRN") == mrn


def test_houses_cannot_be_added(alfa: Trader) -> None:
    mrn = register(alfa, lrn="ONE")
    more = samples.sample("IE3A26", seed=1, houses=2)
    more.set("MRN", mrn)

    refused = send(alfa, more)

    assert (kinds(refused), codes(refused[0])) == (["IE3N01"], ["101"])


def test_only_the_declarant_amends(alfa: Trader) -> None:
    mrn = register(alfa)

    refused = send(alfa, about("IE3A26", mrn, "IE3F26", declarant__identificationNumber="DE999999999"))

    assert (kinds(refused), codes(refused[0])) == (["IE3N01"], ["96"])


def test_another_access_point_does_not_see_a_filing(alfa: Trader, bravo: Trader) -> None:
    mrn = register(alfa)

    refused = send(bravo, about("IE3A26", mrn, "IE3F26"))

    assert (kinds(refused), codes(refused[0])) == (["IE3N01"], ["90"])


def test_an_amended_filing_can_be_amended_against_what_is_in_force(alfa: Trader) -> None:
    mrn = register(alfa)
    weight = f"{HOUSE}/totalGrossMass"
    first = about("IE3A26", mrn, "IE3F26", declarant__name="Another Name Ltd", referralRequestReference=None)
    assert kinds(send(alfa, first)) == ["IE3N10"]

    again = send(alfa, first)

    assert weight in first.message.by_path
    assert kinds(again) == ["IE3N10"]


@pytest.mark.parametrize(
    ("word", "message", "answer", "code"),
    [
        ("LF-A-N01", "IE3A26", "IE3N01", "72"),
        ("LF-A-N99", "IE3A26", "IE3N99", "100"),
        ("LF-Q04-N01", "IE3Q04", "IE3N01", "72"),
        ("LF-PRESENTED", "IE3A26", "IE3N01", "72"),
        ("LF-PRESENTED", "IE3Q04", "IE3N01", "72"),
    ],
)
def test_requests_are_refused_where_the_verdict_says_so(alfa: Trader, word: str, message: str, answer: str, code: str) -> None:
    mrn = register(alfa, lrn=f"{word}-1")
    hurry("step")
    inbox(alfa)

    request = about(message, mrn, "IE3F26")
    if "referralRequestReference" in request.message.by_path:
        request.set("referralRequestReference", None)
    refused = send(alfa, request)

    assert (kinds(refused), codes(refused[0])) == ([answer], [code])


def test_an_invalidated_house_filing_leaves_its_master_incomplete(alfa: Trader, bravo: Trader) -> None:
    master, house = register(alfa, "IE3F12"), register(bravo, "IE3F15")
    request = about(
        "IE3Q04", house, "IE3F15", customsOfficeOfFirstEntry__referenceNumber=None, addressedMemberState__country="NL"
    )

    send(bravo, request)

    assert (state_of(master), state_of(house)) == ("10", "09")


# --- Verdicts on the filing itself -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("message", FILINGS, ids=lambda message: message.id)
@pytest.mark.parametrize(("word", "answer", "code"), [("LF-N99", "IE3N99", "100"), ("LF-N01", "IE3N01", "81")])
def test_every_filing_can_be_refused(alfa: Trader, message: catalogue.Message, word: str, answer: str, code: str) -> None:
    extra = {}
    if not message.new_mrn:
        extra["previousDocument__identification"] = register(alfa, "IE3F23")

    refused = send(alfa, filing(message.id, LRN=f"{word}-1", **extra))

    assert (kinds(refused), codes(refused[0])) == ([answer], [code])
    with every_tenant(REASON):
        assert not Registration.objects.filter(lrn=f"{word}-1").exists()


def test_a_filing_can_be_refused_after_it_was_registered(alfa: Trader) -> None:
    mrn = register(alfa, lrn="LF-N01-LATE-1")
    hurry()

    assert kinds(inbox(alfa)) == ["IE3N01"]
    assert state_of(mrn) == "02"


def test_a_filing_can_stay_without_answer(alfa: Trader) -> None:
    assert send(alfa, filing(LRN="LF-SILENT-1")) == []


# --- Scenarios -------------------------------------------------------------------------------------------------------------


def test_a_scenario_holds_for_the_next_filing(alfa: Trader) -> None:
    with every_tenant(REASON):
        scenarios.attach("rejected", at=now(), message_type="IE3F26")

    first, second = send(alfa, filing(LRN="A1")), send(alfa, filing(LRN="A2"))

    assert (kinds(first), kinds(second)) == (["IE3N99"], ["IE3R01"])


def test_a_word_in_the_lrn_goes_before_a_scenario(alfa: Trader) -> None:
    with every_tenant(REASON):
        scenarios.attach("silent", at=now(), times=None)

    assert kinds(send(alfa, filing(LRN="LF-N01-1"))) == ["IE3N01"]


@pytest.mark.parametrize(
    "deed", ["request_information", "request_amendment", "request_screening", "do_not_load", "announce_control"]
)
def test_a_letter_can_be_provoked_now(alfa: Trader, deed: str) -> None:
    mrn = register(alfa)
    with every_tenant(REASON):
        scenarios.provoke(Registration.objects.get(mrn=mrn), deed, at=now())

    assert len(inbox(alfa)) == 1


def test_what_a_process_does_not_have_cannot_be_provoked(alfa: Trader) -> None:
    mrn = register(alfa, "IE3F50")

    with every_tenant(REASON), pytest.raises(scenarios.NotPossible):
        scenarios.provoke(Registration.objects.get(mrn=mrn), "do_not_load", at=now())


def test_every_verdict_says_what_it_does_and_where() -> None:
    offers = scenarios.offers()

    assert len({offer.word for offer in offers}) == len(offers)
    assert all(offer.words and offer.messages for offer in offers)

"""What customs sends ends the same in every order, however often it comes."""

import itertools

from filings.messages.document import Document
from filings.models import Filing
from filings.services import responses
from referrals.models import Case, Goods, Request
from referrals.services import opening
from tenants.models import Operator
from tests.factories import answer, later
from tests.referrals.asking import question, registered, told


def messages(filing: Filing) -> list[Document]:
    """Return two requests that share a reference, an order not to load, and the end of the filing."""
    one = question(filing, "RFI", "AMD")
    two = question(filing, "RFS", message="IE3Q03", dated="2026-11-23T09:50:00Z")
    two.set("referralRequestDetails/referralRequestReference", one.value("referralRequestDetails/referralRequestReference"))
    order = answer(
        "IE3Q01", documentIssueDate="2026-11-23T09:55:00Z", MRN=filing.mrn,
        doNotLoadDetails__transportEquipment__containerIdentificationNumber="MSCU1234566",
    )  # fmt: skip
    return [one, two, order, answer("IE3R07", MRN=filing.mrn, completionDate="2026-11-23T10:00:00Z")]


def come(filing: Filing, document: Document, message_id: str) -> None:
    if document.message.consumer == "referral":
        told(filing, document, message_id)
    else:
        responses.note(filing=filing, document=document, message_id=message_id, at=later(30))


def test_requests_orders_and_the_end_of_a_filing_in_any_order(acme: Operator) -> None:
    ends = set()
    for number, order in enumerate(itertools.permutations(range(4))):
        filing = registered(mrn=f"26BEORDER{number:07d}T1")
        sent = messages(filing)

        for place in (*order, *order):  # everything twice
            come(filing, sent[place], f"{number}-{place}")

        requests = Request.objects.filter(case__filing=filing)
        cases = Case.objects.filter(filing=filing)
        ends.add((
            requests.count(),
            tuple(sorted(requests.values_list("state", flat=True))),
            tuple(sorted(set(cases.values_list("state", "kinds").filter(kinds="DNL")))),
            cases.exclude(kinds="DNL").filter(state="open").exists(),
            Goods.objects.filter(case__filing=filing, forbidden=True).count(),
        ))  # fmt: skip

    assert ends == {(2, ("set_aside", "set_aside"), (("open", "DNL"),), False, 1)}


def test_an_order_is_raised_once_under_many_ids(acme: Operator) -> None:
    filing = registered()
    order = messages(filing)[2]

    made = [opening.forbid(filing=filing, document=order, message_id=f"m{number}", at=later(number)) for number in range(3)]

    assert [case is not None for case in made] == [True, False, False]

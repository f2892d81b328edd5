"""What traders do with customs in tests: file, obtain an MRN, and send what is about it."""

from filings import samples
from filings.messages import catalogue
from filings.messages.document import Document
from integrations.sandbox.models import REASON, Registration
from tenants.scope import every_tenant
from tests.integrations.sandbox.trader import Trader, filing, inbox
from tests.integrations.sandbox.world import judge_all

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

"""The interface document's names as defaults of a connection (profile of the interface §1); each is a column, none is fixed."""

from typing import Final

TRADER_PARTY_TYPE: Final = "urn:oasis:names:tc:ebcore:partyid-type:unregistered:eu-customs:EORI"
CUSTOMS_PARTY_TYPE: Final = "urn:oasis:names:tc:ebcore:partyid-type:unregistered:eu-customs:auth"
STI_PARTY: Final = "sti-taxud"
AGREEMENT: Final = "EU-ICS2-TI-V2.0"
AGREEMENT_TYPE: Final = "ics2-interface-version"
TRADER, CUSTOMS = "Trader", "Customs"
SERVICE_TO_CUSTOMS: Final = "eu_ics2_t2c"
SERVICE_TO_TRADER: Final = "eu_ics2_c2t"
SERVICE_TYPE: Final = "eu-customs-service-type"
PULL_CHANNEL: Final = "urn:fdc:ec.europa.eu:2019:eu_ics2_c2t/EORI/"


def pull_channel(party_id: str) -> str:
    """Return the MPC from which a party pulls (ICD 4.3.3)."""
    return PULL_CHANNEL + party_id

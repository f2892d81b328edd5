"""The names on the wire as customs knows them (ICD 4.2 and 4.3.3), and the simulator's own measures."""

from typing import Final

PATH: Final = "/domibus/services/msh"
PARTY: Final = "sti-taxud"
HOST: Final = "sti.sandbox.example"  # the right-hand side of its message ids
TRADER_TYPE: Final = "urn:oasis:names:tc:ebcore:partyid-type:unregistered:eu-customs:EORI"
CUSTOMS_TYPE: Final = "urn:oasis:names:tc:ebcore:partyid-type:unregistered:eu-customs:auth"
TRADER_ROLE: Final = "Trader"
CUSTOMS_ROLE: Final = "Customs"
AGREEMENTS: Final = ("EU-ICS2-TI-V2.0",)
AGREEMENT_TYPE: Final = "ics2-interface-version"
SERVICE_IN: Final = "eu_ics2_t2c"
SERVICE_OUT: Final = "eu_ics2_c2t"
SERVICE_TYPE: Final = "eu-customs-service-type"
CHANNEL_PREFIX: Final = "urn:fdc:ec.europa.eu:2019:eu_ics2_c2t/EORI/"

BODY_LIMIT: Final = 25_000_000  # bytes of one HTTP request

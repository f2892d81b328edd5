"""Facts about messages that the extracted tables do not hold, for tools/build_tables.py.

Keys are a message id, or a family (first letter after IE3) as the default of that family.
Source of each table: interface control document (ICD) or process descriptions (BPM), as noted.
"""

from typing import Final

# ICD, priorities of message exchange.
PRIORITIES: Final = {
    "F": "B", "A": "B",
    "IE3Q01": "A", "IE3Q03": "A", "IE3R03": "A", "IE3N03": "A", "IE3N06": "A", "IE3N08": "A",
    "IE3Q02": "B", "IE3R01": "B", "IE3R02": "B", "IE3R04": "B", "IE3R08": "B", "IE3N01": "B", "IE3N99": "B",
    "IE3Q04": "C", "IE3Q05": "C", "IE3R07": "C", "IE3N02": "C", "IE3N04": "C", "IE3N05": "C",
    "IE3N07": "C", "IE3N09": "C", "IE3N10": "C",
    # Not in the list of the ICD; a notice without deadline.
    "IE3N11": "C",
}  # fmt: skip

# Which part of the product a message is about.
CONSUMERS: Final = {
    "F": "filing", "A": "filing", "N": "filing", "R": "filing", "Q": "referral",
    "IE3Q04": "filing", "IE3Q05": "consultation", "IE3R08": "consultation",
    "IE3R02": "referral", "IE3R03": "referral", "IE3N04": "referral", "IE3N05": "referral",
    "IE3N06": "arrival", "IE3R04": "arrival", "IE3N07": "arrival", "IE3N08": "arrival",
    "IE3N11": "notice",
}  # fmt: skip

# What happens to the thing the message is about, when the message is sent or received.
EVENTS: Final = {
    "F": "submit", "A": "submit_amendment", "IE3N06": "submit", "IE3Q04": "request_invalidation",
    "IE3Q05": "ask", "IE3R02": "answer", "IE3R03": "answer",
    "IE3R01": "register", "IE3R04": "register", "IE3N99": "reject", "IE3N01": "refuse",
    "IE3N10": "amend", "IE3R07": "invalidate", "IE3R08": "answer",
    "IE3N02": "miss_filings", "IE3N03": "complete_assessment", "IE3N09": "announce_control",
    "IE3N07": "find_wrong_state", "IE3N08": "order_control", "IE3N11": "expect_filing",
    "IE3Q01": "forbid_loading", "IE3Q02": "open", "IE3Q03": "open", "IE3N04": "copy", "IE3N05": "copy",
}  # fmt: skip

# BPM L4: the message that says yes.
ACCEPTED_BY: Final = {
    "F": "IE3R01", "A": "IE3N10", "IE3N06": "IE3R04", "IE3Q04": "IE3R07", "IE3Q05": "IE3R08",
}  # fmt: skip

# BPM L4-ICS2-01: supplies a reference for filings that keep their own MRN.
WITHOUT_MRN: Final = frozenset({"IE3F25"})

# ICD: the element an error notification quotes as functional reference; N11 has no reference at all.
REFERENCES: Final = {
    "IE3Q05": "functionalReference",
    "IE3N11": "transportDocument/documentNumber",
}

# The EORI that says whose message it is, where it is not the declarant's.
PARTIES: Final = {
    "IE3N06": "personNotifyingTheArrival/identificationNumber",
    "IE3Q05": "requester/identificationNumber",
    "IE3R04": "personNotifyingTheArrival/identificationNumber",
    "IE3N04": "carrier/identificationNumber",
    "IE3N05": "carrier/identificationNumber",
    "IE3N11": "supplementaryDeclarant/identificationNumber",
}

EXTRA_OVERRIDES: Final = [
    {
        "message": message,
        "rel_path": "consignmentMasterLevel/consignmentHouseLevel/goodsItem/transportEquipment/containerIdentificationNumber",
        "source_id": "",
        "treat_as": "R3021",
        "reason": "rule stands on the same element everywhere else",
    }
    for message in ("IE3A13", "IE3F13")
]

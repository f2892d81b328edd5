"""The rows of referrals; all are known by this name."""

from referrals.models.answers import AnswerTemplate, Approval, Settings
from referrals.models.cases import ALARMS_FIRST, CarrierCopy, Case, CaseEvent, Goods, Request
from referrals.models.notices import Notice

__all__ = [
    "ALARMS_FIRST",
    "AnswerTemplate",
    "Approval",
    "CarrierCopy",
    "Case",
    "CaseEvent",
    "Goods",
    "Notice",
    "Request",
    "Settings",
]

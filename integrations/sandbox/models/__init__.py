"""What the simulated customs remembers: parties, what they sent, what it registered, what it has to tell them."""

from integrations.sandbox.models.access import REASON, CustomsManager, Party, Preference, Received, SandboxSettings, agreements
from integrations.sandbox.models.answers import Answer
from integrations.sandbox.models.playing import Fault, Script
from integrations.sandbox.models.process import Consultation, Link, LinkingKey, Referral, Registration, Scenario, Timer

__all__ = [
    "REASON",
    "Answer",
    "Consultation",
    "CustomsManager",
    "Fault",
    "Link",
    "LinkingKey",
    "Party",
    "Preference",
    "Received",
    "Referral",
    "Registration",
    "SandboxSettings",
    "Scenario",
    "Script",
    "Timer",
    "agreements",
]

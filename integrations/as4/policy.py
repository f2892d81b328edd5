"""Helpers for the receiver's own decisions (pipeline steps 8 to 10): parties, agreement, service, action, channel.

They say what a header may claim. Whether the signer's certificate is registered for the party, and whether the
message is a duplicate, only the caller's tables know.
"""

from collections.abc import Collection
from dataclasses import dataclass

from . import names
from .errors import As4Error
from .model import Agreement, Party, Received, Service, TraderId, UserHeader


@dataclass(frozen=True, slots=True)
class Policy:
    """What one receiver accepts in a UserMessage.

    `sender_type` and `sender_role` are required of every sender; `senders` limits who, None leaves it to the
    caller. `traders` says that party ids of senders have the trader's syntax. `channel` is the one MPC accepted
    besides none and the default, for pulled messages. To tolerate an AgreementRef without a type, list it so too.
    """

    receiver: Party
    sender_type: str
    sender_role: str
    agreements: Collection[Agreement]
    service: Service
    actions: Collection[str]
    senders: Collection[str] | None = None
    traders: bool = False
    channel: str | None = None


def check_policy(received: Received, policy: Policy) -> None:
    """Refuse a UserMessage whose header claims what the policy does not know.

    :raises As4Error: EBMS:0003 parties and roles; EBMS:0001 agreement, service, action; EBMS:0010 test pair, MPC
    """
    if received.user is None:
        raise ValueError("only a UserMessage has parties and an agreement")
    try:
        _check_parties(received.user, policy)
        _check_agreement(received.user, policy)
        _check_service(received.user, policy)
        if received.mpc not in {None, names.DEFAULT_MPC, policy.channel}:
            raise As4Error("EBMS:0010", "the message partition channel is not known")
    except As4Error as error:
        error.ref_to = received.message_id
        raise


def trader_channel(prefix: str, party_id: str) -> str:
    """Return the MPC a trader pulls from: the prefix agreed on and the whole party id (ICD 4.3.3)."""
    return prefix + party_id


def trader_of_channel(mpc: str | None, prefix: str) -> str:
    """Return the party id at the end of a pull MPC.

    :raises As4Error: EBMS:0010 if it is absent, the default, or no trader's channel
    """
    if mpc is None or not mpc.startswith(prefix):
        raise As4Error("EBMS:0010", "the message partition channel is not known")
    try:
        TraderId.parse(mpc[len(prefix) :])
    except ValueError:
        raise As4Error("EBMS:0010", "the message partition channel is not known") from None
    return mpc[len(prefix) :]


def _check_parties(user: UserHeader, policy: Policy) -> None:
    sender = user.sender
    known = policy.senders is None or sender.id in policy.senders
    if not known or sender.type != policy.sender_type or sender.role != policy.sender_role:
        raise As4Error("EBMS:0003", "the sending party or its role is not known")
    if user.receiver != policy.receiver:
        raise As4Error("EBMS:0003", "the receiving party or its role is not known")
    if policy.traders:
        try:
            TraderId.parse(sender.id)
        except ValueError:
            raise As4Error("EBMS:0003", "the sending party's id is malformed") from None


def _check_agreement(user: UserHeader, policy: Policy) -> None:
    if user.agreement not in policy.agreements:
        raise As4Error("EBMS:0001", "the agreement is not known")


def _check_service(user: UserHeader, policy: Policy) -> None:
    is_test_service = user.service.name == names.TEST_SERVICE
    if is_test_service != (user.action == names.TEST_ACTION):
        raise As4Error("EBMS:0010", "the test service and the test action go together")
    if is_test_service:
        return
    if user.service != policy.service:
        raise As4Error("EBMS:0001", "the service is not known")
    if user.action not in policy.actions:
        raise As4Error("EBMS:0001", "the action is not known")

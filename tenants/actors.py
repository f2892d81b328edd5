"""Who does a deed: a person, a client system by its key, or the product itself."""

from dataclasses import dataclass
from uuid import UUID

from tenants.models import ApiKey, Member, Operator, User
from tenants.permissions import Permission, allowed


@dataclass(frozen=True)
class Actor:
    """The one who acts, with what he may do for which operator."""

    name: str
    role: str
    operator_id: UUID | None = None
    user: User | None = None

    def may(self, permission: Permission) -> bool:
        """Say whether the role allows the deed."""
        return permission in allowed(self.role)


SYSTEM = Actor(name="Landfall", role="system")
CUSTOMS = Actor(name="Customs", role="system")


def person(member: Member) -> Actor:
    """Return a member as an actor."""
    return Actor(name=str(member.user), role=member.role, operator_id=member.operator_id, user=member.user)


def staff(user: User, operator: Operator) -> Actor:
    """Return a person of the ITSP as an actor for one operator."""
    return Actor(name=f"{user} (ITSP)", role="staff", operator_id=operator.pk, user=user)


def client_system(key: ApiKey) -> Actor:
    """Return the system that holds an API key as an actor."""
    return Actor(name=f"API key {key.name}", role="client", operator_id=key.operator_id)

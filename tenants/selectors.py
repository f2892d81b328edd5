"""Questions about operators and people."""

from tenants.actors import Actor, person, staff
from tenants.models import Member, Operator, User
from tenants.scope import every_tenant


def operators_of(user: User) -> list[Operator]:
    """Return the operators a person may work for, by name: all for the ITSP's staff."""
    if user.is_itsp_staff:
        return list(Operator.objects.order_by("name"))
    with every_tenant("a person's memberships name the operators"):
        ids = list(Member.objects.filter(user=user).values_list("operator_id", flat=True))
    return list(Operator.objects.filter(pk__in=ids).order_by("name"))


def actor_for(user: User, operator: Operator) -> Actor | None:
    """Return the person as one who may act for the operator, or nothing."""
    with every_tenant("a membership opens the scope"):
        member = Member.objects.select_related("user").filter(user=user, operator=operator).first()
    if member is not None:
        return person(member)
    return staff(user, operator) if user.is_itsp_staff else None

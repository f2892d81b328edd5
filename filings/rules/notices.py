"""Rules about arrival notifications, requests and what customs sends."""

from collections.abc import Iterator

from filings.rules.registry import At, Breach, group, parent


def _holds_one(at: At, names: tuple[str, ...]) -> Iterator[Breach]:
    """Yield a breach for each group that holds nothing of what it is for."""
    titles = " or ".join(f"“{at.spec.by_name[name].title}”" for name in names if name in at.spec.by_name)
    for index, node in enumerate(at.nodes, 1):
        if not any(node.first(name) for name in names):
            yield Breach(f"“{at.spec.title}”: Give {titles}.", at=index)


@group("R3025", code="13")
def do_not_load_names_something(at: At) -> Iterator[Breach]:
    """A do-not-load request names receptacles, a house level transport document or transport equipment (R3025)."""
    yield from _holds_one(at, ("receptacle", "transportDocument", "transportEquipment"))


@parent("R3027", code="13", on=("estimatedDateAndTimeOfArrival",))
def arrival_can_be_matched(at: At) -> Iterator[Breach]:
    """An arrival notification gives the estimated date and time of arrival, or a related MRN (R3027)."""
    if not at.nodes and "relatedMRN" not in at.parent.root.kids:
        yield Breach(f"Give “{at.spec.title}” or “Related MRN”, so that customs can match the arrival.")


def _either(at: At, others: dict[str, str], sentence: str) -> Iterator[Breach]:
    """Yield an error if neither an element nor others of the message are given, a warning if both are."""
    given = [title for name, title in others.items() if name in at.parent.root.kids]
    if not at.nodes and not given:
        yield Breach(sentence)
    elif at.nodes and given:
        both = f"“{at.spec.title}” and {' and '.join(f'“{title}”' for title in given)}"
        yield Breach(f"{both} are alternatives; customs may refuse both, so leave one out.", "warning")


@parent("R3028", code="13", on=("MRN",))
def consultation_names_an_ens(at: At) -> Iterator[Breach]:
    """An ENS is asked for by its MRN or by a transport document, master or house (R3028)."""
    others = {name: at.parent.spec.by_name[name].title for name in ("transportDocument", "transportDocumentHouse")}
    yield from _either(at, others, "Give “MRN” or a transport document, to say which ENS is asked for.")


@group("R3029", code="13")
def examination_has_a_place(at: At) -> Iterator[Breach]:
    """An examination place is given as text or as a reference number (R3029)."""
    yield from _holds_one(at, ("placeOfExamination", "referenceNumber"))
    for index, place in enumerate(at.nodes, 1):
        if place.first("placeOfExamination") and place.first("referenceNumber"):
            sentence = f"“{at.spec.title}”: The place and its reference number are alternatives; one of them is enough."
            yield Breach(sentence, "warning", at=index)


@group("R3030", code="13")
def controlled_consignment_names_something(at: At) -> Iterator[Breach]:
    """A consignment under control names a receptacle, goods, a house consignment, packaging, document or equipment (R3030)."""
    names = ("receptacle", "goodsItem", "consignmentHouseLevel", "packaging", "transportEquipment")
    yield from _holds_one(at, names)


@parent("R3034", code="13", on=("customsOfficeOfFirstEntry",))
def request_is_addressed(at: At) -> Iterator[Breach]:
    """A request goes to a customs office of first entry or to a Member State (R3034)."""
    others = {"addressedMemberState": at.parent.spec.by_name["addressedMemberState"].title}
    yield from _either(at, others, f"Give “{at.spec.title}” or “{others['addressedMemberState']}”.")


@group("R3048", code="15")
def related_mrn_or_document(at: At) -> Iterator[Breach]:
    """An arrival notification names related MRNs or related transport documents, not both (R3048)."""
    # It stands on both; it is said at the MRN.
    if at.spec.name == "relatedMRN" and "relatedTransportDocument" in at.parent.kids:
        yield Breach("“Related transport document” is given, so leave out “Related MRN”.")

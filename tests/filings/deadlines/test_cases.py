"""One test for each case of the law, with times reckoned by hand."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from filings import samples
from filings.deadlines import Buffer, Deadline, Facts, deadlines, due
from filings.deadlines.tables import cases
from filings.messages.document import Document
from filings.rules import book

MEANS = "activeBorderTransportMeans"
ACTUAL = f"{MEANS}/actualDateAndTimeOfDeparture"
ESTIMATED = f"{MEANS}/estimatedDateAndTimeOfDeparture"
ARRIVAL = f"{MEANS}/estimatedDateAndTimeOfArrival"
MODE = f"{MEANS}/ModeOfTransport"
LOADING = "consignmentMasterLevel/placeOfLoading/UNLOCODE"
UNLOADING = "consignmentMasterLevel/placeOfUnloading/UNLOCODE"
MASTER_CONTAINERS = "consignmentMasterLevel/containerIndicator"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def filing(message: str, *, leaves: str | None = None, arrives: str | None = None, **more: str | None) -> Document:
    """Return a sample with another journey; values by path with "__" for "/"."""
    document = samples.sample(message, seed=1)
    for path in (ACTUAL, ESTIMATED, ARRIVAL):
        if path in document.message.by_path:
            document.set(path, None)
    if leaves:
        document.set(ESTIMATED if ESTIMATED in document.message.by_path else ACTUAL, leaves)
    if arrives:
        document.set(ARRIVAL, arrives)
    for path, value in more.items():
        document.set(path.replace("__", "/"), value)
    return document


def at_sea(*, port: str = "INNSA", to: str = "NLRTM", containers: str = "1", **more: str | None) -> Document:
    more = {"leaves": "2026-12-01T06:00:00Z", "arrives": "2026-12-20T18:00:00Z", **more}
    document = filing("IE3F11", **more)
    document.set(LOADING, port)
    document.set(UNLOADING, to)
    for path in (MASTER_CONTAINERS, "consignmentMasterLevel/consignmentHouseLevel/containerIndicator"):
        document.set(path, containers)
    return document


def law(document: Document, facts: Facts | None = None) -> Deadline:
    return next(each for each in deadlines(document, facts=facts) if each.kind == "legal" and each.bound == "latest")


def test_deep_sea_containers_a_day_before_loading() -> None:
    found = law(at_sea(), Facts(loading_at=at("2026-11-30T22:30")))

    assert (found.article, found.at) == ("UCC-DA 105(a)", at("2026-11-29T22:30"))
    assert not found.assumed


def test_deep_sea_containers_without_a_time_of_loading_count_from_the_departure_and_say_so() -> None:
    found = law(at_sea())

    assert (found.article, found.at, found.source) == ("UCC-DA 105(a)", at("2026-11-30T06:00"), ESTIMATED)
    assert any("when loading begins" in sentence for sentence in found.assumed)


def test_bulk_four_hours_before_arrival() -> None:
    found = law(at_sea(containers="0"))

    assert (found.article, found.at) == ("UCC-DA 105(b)", at("2026-12-20T14:00"))


@pytest.mark.parametrize(
    "port", ["GLGOH", "FOTHO", "ISREY", "MAPTM", "GBFXT", "JESTH", "IMDGS", "RULED", "RUNVS", "UAODS", "TRMER", "EGALY", "ILHFA"]
)
@pytest.mark.parametrize("containers", ["0", "1"])
def test_short_sea_two_hours_before_arrival(port: str, containers: str) -> None:
    found = law(at_sea(port=port, containers=containers))

    assert (found.article, found.at) == ("UCC-DA 105(c)", at("2026-12-20T16:00"))


@pytest.mark.parametrize("port", ["EGSOK", "ILETH", "RUVVO", "USNYC", "CNSHA"])
def test_other_ports_are_not_short_sea(port: str) -> None:
    assert law(at_sea(port=port)).article == "UCC-DA 105(a)"


def test_a_country_with_ports_on_two_seas_and_no_port_named_gives_the_earlier_limit_and_says_so() -> None:
    document = at_sea()
    document.set(LOADING, None)
    document.set("consignmentMasterLevel/placeOfLoading/address/country", "EG")

    found = law(document)

    assert found.article == "UCC-DA 105(a)"
    assert any("Only some ports of EG" in sentence for sentence in found.assumed)


@pytest.mark.parametrize("port", ["GPPTP", "MQFDF", "GFDDC", "RELPT", "PTPDL", "PTFNC", "ESLPA"])
def test_a_short_voyage_to_an_outermost_region_two_hours_before_arrival(port: str) -> None:
    found = law(at_sea(port="BRBEL", to=port, leaves="2026-12-19T18:01:00Z"))

    assert (found.article, found.at) == ("UCC-DA 105(d)", at("2026-12-20T16:00"))


def test_a_voyage_of_a_day_to_an_outermost_region_is_no_short_one() -> None:
    assert law(at_sea(port="BRBEL", to="GPPTP", leaves="2026-12-19T18:00:00Z")).article == "UCC-DA 105(a)"


def test_a_mainland_port_of_the_same_country_is_not_outermost() -> None:
    assert law(at_sea(port="MAPTM", to="ESALG", leaves="2026-12-20T12:00:00Z")).article == "UCC-DA 105(c)"
    assert law(at_sea(port="SNDKR", to="ESBCN", leaves="2026-12-20T12:00:00Z")).article == "UCC-DA 105(a)"


def test_air_minimum_data_before_loading() -> None:
    document = filing("IE3F20", leaves="2026-12-01T10:00:00Z", arrives="2026-12-01T18:00:00Z")

    found = law(document, Facts(loading_at=at("2026-12-01T08:15")))

    assert (found.article, found.at) == ("UCC-DA 106(1)", at("2026-12-01T08:15"))


def test_air_minimum_data_without_any_time_name_what_is_missing() -> None:
    found = law(filing("IE3F23"))

    assert (found.article, found.at) == ("UCC-DA 106(1)", None)
    assert "fact:loading_at" in found.missing


def test_a_flight_below_four_hours_when_it_departs() -> None:
    found = law(filing("IE3F27", leaves="2026-12-01T10:00:00Z", arrives="2026-12-01T13:59:00Z"))

    assert (found.article, found.at, found.source) == ("UCC-DA 106(2)(a)", at("2026-12-01T10:00"), ACTUAL)


def test_a_flight_of_four_hours_four_hours_before_arrival() -> None:
    found = law(filing("IE3F27", leaves="2026-12-01T10:00:00Z", arrives="2026-12-01T14:00:00Z"))

    assert (found.article, found.at) == ("UCC-DA 106(2)(b)", at("2026-12-01T10:00"))


def test_a_flight_of_unknown_duration_is_taken_as_a_long_one() -> None:
    found = law(filing("IE3F27", arrives="2026-12-01T14:00:00Z"))

    assert (found.article, found.at) == ("UCC-DA 106(2)(b)", at("2026-12-01T10:00"))
    assert found.assumed


def test_the_duration_a_person_gives_goes_before_the_one_reckoned() -> None:
    document = filing("IE3F27", leaves="2026-12-01T10:00:00Z", arrives="2026-12-01T18:00:00Z")

    assert law(document, Facts(duration=timedelta(hours=3))).article == "UCC-DA 106(2)(a)"


def test_a_train_of_less_than_two_hours_an_hour_before_arrival() -> None:
    document = filing("IE3F51", leaves="2026-12-01T10:00:00Z", arrives="2026-12-02T18:00:00Z")

    found = law(document, Facts(duration=timedelta(minutes=119)))

    assert (found.article, found.at) == ("UCC-DA 107(a)", at("2026-12-02T17:00"))


def test_a_whole_journey_below_two_hours_is_a_short_train_without_asking() -> None:
    document = filing("IE3F51", leaves="2026-12-02T16:30:00Z", arrives="2026-12-02T18:00:00Z")

    assert law(document).article == "UCC-DA 107(a)"


def test_any_other_train_two_hours_before_arrival() -> None:
    found = law(filing("IE3F51", leaves="2026-12-01T10:00:00Z", arrives="2026-12-02T18:00:00Z"))

    assert (found.article, found.at) == ("UCC-DA 107(b)", at("2026-12-02T16:00"))
    assert any("formation station" in sentence for sentence in found.assumed)


@pytest.mark.parametrize("message", ["IE3F50", "IE3F34", "IE3F40"])
def test_road_an_hour_before_arrival(message: str) -> None:
    found = law(filing(message, leaves="2026-12-01T10:00:00Z", arrives="2026-12-02T18:00:00Z"))

    assert (found.article, found.at) == ("UCC-DA 108", at("2026-12-02T17:00"))


def test_inland_waterways_two_hours_before_arrival() -> None:
    document = at_sea()
    document.set(MODE, "8")

    found = law(document)

    assert (found.article, found.at) == ("UCC-DA 109", at("2026-12-20T16:00"))


def test_a_lorry_on_a_ferry_has_the_limit_of_the_ferry() -> None:
    """UCC-DA 110: from Harwich, 2 hours before arrival instead of the 1 hour of a lorry."""
    document = filing("IE3F50", leaves="2026-12-02T10:00:00Z", arrives="2026-12-02T18:00:00Z")
    document.set(LOADING, "GBHRW")

    found = law(document, Facts(active_mode="1"))

    assert (found.article, found.at) == ("UCC-DA 105(c)", at("2026-12-02T16:00"))
    assert any("UCC-DA 110" in reason.sentence for reason in found.reasons)


def test_a_lorry_identified_by_the_vessel_is_taken_as_carried_on_it() -> None:
    document = filing("IE3F50", leaves="2026-12-02T10:00:00Z", arrives="2026-12-02T18:00:00Z")
    document.set(LOADING, "GBHRW")
    document.set(f"{MEANS}/typeOfIdentification", "10")

    found = law(document)

    assert found.article == "UCC-DA 105(c)"
    assert any("UCC-DA 110" in sentence for sentence in found.assumed)


def test_force_majeure_lifts_the_limit() -> None:
    found = deadlines(at_sea(), facts=Facts(force_majeure=True))

    assert "UCC-DA 111" in found[0].lifted
    assert due(found) is None


def test_not_earlier_than_200_days_before_arrival() -> None:
    found = next(each for each in deadlines(at_sea()) if each.bound == "not_before")

    assert found.at == at("2026-06-03T18:00")  # day 354 of the year less 200 is day 154


def test_a_registered_filing_lapses_after_200_days() -> None:
    known = Facts(registered_at=at("2026-01-01T00:00"))
    found = next(each for each in deadlines(at_sea(), facts=known) if each.bound == "expires")

    assert found.at == at("2026-07-20T00:00")


def test_a_part_of_a_shipment_that_knows_no_journey_says_what_is_missing() -> None:
    found = law(filing("IE3F16"))

    assert found.at is None
    assert found.missing == ("fact:loading_at",)


def test_what_is_missing_is_named_as_an_element_path() -> None:
    assert law(filing("IE3F50", leaves="2026-12-02T10:00:00Z")).missing == (ARRIVAL,)


def test_postal_items_are_taken_as_air_and_say_so() -> None:
    found = law(filing("IE3F43"), Facts(loading_at=at("2026-12-01T08:15")))

    assert found.article == "UCC-DA 106(1)"
    assert any("taken as air" in sentence for sentence in found.assumed)


def test_the_carriers_cut_off_binds_when_it_is_earlier() -> None:
    found = deadlines(at_sea(), facts=Facts(carrier_cut_off=at("2026-11-28T12:00")))

    assert [each.kind for each in found][:2] == ["legal", "carrier"]
    assert due(found) == at("2026-11-28T12:00")


def test_the_own_buffer_of_the_mode_goes_before_the_one_for_all_and_does_not_bind() -> None:
    buffers = [Buffer(timedelta(hours=6)), Buffer(timedelta(hours=12), mode="1")]
    found = deadlines(at_sea(), buffers=buffers)

    assert next(each.at for each in found if each.kind == "own") == at("2026-11-29T18:00")
    assert due(found) == at("2026-11-30T06:00")


def test_a_time_with_an_offset_is_the_same_moment_across_the_change_of_the_clocks() -> None:
    """Rotterdam loads on 25 October 2026 at 12:00 winter time; 24 hours before is 13:00 summer time of the day before."""
    winter, summer = timezone(timedelta(hours=1)), timezone(timedelta(hours=2))
    found = law(at_sea(), Facts(loading_at=datetime(2026, 10, 25, 12, tzinfo=winter)))

    assert found.at == datetime(2026, 10, 24, 13, tzinfo=summer) == at("2026-10-24T11:00")
    assert law(filing("IE3F50", arrives="2026-12-02T19:00:00+01:00")).at == at("2026-12-02T17:00")


def test_a_fact_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        deadlines(at_sea(), facts=Facts(loading_at=datetime(2026, 12, 1, 8)))  # noqa: DTZ001


def test_an_answer_of_customs_has_no_deadlines() -> None:
    from filings.messages import catalogue
    from filings.messages.document import empty

    assert deadlines(empty(catalogue.message("IE3N03"))) == []


def test_every_case_of_the_table_cites_its_source_and_is_shown_above() -> None:
    shown = Path(__file__).read_text(encoding="utf-8")
    told = (Path(__file__).parents[3] / "docs" / "deadlines.md").read_text(encoding="utf-8")

    assert all(case.article in told for case in cases())
    assert all(case.article in shown or case.article == "200 days" for case in cases())
    assert book.findings(samples.sample("IE3F11", seed=1)) == []  # what the cases are shown on is a good filing

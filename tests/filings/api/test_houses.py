"""Houses through the API: a table that is read and changed, and a split that happens once."""

from typing import Any

import pytest

from filings.models import Filing
from tenants.scope import tenant_scope
from tests import factories


@pytest.fixture
def filing(firm: Any) -> Filing:
    from filings import samples
    from filings.services import drafting

    with tenant_scope(firm.pk):
        document = samples.sample("IE3F26", seed=1, houses=4)
        return drafting.create(document=document, by=factories.ALICE, at=factories.NOW, source="api")


def test_houses_are_read_and_changed(api: Any, filing: Filing) -> None:
    url = f"/api/v1/filings/{filing.pk}/houses/"
    read = api.get(f"{url}?column=totalGrossMass")
    given = {"changed": {"2": {"totalGrossMass": "12"}}, "added": [{"totalGrossMass": "13"}], "removed": [1]}
    changed = api.patch(url, given, content_type="application/json", headers={"If-Match": read["ETag"]})
    after = api.get(f"{url}?column=totalGrossMass").json()

    assert (read.json()["count"], changed.status_code) == (4, 200)
    assert [each["cells"]["totalGrossMass"] for each in after["results"]][0::3] == ["12", "13"]
    stale = api.patch(url, given, content_type="application/json", headers={"If-Match": read["ETag"]})
    assert stale.status_code == 409
    assert api.patch(url, given, content_type="application/json").status_code == 428
    wrong = api.patch(url, {"changed": {"x": {}}}, content_type="application/json", headers={"If-Match": '"2"'})
    assert wrong.status_code == 400


def test_a_split_is_previewed_and_happens_once(api: Any, filing: Filing) -> None:
    url = f"/api/v1/filings/{filing.pk}/split/"
    preview = api.post(url, {"size": 3, "preview": True}, content_type="application/json").json()
    headers = {"If-Match": '"1"', "Idempotency-Key": "once"}
    first, second = (api.post(url, {"size": 3}, content_type="application/json", headers=headers) for _ in range(2))

    assert [(each["first"], each["last"]) for each in preview["pieces"]] == [(1, 3), (4, 4)]
    assert preview["filings"] == []
    assert first.json() == second.json()
    assert len(first.json()["filings"]) == 2


def test_strangers_find_no_houses(client_of: Any, filing: Filing) -> None:
    other = client_of(factories.operator("other"))

    assert other.get(f"/api/v1/filings/{filing.pk}/houses/").status_code == 404
    assert other.post(f"/api/v1/filings/{filing.pk}/split/", {}, content_type="application/json").status_code == 404


def test_houses_are_found_by_where_they_stand_with_customs(api: Any, firm: Any, filing: Filing) -> None:
    from filings.models import AssessedPart, Assessment

    url = f"/api/v1/filings/{filing.pk}/houses/"
    first = api.get(url).json()["results"][0]
    with tenant_scope(firm.pk):
        Filing.objects.filter(pk=filing.pk).update(mrn=factories.MRN)
        Assessment.objects.create(filing=filing, kind="house", total=4, done=1, last_at=factories.NOW)
        AssessedPart.objects.create(filing=filing, kind="house", reference=first["reference"], assessed_at=factories.NOW)
    fine, left = (api.get(f"{url}?state={state}").json()["results"] for state in ("assessed", "not_assessed"))

    assert first["states"] == []
    assert [(each["number"], each["states"]) for each in fine] == [(1, ["assessed"])]
    assert [each["number"] for each in left] == [2, 3, 4]
    assert api.get(f"{url}?state=elsewhere").status_code == 400

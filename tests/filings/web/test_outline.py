"""The outline of the form says how many findings are in each part, the values at the top included."""

import re

from tests import factories
from tests.filings.web.desk import Desk


def counts(html: str) -> dict[str, int]:
    """Return the number beside each part of the outline that has one."""
    outline = html[html.index('<nav class="outline"') : html.index("</nav>", html.index('<nav class="outline"'))]
    found = re.findall(r'<a href="#f-[^"]*">([^<]+)<span class="count" title="findings">(\d+)</span>', outline)
    return {name: int(count) for name, count in found}


def test_the_values_at_the_top_have_their_count_and_all_counts_make_the_sum(alice: Desk) -> None:
    filing = alice.make(factories.draft, LRN="X" * 30, declarant__name="N" * 71)

    text = alice.get(f"{filing.pk}/edit/?check=1").content.decode()

    errors, warnings = re.findall(r'id="summary-title">(\d+) errors?(?: and (\d+) warnings?)?<', text)[0]
    assert counts(text)["General"] >= 1
    assert sum(counts(text).values()) == int(errors) + int(warnings or 0)


def test_a_page_without_findings_has_no_counts(alice: Desk) -> None:
    filing = alice.make(factories.draft)

    assert counts(alice.get(f"{filing.pk}/edit/").content.decode()) == {}

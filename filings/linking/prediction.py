"""Will customs link two filings? Said before anything is sent, with the field that keeps them apart.

    predict(first, second)  ->  Prediction: whether they link, in words; every part of the key that nearly fits, with both
                                places and values; what differs besides (weight, packages, containers)

Two filings link when they have a key in common (filings.linking.keys); this module says nothing else about that, it only
finds the pair of keys that lacks least. Linked data are compared by customs as well (lifecycle digest 4.4), so differences of
weight, packages and containers are warnings.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations as subsets
from typing import Final

from filings.linking.keys import MRN, Combination, Part, Reading, combinations, place_of, readings
from filings.linking.measures import Difference, differences
from filings.messages.document import Document

EQUAL: Final = "equal"
SPELLED: Final = "spelled"
DIFFERS: Final = "differs"
MISSING: Final = "missing"


@dataclass(frozen=True)
class Compared:
    """One part of a key as two filings have it.

    how: equal, spelled (only letters' case, blanks or signs differ), differs, or missing in one of them. Of each filing the
    path with the number of the house, and the value; "" where there is none.
    """

    name: str
    words: str
    repair: str
    how: str
    upper_path: str
    upper: str
    lower_path: str
    lower: str

    @property
    def sentence(self) -> str:
        """Return what is wrong with it, "" if nothing is."""
        return _SENTENCES[self.how].format(words=self.words, upper=self.upper or "nothing", lower=self.lower or "nothing")


_SENTENCES: Final = {
    EQUAL: "",
    SPELLED: "{words} is spelled differently: “{upper}” above, “{lower}” below",
    DIFFERS: "{words} differs: “{upper}” above, “{lower}” below",
    MISSING: "{words} is missing: {upper} above, {lower} below",
}


@dataclass(frozen=True)
class Prediction:
    """Whether two filings will link. combination: by which row of the table, "" if their kinds never belong together.

    first_is_upper: which of the two expects the other. parts: every part of the key that fits best.
    """

    links: bool
    combination: str = ""
    first_is_upper: bool = True
    parts: tuple[Compared, ...] = ()
    warnings: tuple[Difference, ...] = ()

    @property
    def apart(self) -> tuple[Compared, ...]:
        """Return the parts that keep the two from linking."""
        return () if self.links else tuple(part for part in self.parts if part.how != EQUAL)

    @property
    def sentence(self) -> str:
        """Return the prediction in words."""
        if self.links:
            return f"These two will link: {_listed([part.words for part in self.parts])} agree{'s' * (len(self.parts) == 1)}."
        if not self.parts:
            return "These two will not link: customs never links these two kinds of filings."
        return f"These two will not link: {'; '.join(part.sentence for part in self.apart)}."


def predict(first: Document, second: Document, *, first_mrn: str = "", second_mrn: str = "") -> Prediction:
    """Return whether customs will link two filings or drafts, and what keeps them apart.

    :param first_mrn: the MRN that customs gave the first one, if it has one; some keys are made of it.
    """
    found: list[_Fit] = []
    for upper, lower, mrns, first_is_upper in (
        (first, second, (first_mrn, second_mrn), True),
        (second, first, (second_mrn, first_mrn), False),
    ):
        for combination in combinations():
            if upper.message.sci in combination.upper and lower.message.sci in combination.lower:
                found += _fits(combination, _Pair(upper, lower, *mrns), first_is_upper)
    if not found:
        return Prediction(links=False)
    best = min(found, key=lambda fit: fit.lacks)
    # A key of one part says nothing of the other ways in which the two might be linked.
    tied = [fit for fit in found if fit.lacks == best.lacks and fit.lacks and len(fit.parts) == 1] or [best]
    return Prediction(
        links=not best.lacks,
        combination=best.combination.id,
        first_is_upper=best.first_is_upper,
        parts=tuple(part for fit in (tied if best in tied else [best]) for part in fit.parts),
        warnings=differences(best.pair.upper, best.pair.lower, best.houses) if not best.lacks else (),
    )


@dataclass(frozen=True)
class _Pair:
    upper: Document
    lower: Document
    upper_mrn: str
    lower_mrn: str


@dataclass(frozen=True)
class _Fit:
    """The readings of two filings that lack least to be one key. lacks: weights what is not equal, 0 for a key in common."""

    combination: Combination
    pair: _Pair
    parts: tuple[Compared, ...]
    first_is_upper: bool
    houses: tuple[frozenset[int], frozenset[int]]  # of the upper and the lower filing, which have the key in common

    @property
    def lacks(self) -> int:
        return sum({EQUAL: 0, SPELLED: 2, MISSING: 3, DIFFERS: 3}[part.how] for part in self.parts)


def _fits(combination: Combination, pair: _Pair, first_is_upper: bool) -> Iterator[_Fit]:
    """Yield the best fit of two filings by one combination, if both have the elements of its key."""
    parts = combination.parts
    above = list(readings(pair.upper, [part.upper for part in parts], mrn=pair.upper_mrn))
    below = list(readings(pair.lower, [part.lower for part in parts], mrn=pair.lower_mrn))
    if not above or not below:
        return
    common = {one.values for one in above if all(one.values)} & {one.values for one in below}
    if common:
        chosen = next(one for one in above if one.values in common)
        other = next(one for one in below if one.values == chosen.values)
        houses = tuple(frozenset(one.house for one in side if one.values in common) for side in (above, below))
    else:
        chosen, other = _nearest(above, below)
        houses = (frozenset(), frozenset())
    compared = tuple(_compared(part, place, pair, chosen, other) for place, part in enumerate(parts))
    yield _Fit(combination, pair, compared, first_is_upper, (houses[0], houses[1]))


def _nearest(above: Sequence[Reading], below: Sequence[Reading]) -> tuple[Reading, Reading]:
    """Return one reading of each side with as many parts in common as there are, however they are spelled.

    Each set of parts is one pass over both sides, so ten thousand houses are compared with ten thousand.
    """
    count = len(above[0].values)
    left, right = ([(tuple(map(plain, one.values)), one) for one in side] for side in (above, below))
    for size in range(count, 0, -1):
        for chosen in subsets(range(count), size):
            known = {key: one for values, one in reversed(right) if all(key := tuple(values[place] for place in chosen))}
            for values, one in left:
                if other := known.get(tuple(values[place] for place in chosen)):
                    return one, other
    return above[0], below[0]


def _compared(part: Part, place: int, pair: _Pair, above: Reading, below: Reading) -> Compared:
    upper, lower = above.values[place], below.values[place]
    if not upper or not lower:
        how = MISSING
    elif upper == lower:
        how = EQUAL
    else:
        how = SPELLED if plain(upper) == plain(lower) else DIFFERS
    return Compared(
        name=part.name,
        words=part.words,
        repair=part.repair,
        how=how,
        upper_path=place_of(pair.upper, part.upper, upper, house=above.house, mrn=pair.upper_mrn),
        upper=upper,
        lower_path=place_of(pair.lower, part.lower, lower, house=below.house, mrn=pair.lower_mrn),
        lower=lower,
    )


def plain(value: str) -> str:
    """Return a value without what people spell in several ways: case, blanks, signs."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", value).upper() if sign.isalnum())


def is_editable(path: str) -> bool:
    """Say whether a place of a comparison is an element one can change; the MRN of a filing is customs'."""
    return path not in {"", MRN}


def _listed(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last

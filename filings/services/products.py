"""Products: how an operator describes its goods to customs, kept under its own codes and found while one types."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Lower

from filings import reference
from filings.models import Product
from filings.reference import lookup
from filings.services.stop_words import hits
from tenants import audit
from tenants.actors import Actor
from tenants.errors import DomainError

CODE: Final = 60  # characters
DESCRIPTION: Final = 512  # as many as customs takes
GOODS_CODE: Final = re.compile(r"[0-9]{6}([0-9]{2})?")
MOST: Final = 50_000  # of one operator


class BadProduct(DomainError):
    """The product cannot be kept as it is; see what is said of its fields."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__()
        self.fields = fields

    def detail(self) -> dict[str, object]:
        """Return what is wrong, by field."""
        return {"fields": self.fields}


class TooManyProducts(DomainError):
    """An operator may keep 50,000 products; delete some first."""


@dataclass(frozen=True)
class Given:
    """A product as somebody gives it."""

    code: str
    description: str
    goods_code: str = ""

    @classmethod
    def of(cls, *, code: str, description: str, goods_code: str = "") -> "Given":
        """Return it tidied up: one blank between words, no dots or blanks in the goods code."""
        return cls(_tidy(code), _tidy(description), re.sub(r"[\s.]", "", goods_code))

    def faults(self) -> dict[str, str]:
        """Return what is wrong with it, by field."""
        found = {}
        if not self.code or len(self.code) > CODE:
            found["code"] = f"Give it a code or a name of at most {CODE} characters."
        if not self.description or len(self.description) > DESCRIPTION:
            found["description"] = f"Describe the goods in at most {DESCRIPTION} characters."
        if self.goods_code and not GOODS_CODE.fullmatch(self.goods_code):
            found["goods_code"] = "A goods code has 6 digits (Harmonized System) or 8 (Combined Nomenclature)."
        return found


def products(text: str = "") -> QuerySet[Product]:
    """Return the products of the operator in scope that have every word of a text, the best first.

    A code that is the text goes before one that begins with it, and that before a description that begins with it.
    """
    found: QuerySet[Product] = Product.objects.all()
    words = text.replace("\0", "").split()[:8]
    for word in words:
        has = Q(code__icontains=word) | Q(description__icontains=word) | Q(goods_code__startswith=word)
        found = found.filter(has)
    if not words:
        return found
    start = " ".join(words)
    steps = ({"code__iexact": start}, {"code__istartswith": start}, {"description__istartswith": start})
    whens = (When(**step, then=Value(place)) for place, step in enumerate(steps))
    rank = Case(*whens, default=Value(len(steps)), output_field=IntegerField())
    return found.annotate(rank=rank).order_by("rank", Lower("code"))


@transaction.atomic
def add(*, given: Given, by: Actor, at: datetime) -> Product:
    """Keep a new product.

    :raises BadProduct: if a field is missing or wrong, or the code is taken.
    :raises TooManyProducts: if the operator has as many as it may.
    """
    _refuse(given)
    if Product.objects.count() >= MOST:
        raise TooManyProducts
    product = Product(**vars(given), created_at=at, changed_at=at)
    _save(product, at=at)
    audit.record("product.added", target=product, by=by, at=at)
    return product


@transaction.atomic
def change(*, product: Product, given: Given, by: Actor, at: datetime) -> None:
    """Replace what a product says; the same again changes nothing.

    :raises BadProduct: if a field is missing or wrong, or the code is taken.
    """
    _refuse(given)
    if given == Given(product.code, product.description, product.goods_code):
        return
    product.code, product.description, product.goods_code = given.code, given.description, given.goods_code
    product.changed_at = at
    _save(product, at=at)
    audit.record("product.changed", target=product, by=by, at=at)


@transaction.atomic
def delete(*, product: Product, by: Actor, at: datetime) -> None:
    """Remove a product; filings keep what they say."""
    audit.record("product.deleted", target=product, by=by, at=at)
    product.delete()


def unknown(goods_code: str) -> bool:
    """Say whether a goods code is not in the Harmonized System of the edition in force."""
    edition = reference.edition(lookup.GOODS)
    return bool(goods_code) and edition is not None and edition.get(goods_code[:6]) is None


def _refuse(given: Given) -> None:
    if faults := given.faults():
        raise BadProduct(faults)


def _save(product: Product, *, at: datetime) -> None:
    try:
        with transaction.atomic():
            product.save()
    except IntegrityError as error:
        raise BadProduct({"code": "There is a product of this code already; change that one, or choose another code."}) from error
    hits.look_again(product, at=at)


def _tidy(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())

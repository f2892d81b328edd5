"""Products: kept with what is wrong said by field, found by words, taken over from files as a whole or not at all."""

import pytest

from filings.models import Product, StopWordHit
from filings.services import product_files, products
from filings.services.product_files import BadProductFile, Imported
from filings.services.products import BadProduct, Given
from tenants.models import AuditEvent
from tests.factories import ALICE, NOW, later

pytestmark = pytest.mark.usefixtures("acme")


def add(code: str, description: str = "Dolls of beech wood", goods_code: str = "950300") -> Product:
    return products.add(given=Given.of(code=code, description=description, goods_code=goods_code), by=ALICE, at=NOW)


def test_a_product_is_kept_tidied_up_and_audited() -> None:
    product = add("  A  1 ", " Dolls\n of   wood ", "9503.00 21")

    assert (product.code, product.description, product.goods_code) == ("A 1", "Dolls of wood", "95030021")
    event = AuditEvent.objects.get(deed="product.added")
    assert (event.target_id, event.detail) == (str(product.pk), {})


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        (Given.of(code="", description="", goods_code="9503"), {"code", "description", "goods_code"}),
        (Given.of(code="x" * 61, description="x" * 513), {"code", "description"}),
        (Given.of(code="a", description="b", goods_code="95 03 0A"), {"goods_code"}),
    ],
)
def test_what_is_wrong_is_said_by_field(given: Given, fields: set[str]) -> None:
    with pytest.raises(BadProduct) as refusal:
        products.add(given=given, by=ALICE, at=NOW)

    assert set(refusal.value.fields) == fields
    assert not Product.objects.exists()


def test_a_code_is_given_once_whatever_its_case() -> None:
    add("doll-1")
    other = add("doll-2")

    with pytest.raises(BadProduct) as refusal:
        add("DOLL-1")
    assert refusal.value.fields["code"].startswith("There is a product of this code already")
    with pytest.raises(BadProduct):
        products.change(product=other, given=Given.of(code="Doll-1", description="x y"), by=ALICE, at=NOW)


def test_a_change_that_changes_nothing_is_not_told() -> None:
    product = add("doll")

    products.change(product=product, given=Given("doll", product.description, product.goods_code), by=ALICE, at=later(1))

    assert not AuditEvent.objects.filter(deed="product.changed").exists()


def test_a_stop_word_in_a_description_has_to_be_looked_at_until_it_is_mended() -> None:
    product = add("doll", "Toys")
    hit = StopWordHit.objects.get(product=product)
    assert (hit.only, hit.terms, hit.path) == (True, ["toys"], "")

    products.change(product=product, given=Given("doll", "Dolls of wood"), by=ALICE, at=later(1))

    assert not StopWordHit.objects.exists()


def test_products_are_found_by_words_the_best_first() -> None:
    add("900", "Pumps for water 100")
    add("100-a", "Valves")
    add("100", "Dolls of wood")
    add("77", "100 dolls of wax")

    assert [each.code for each in products.products("100")] == ["100", "100-a", "77", "900"]
    assert [each.code for each in products.products("doll wax")] == ["77"]
    assert [each.code for each in products.products("9503")] == ["100", "100-a", "77", "900"]
    assert list(products.products("\0%_")) == []


def test_a_goods_code_that_does_not_exist_is_known() -> None:
    assert products.unknown("999999")
    assert not products.unknown("950300")
    assert not products.unknown("")


FILE = "code;description;goods_code\nA1;Dolls of wood;9503.00\nA2;Pumps for water;841370\n\n"


def test_a_file_is_taken_over_and_again_changes_nothing() -> None:
    first = product_files.load(data=FILE.encode("utf-8-sig"), by=ALICE, at=NOW)
    again = product_files.load(data=FILE.replace("wood", "wax").encode(), by=ALICE, at=later(1))

    assert (first, again) == (Imported(2, 0, 0), Imported(0, 1, 1))
    assert Product.objects.get(code="A1").description == "Dolls of wax"
    assert AuditEvent.objects.filter(deed="products.imported").count() == 2


def test_what_is_wrong_in_a_file_is_said_by_line_and_nothing_is_kept() -> None:
    bad = "Code,Description,Goods code\nA1,Dolls,9503\n,Pumps,841370\na1,Other dolls,\nA3,Fine pumps,841370\n"

    with pytest.raises(BadProductFile, match="3 lines") as refusal:
        product_files.load(data=bad.encode(), by=ALICE, at=NOW)

    assert [line for line, _ in refusal.value.lines] == [2, 3, 4]
    assert "line 2" in refusal.value.lines[2][1]
    assert not Product.objects.exists()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"code\nA1\n", "“description” is missing"),
        (b"code,description\n", "no products"),
        (b"code,description\nA1,\xff\n", "line 2"),
        (b'code,description\nA1,"x\n', "no CSV"),
        (b"code,description\nA1,x,y,z\n", "more values"),
        (b"x" * (product_files.LARGEST + 1), "larger than"),
    ],
)
def test_a_file_that_is_none_is_refused_with_the_reason(data: bytes, words: str) -> None:
    with pytest.raises(BadProductFile, match=words):
        product_files.load(data=data, by=ALICE, at=NOW)


def test_what_is_written_is_read_again_and_is_no_formula() -> None:
    add("=1+1", "Dolls, of “wood”")

    text = product_files.write(Product.objects.all())

    assert "'=1+1" in text
    assert product_files.read(text.encode()) == [Given("=1+1", "Dolls, of “wood”", "950300")]


def test_a_file_tells_of_stop_words_too() -> None:
    product_files.load(data=b"code,description\nA1,Toys\nA2,Dolls of wood\n", by=ALICE, at=NOW)
    assert StopWordHit.objects.get().product.code == "A1"

    product_files.load(data=b"code,description\nA1,Dolls of wax\n", by=ALICE, at=NOW)
    assert not StopWordHit.objects.exists()

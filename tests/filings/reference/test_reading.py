"""The three forms a published list comes in, and what is refused."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filings.reference import reading
from filings.reference.reading import UnreadableList, read

CSV = "Code,Name\nEUR,Euro\nAAA,  Some \n money\n"
LOCODE = (
    ',"DE",,".GERMANY",,,,,,,,\n'
    '"+","DE","HAM","Hamburg","Hamburg","HH","AI","1234----","0407",,"5333N 00959E",\n'
    '"X","DE","OLD","Altstadt","Altstadt","","RL","1-------","0407",,,\n'
    ',"DE","GON","Gone","Gone","","XX","1-------","0407",,,\n'
    ',"DE","MUC","München","Munchen","BY","AI","--3456--","0407",,,\n'
)
XML = """<?xml version="1.0" encoding="UTF-8"?>
<x:RDEntityList xmlns:x="urn:example"><RDEntity name="CurrencyCodes">
 <RDEntry><RDEntryStatus><state>valid</state><activeFrom>2005-01-01</activeFrom></RDEntryStatus>
  <dataItem name="CurrencyCode">EUR</dataItem>
  <LsdList><description lang="fr">L'euro</description><description lang="en">Euro</description></LsdList></RDEntry>
 <RDEntry><RDEntryStatus><state>invalid</state></RDEntryStatus><dataItem name="CurrencyCode">DEM</dataItem></RDEntry>
 <RDEntry><dataItem name="ReferenceNumber">DE004851</dataItem>
  <dataItem name="CustomsOfficeUsualName">Waltershof</dataItem></RDEntry>
</RDEntity></x:RDEntityList>"""
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def workbook(rows: str, shared: str = "", part: str = "xl/worksheets/sheet1.xml") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr(part, f'<worksheet xmlns="{SHEET}"><sheetData>{rows}</sheetData></worksheet>')
        book.writestr("xl/sharedStrings.xml", f'<sst xmlns="{SHEET}">{shared}</sst>')
    return file.getvalue()


def test_csv_is_read_by_its_headings() -> None:
    assert read(CSV.replace(" \n ", " ").encode(), "CL352") == {"AAA": ("Some money", ""), "EUR": ("Euro", "")}


@pytest.mark.parametrize("separator", [";", "\t"])
def test_other_separators_and_a_byte_order_mark_are_understood(separator: str) -> None:
    data = f"Reference number{separator}Usual name\r\nDE004851{separator}Waltershof\r\n"

    assert read(data.encode("utf-8-sig"), "CL141") == {"DE004851": ("Waltershof", "")}


def test_the_tables_of_un_locode_are_known_by_their_columns() -> None:
    for data in (LOCODE.encode(), LOCODE.encode("cp1252")):
        assert read(data, "CL244") == {"DEHAM": ("Hamburg", "1234"), "DEMUC": ("München", "3456")}


def test_un_locode_as_csv_has_the_functions_before_the_status() -> None:
    published = LOCODE.replace('"AI","1234----"', '"1234----","AI"').replace('"RL","1-------"', '"1-------","RL"')
    published = published.replace('"XX","1-------"', '"1-------","XX"').replace('"AI","--3456--"', '"--3456--","AI"')

    assert read(published.encode("cp1252"), "CL244") == {"DEHAM": ("Hamburg", "1234"), "DEMUC": ("München", "3456")}


def test_un_locode_with_headings_is_the_same() -> None:
    headings = "Change,Country,Location,Name,NameWoDiacritics,Subdivision,Status,Function,Date,IATA,Coordinates,Remarks\n"

    assert read((headings + LOCODE).encode(), "CL244") == read(LOCODE.encode(), "CL244")


def test_the_commissions_xml_gives_valid_entries_in_english() -> None:
    assert read(XML.encode(), "CL352") == {"DE004851": ("Waltershof", ""), "EUR": ("Euro", "")}


def test_a_workbook_is_read_below_its_title() -> None:
    rows = (
        '<row><c r="A1" t="inlineStr"><is><t>List of offices</t></is></c></row>'
        '<row><c r="B3" t="s"><v>0</v></c><c r="D3" t="s"><v>1</v></c></row>'
        '<row><c r="B4" t="inlineStr"><is><t>DE004851</t></is></c><c r="D4" t="s"><v>2</v></c></row>'
        '<row><c r="B5"><v>4711</v></c></row>'
    )
    shared = "<si><t>Code</t></si><si><t>Description</t></si><si><r><t>Walters</t></r><r><t>hof</t></r></si>"

    assert read(workbook(rows, shared), "CL141") == {"4711": ("", ""), "DE004851": ("Waltershof", "")}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no heading"),
        (b"Code,Name\n", "no codes"),
        (b"one,two\n1,2\n", "no heading"),
        (b"Code,Name\nA B,with a blank\n", "is no code"),
        (b"<a><b>1</b></a>", "no rdentry"),
        (b"<a", "not well-formed"),
        (b'<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>', "document type"),
        (b"PK\x03\x04 but no archive", "cannot be unpacked"),
        (workbook("", part="xl/other.xml"), "no workbook"),
        (workbook('<row><c r="A1" t="s"><v>999</v></c></row>'), "no heading"),
        (workbook('<row><c r="ZZZ1"><v>1</v></c></row>'), "1,000 columns"),
    ],
)
def test_what_is_no_list_is_refused_with_a_reason(data: bytes, words: str) -> None:
    with pytest.raises(UnreadableList, match=f"(?i){words}"):
        read(data, "CL141")


def test_a_workbook_that_unpacks_to_more_than_allowed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LARGEST", 10_000)

    with pytest.raises(UnreadableList, match="more than 10000 bytes"):
        read(workbook("<row/>" * 5000), "CL141")


def test_a_file_that_is_too_large_or_has_too_many_codes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = b"Code,Name\n" + b"".join(b"C%d,x\n" % number for number in range(11))
    monkeypatch.setattr(reading, "MOST", 10)
    with pytest.raises(UnreadableList, match="more than 10 codes"):
        read(data, "CL141")

    monkeypatch.setattr(reading, "LARGEST", 20)
    with pytest.raises(UnreadableList, match="at most 20"):
        read(data, "CL141")


@given(st.one_of(st.binary(max_size=300), st.binary(max_size=200).map(lambda rest: b"Code,Name\n" + rest)))
def test_bytes_are_read_or_refused_and_never_crash(data: bytes) -> None:
    try:
        found = read(data, "CL244")
    except UnreadableList:
        return

    assert all(code and len(code) <= reading.LONGEST_CODE for code in found)

"""A cell as the table of the message wants it: a number as people write it, with no sign lost on the way.

A decimal comma is read where it can be nothing else. “1,234” may be both a little more than one and more than a thousand, so
it is asked back.
"""

import re
from typing import Final

from filings.messages.formats import Format

_BETWEEN: Final = " \u00a0\u202f\u2009'\u2019"  # thousands
_GROUPED: Final = re.compile(rf"[0-9]{{1,3}}(?:[{_BETWEEN}][0-9]{{3}})+(?=[.,]|$)")
_SHORTENED: Final = re.compile(r"[0-9](?:[.,][0-9]+)?E\+?[0-9]{1,3}", re.IGNORECASE)
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
_BREAK: Final = re.compile(r"[ \t]*[\r\n]+[ \t]*")


class Unclear(ValueError):
    """The cell does not say one thing; the text says why and what to do."""


def value(text: str, form: Format) -> str:
    """Return what a cell says, as a document holds it.

    :raises Unclear: if it may mean two things, or a sign in it cannot be kept.
    """
    if _UNSTORABLE.search(text):
        raise Unclear("There is a sign in it that no text can have (such as U+0000); type it again.")
    text = _BREAK.sub(" ", text.strip())
    if _SHORTENED.fullmatch(text) and form.max_length > 5:
        raise Unclear(f"The spreadsheet shortened the number to {text}; format the column as text and type it again.")
    is_number = form.kind == "decimal" or (form.kind == "digits" and form.min_length < form.max_length)
    return number(text) if is_number else text


def number(text: str) -> str:
    """Return a number with a point; what is no number stays as it is, for the check to tell.

    :raises Unclear: if a comma may stand before decimals as well as between thousands.
    """
    bare = re.sub(f"[{_BETWEEN}]", "", text) if _GROUPED.match(text) else text
    if re.fullmatch(r"[1-9][0-9]{0,2},[0-9]{3}", bare):
        raise Unclear(f"“{text}” may be {bare.replace(',', '')} or {bare.replace(',', '.')}; write it with a point, or without.")
    if re.fullmatch(r"[0-9]+,[0-9]+", bare):
        return bare.replace(",", ".")
    if re.fullmatch(r"[1-9][0-9]{0,2}(\.[0-9]{3})+,[0-9]+", bare):
        return bare.replace(".", "").replace(",", ".")
    if re.fullmatch(r"[1-9][0-9]{0,2}(,[0-9]{3})+\.[0-9]+|[1-9][0-9]{0,2}(,[0-9]{3}){2,}", bare):
        return bare.replace(",", "")
    if re.fullmatch(r"[1-9][0-9]{0,2}(\.[0-9]{3}){2,}", bare):
        return bare.replace(".", "")
    return bare

"""Make the JSON Schema (2020-12) of a message from its table."""

from typing import Any, Final

from filings.messages.catalogue import Element, Message
from filings.messages.formats import Format

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def json_schema(message: Message) -> dict[str, Any]:
    """Return the schema of {"IE3F26": {…}}, the JSON form of a message."""
    return {
        "$schema": DIALECT,
        "$id": f"{message.namespace}:{message.version}:{message.id}",
        "title": message.title,
        "description": message.description,
        "type": "object",
        "properties": {message.id: of_element(message.root)},
        "required": [message.id],
        "additionalProperties": False,
    }


def of_element(element: Element) -> dict[str, Any]:
    """Return the schema of an element and of everything below it."""
    if element.format:
        schema = _text(element.format, element)
    else:
        schema = {
            "type": "object",
            "properties": {child.name: of_element(child) for child in element.children},
            "required": [child.name for child in element.children if child.min],
            "additionalProperties": False,
        }
        if element.all_optional:
            schema["minProperties"] = 1
    if element.repeats:
        schema = {"type": "array", "items": schema, "minItems": max(1, element.min), "maxItems": element.max}
    return {"title": element.title, **schema}


def _text(format_: Format, element: Element) -> dict[str, Any]:
    if element.codes:
        return {"type": "string", "enum": [code.code for code in element.codes.codes]}
    # Some readers let $ match before a final line break; the look-ahead forbids it.
    schema: dict[str, Any] = {"type": "string", "pattern": f"^(?:{format_.pattern})$(?!\\n)"}
    if format_.kind == "date":
        return {**schema, "format": "date-time"}
    if format_.kind == "text":
        return {**schema, "minLength": format_.min_length, "maxLength": format_.max_length}
    return schema

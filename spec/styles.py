"""What the texts of parameters and forms stand for: scalars, lists and objects, in every style.

A text that cannot be of the type that the document asks for stays a text, so that the schema
refuses it. Nothing here judges.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from spec.contract import ABSENT, Absent, Parameter, Written
from spec.document import Json

Texts: TypeAlias = Mapping[str, Sequence[str]]
"""The texts that were sent, under the names that they were sent under."""

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_NUMBER_LIKE = re.compile(r"\s*[-+]?(?:[0-9_]+\.?[0-9_]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?\s*")
_MOST_DIGITS = 300
_SEPARATORS = {"spaceDelimited": " ", "pipeDelimited": "|"}
_BRACKETS = re.compile(r"\[([^\[\]]*)\]")


def scalar(kind: str, text: str) -> tuple[Json, bool]:
    """Return the value that a parameter's text stands for, and whether its spelling is in doubt.

    A text that cannot be of that type stays a string, so that the schema refuses it.
    """
    if kind == "boolean":
        return {"true": True, "false": False}.get(text, text), text.lower() in {
            "0",
            "1",
            "on",
            "off",
        }
    if kind not in {"integer", "number"}:
        return text, False
    if len(text) > _MOST_DIGITS:
        return text, bool(_NUMBER_LIKE.fullmatch(text))
    if _INTEGER.fullmatch(text):
        return int(text), False
    if _NUMBER.fullmatch(text):
        number = float(text)
        if math.isinf(number):
            return text, True
        if kind == "integer" and number.is_integer():
            # "2.0" is the integer 2 to JSON Schema; "2e0" divides implementations.
            return int(number), "e" in text.lower()
        return number, False
    return text, bool(_NUMBER_LIKE.fullmatch(text))


def separator(style: str) -> str:
    """Return what stands between the members of a list that is one text."""
    return _SEPARATORS.get(style, ",")


# -- objects and unusual lists as parameters ------------------------------------------------------


def composed(parameter: Parameter, sent: Texts) -> Json | Absent:
    """Return the value of a parameter that is more than a scalar or a plain list of them.

    ABSENT when it was not sent.
    """
    if parameter.style == "json":
        texts = sent.get(parameter.name)
        return of_json(texts[0]) if texts else ABSENT
    if parameter.style == "deepObject":
        found = {name: texts for name, texts in sent.items() if _head(name) == parameter.name}
        nested = unfolded(found).get(parameter.name, ABSENT)
        return ABSENT if nested is ABSENT else read(parameter.written, nested)
    if parameter.many:
        texts = sent.get(parameter.name)
        return ABSENT if texts is None else _list(parameter, texts[0])
    if parameter.explode and parameter.style == "form":
        names = parameter.written.members if parameter.written else {}
        members = {name: sent[name] for name in names if name in sent}
        return (
            read(parameter.written, {k: v[-1] for k, v in members.items()}) if members else ABSENT
        )
    texts = sent.get(parameter.name)
    return ABSENT if texts is None else _object(parameter, texts[0])


def _head(name: str) -> str:
    return name.partition("[")[0] if name.endswith("]") else ""


def of_json(text: str) -> Json:
    """Return the JSON value of a text, the text itself when it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _list(parameter: Parameter, text: str) -> Json:
    return read(parameter.written, _members(parameter, text)) if text else []


def _members(parameter: Parameter, text: str) -> list[str]:
    """Return the parts of one text that stand for the parts of a value."""
    mark = {"label": ".", "matrix": ";"}.get(parameter.style, "")
    text = text.removeprefix(mark)
    if parameter.style == "matrix":
        prefix = f"{parameter.name}="
        if parameter.explode:
            return [one.removeprefix(prefix) for one in text.split(";")]
        return text.removeprefix(prefix).split(",")
    exploded_label = parameter.style == "label" and parameter.explode
    return text.split("." if exploded_label else separator(parameter.style))


def _object(parameter: Parameter, text: str) -> Json:
    parts = _members(parameter, text) if text else []
    if parameter.explode:
        pairs = [one.partition("=")[::2] for one in parts]
    else:
        pairs = list(zip(parts[::2], parts[1::2], strict=False))
    return read(parameter.written, dict(pairs))


# -- forms ----------------------------------------------------------------------------------------


def unfolded(sent: Texts) -> dict[str, Json]:
    """Return texts with names such as `a[b][c]` and `a[]` as an object of objects and lists."""
    result: dict[str, Json] = {}
    for name, texts in sent.items():
        head = _head(name)
        steps = _BRACKETS.findall(name[len(head) :]) if head else []
        if not head or "".join(f"[{one}]" for one in steps) != name[len(head) :]:
            result[name] = texts[0] if len(texts) == 1 else list(texts)
            continue
        for text in texts:
            _lay(result, [head, *steps], text)
    return {name: _listed(value) for name, value in result.items()}


def _lay(place: dict[str, Json], steps: Sequence[str], text: str) -> None:
    for number, step in enumerate(steps):
        # An empty pair of brackets stands for the next member of a list.
        key = step or str(len(place))
        if number == len(steps) - 1:
            place[key] = text
            return
        inner = place.setdefault(key, {})
        if not isinstance(inner, dict):
            inner = place[key] = {}
        place = inner


def _listed(value: Json) -> Json:
    """Return a value in which objects whose keys count from 0 are lists."""
    if not isinstance(value, dict):
        return value
    inner = {name: _listed(one) for name, one in value.items()}
    counted = [str(number) for number in range(len(inner))]
    return list(inner.values()) if inner and [*inner] == counted else inner


def read(written: Written | None, given: Json) -> Json:
    """Return what texts stand for, as a schema types them."""
    if written is None:
        return given
    if isinstance(given, dict):
        return {name: read(written.members.get(name), one) for name, one in given.items()}
    if written.kind == "array":
        items: Iterable[Json] = given if isinstance(given, list) else [given]
        return [read(written.items, one) for one in items]
    if isinstance(given, list):
        return [read(written, one) for one in given]
    if written.kind == "object":
        return of_json(given) if isinstance(given, str) else given
    return scalar(written.kind, given)[0] if isinstance(given, str) else given

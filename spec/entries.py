"""Entries of a part: what an upsert leaves, and what an answer shows of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from spec.contract import Part, Record
from spec.document import Json

States = dict[str, Json]


def definitions(
    part: Part, items: Iterable[Json], known: Sequence[Record]
) -> list[dict[str, Json]]:
    """Return the definitions that an upsert makes, all but what the server makes of them."""
    names = {part.folded(one.get(part.named)) for one in known}
    made: list[dict[str, Json]] = []
    for item in _given(part, items):
        name = part.folded(item[part.named])
        value = item.get(part.value)
        if name in names or value is None:
            continue
        names.add(name)
        definition = {key: _named(inner, item[part.named]) for key, inner in part.initial.items()}
        made.append({**definition, part.named: item[part.named], part.typed: part.type_of(value)})
    return made


def _named(value: Json, name: Json) -> Json:
    return name if value == "{name}" else value


def _given(part: Part, items: Iterable[Json]) -> Iterable[Mapping[str, Json]]:
    return (one for one in items if isinstance(one, Mapping) and part.named in one)


def values(part: Part, items: Iterable[Json]) -> dict[str, Json]:
    """Return the value that an upsert gives to each entry, by folded name; the last one counts."""
    return {part.folded(one[part.named]): one.get(part.value) for one in _given(part, items)}


def upserted(part: Part, states: Mapping[str, Json], items: Iterable[Json], now: Json) -> States:
    """Return the states after an upsert; null unsets, what is not named stays as it is."""
    result = dict(states)
    for name, value in values(part, items).items():
        before = result.pop(name, None)
        if value is None:
            continue
        stamps = {
            field: before[field] if before and how == "created" else now
            for field, how in part.stamps.items()
        }
        result[name] = {part.value: value, **stamps}
    return result


def rows(
    part: Part, known: Iterable[Record], shown: Mapping[str, Sequence[str]], states: Record
) -> list[dict[str, Json]]:
    """Return what an answer shows: every definition, with the state of its entry or null.

    `shown` are the definition's fields that an answer shows, under `definition`.
    """
    return [
        {
            part.shows_definition: {n: one.get(n) for n in shown["definition"] if n in one},
            part.shows_state: states.get(part.folded(one.get(part.named))),
        }
        for one in known
    ]


def read(part: Part, found: Sequence[Json]) -> dict[str, tuple[Json, Json]]:
    """Return what an answer's rows show, by folded name: the definition and the value.

    The value of an entry that is not set is null.
    """
    result: dict[str, tuple[Json, Json]] = {}
    for row in found:
        definition = row.get(part.shows_definition) if isinstance(row, Mapping) else None
        if isinstance(definition, Mapping) and part.named in definition:
            state = row.get(part.shows_state)
            value = state.get(part.value) if isinstance(state, Mapping) else None
            result[part.folded(definition[part.named])] = (definition, value)
    return result

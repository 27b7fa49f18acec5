"""What holds without a catalogue of problems: what HTTP says, and what it means to make and delete.

Where no problem of the vocabulary stands for a refusal (`Operation.unsaid`), a server may refuse
as it likes. What is judged here is only whether it may answer as it did at all: no credential opens
a secured operation, what was made is found and what was deleted is not, nothing crashes. Where a
server may have its reasons, nothing is said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import unquote, urlsplit

from contracts.oracle import laws
from contracts.oracle.contradictions import Contradiction
from contracts.oracle.knowledge import Knowledge, Known
from contracts.oracle.rows import documented_row, row_of
from contracts.oracle.seen import Seen
from contracts.oracle.viewers import viewer
from spec import SUCCESS, Contract, Operation, records, refusals

_CRASH = 500
_LOOKING = frozenset({"GET", "PATCH"})
"""The methods that need what they address: PUT may make it, and DELETE be content without it."""


def contradiction(seen: Seen, knowledge: Knowledge) -> Contradiction | None:
    """Return what an answer contradicts though no problem of the vocabulary speaks of it."""
    return (
        _crashed(seen)
        or _let_in(seen, knowledge)
        or _not_gone(seen, knowledge)
        or _not_found(seen, knowledge)
        or _led_astray(seen)
    )


def rows(seen: Seen, knowledge: Knowledge) -> set[str]:
    """Return the rows that an answer proves which nothing was found wrong with."""
    operation, status = seen.operation, seen.answer.status
    proven = set()
    row = documented_row(seen.contract, operation, status)
    if row is not None and seen.outcome in {None, SUCCESS}:
        proven.add(row)
    if _is_open_door(seen, knowledge) and refusals.says(status, "credential"):
        proven.add(f"{operation.id}: {laws.CREDENTIAL}")
    known = _addressed(seen, knowledge)
    if seen.outcome == SUCCESS and known is not None and _is_own(seen, known):
        proven.add(f"{operation.id}: {laws.FOUND}")
    if known is None and _is_nobodys(seen) and refusals.says(status, "record"):
        law = laws.TENANTS if _is_elsewhere(seen, knowledge) else laws.MISSING
        proven.add(f"{operation.id}: {law}")
    if seen.outcome == SUCCESS and _located(seen) is not None:
        proven.add(f"{operation.id}: {laws.LOCATION}")
    return proven


def _broken(
    seen: Seen, law: str, cause: tuple[str, str, str], said: str, expected: str, got: str = ""
) -> Contradiction:
    """Return what breaks a law; `said` is what the operation does wrong."""
    operation = seen.operation
    return Contradiction(
        cause=cause,
        row=f"{operation.id}: {law}",
        operation=operation.id,
        sentence=f"{operation.id} {said}.",
        expected=expected,
        got=got or seen.got,
        place=operation.effect.place if operation.effect else operation.place,
    )


def _kind(seen: Seen) -> str:
    return seen.operation.effect.kind if seen.operation.effect else ""


# -- who is let in --------------------------------------------------------------------------------


def _crashed(seen: Seen) -> Contradiction | None:
    """Return that the server failed: `default` documents refusals, not that it falls over."""
    operation = seen.operation
    if seen.answer.status != _CRASH or {"500", "5XX"} & operation.responses.keys():
        return None
    row = documented_row(seen.contract, operation, _CRASH)
    return Contradiction(
        cause=("crash", operation.id, ""),
        row=row or row_of(operation, SUCCESS, seen.contract),
        operation=operation.id,
        sentence=f"{operation.id} fails with 500 Internal Server Error.",
        expected="any answer but a failure of the server",
        got=seen.got,
        place=operation.place,
    )


def _is_open_door(seen: Seen, knowledge: Knowledge) -> bool:
    """Tell whether the call carries no valid credential, where one is due and there are some."""
    return (
        "credential" in seen.operation.unsaid
        and bool(knowledge.profile.credentials)
        and knowledge.principal(seen.call.credential) is None
    )


def _let_in(seen: Seen, knowledge: Knowledge) -> Contradiction | None:
    if seen.outcome != SUCCESS or not _is_open_door(seen, knowledge):
        return None
    nobodys = "with a credential that nobody has"
    what = "without a credential" if seen.call.credential is None else nobodys
    said = f"lets in a call {what}, though the document secures it"
    found = _broken(seen, laws.CREDENTIAL, ("law", laws.CREDENTIAL, ""), said, "401 or 403")
    return replace(found, place=seen.operation.place)


# -- what is there --------------------------------------------------------------------------------


def _addressed(seen: Seen, knowledge: Knowledge) -> Known | None:
    """Return the record, dead or alive, that the call's key stands for."""
    effect, context = seen.operation.effect, seen.judgement.context
    if effect is None or context.resource_key is None:
        return None
    return knowledge.known(effect.kind, context.resource_key, viewer(effect.kind, context))


def _is_nobodys(seen: Seen) -> bool:
    """Tell whether a call looks up a record that surely is not there."""
    effect, context = seen.operation.effect, seen.judgement.context
    return (
        effect is not None
        and "record" in seen.operation.unsaid
        and context.resource_key is not None
        and context.resource is None
    )


def _is_elsewhere(seen: Seen, knowledge: Knowledge) -> bool:
    """Tell whether a key that is nobody's here is that of a record under another path."""
    key = seen.judgement.context.resource_key
    return any(one.key == key and one.alive for one in knowledge.of_kind(_kind(seen)))


def _not_gone(seen: Seen, knowledge: Knowledge) -> Contradiction | None:
    if seen.outcome != SUCCESS or not _is_nobodys(seen) or seen.operation.method not in _LOOKING:
        return None
    known = _addressed(seen, knowledge)
    if _is_elsewhere(seen, knowledge):
        return None  # that it is to be read under its own path alone, only a vocabulary can say
    shown = records(seen.contract, seen.operation, seen.body)
    if known is not None and any(knowledge.marks_deleted(known, one) for one in shown):
        return None
    # Who finds what never was finds what is gone as well: that is one defect.
    suspects = (laws.GONE, "") if known else (seen.operation.id, laws.GONE)
    why = "was deleted before" if known else "never existed"
    key = seen.judgement.context.resource_key
    return _broken(
        seen,
        laws.GONE if known else laws.MISSING,
        (f"law {laws.GONE}", *suspects),
        f"answers {seen.got} for the {_kind(seen)} {key}, which {why}",
        "404 or 410",
    )


def _is_own(seen: Seen, known: Known) -> bool:
    """Tell whether a plain read asks for a live record that the same caller has made."""
    effect, context = seen.operation.effect, seen.judgement.context
    return (
        effect is not None
        and effect.action == "read"
        and "record" in seen.operation.unsaid
        and isinstance(context.resource, Mapping)
        and known.alive
        and known.made_here
        and known.maker == seen.call.credential
        and not seen.call.query
        and not seen.call.violations
    )


def _not_found(seen: Seen, knowledge: Knowledge) -> Contradiction | None:
    known = _addressed(seen, knowledge)
    missed = refusals.says(seen.answer.status, "record")
    if known is None or not missed or not _is_own(seen, known):
        return None
    return _broken(
        seen,
        laws.FOUND,
        (f"law {laws.FOUND}", seen.operation.id, ""),
        f"answers {seen.got} for the {known.kind} {known.key}, which was made before and not"
        " deleted",
        "the record",
    )


# -- where it is ----------------------------------------------------------------------------------


def _located(seen: Seen) -> tuple[str, str] | None:
    """Return the key in the `Location` of a creation, and the key of what was made.

    None where it leads to something that the document does not speak of.
    """
    effect, location = seen.operation.effect, seen.answer.header("location")
    if effect is None or effect.action != "create" or effect.many or not location:
        return None
    made = records(seen.contract, seen.operation, seen.body)
    reader = _reader(seen.contract, effect.kind)
    if len(made) != 1 or reader is None:
        return None
    ending = re.sub(r"\\\{[^/]+\\\}", "([^/]+)", re.escape(reader.path)) + "/?$"
    found = re.search(ending, urlsplit(location).path)
    if found is None:
        return None
    return unquote(found.groups()[-1]), seen.contract.resources[effect.kind].key_of(made[0])


def _reader(contract: Contract, kind: str) -> Operation | None:
    """Return the operation that reads a record of a kind under a path that ends with its key."""
    for operation in contract.doing(kind, "read"):
        key = operation.effect.key if operation.effect else None
        if key and operation.path.endswith(f"{{{key[-1]}}}"):
            return operation
    return None


def _led_astray(seen: Seen) -> Contradiction | None:
    found = _located(seen) if seen.answer.status == 201 else None
    if found is None or found[0] == found[1]:
        return None
    return _broken(
        seen,
        laws.LOCATION,
        (f"law {laws.LOCATION}", seen.operation.id, ""),
        f"has made the {_kind(seen)} {found[1]}, and its Location leads to {found[0]}",
        f"a Location that ends with {found[1]}",
        f"Location: {seen.answer.header('location')}",
    )

"""References: the facts by which a request names a record of another kind."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.reach.drafts import Made
from contracts.reach.scenarios import colleagues, known_to
from contracts.sequences.subject import Subject
from contracts.steps import Template
from contracts.walk import Unreached, Walk
from spec import Exists, Operation

_IN_REQUEST = ("item", "request")


def references(operation: Operation, kind: str) -> Iterator[Exists]:
    """Yield the facts by which a request about a kind names a record of another one."""
    for fact in operation.facts.values():
        if not isinstance(fact, Exists) or fact.kind == kind:
            continue
        if any(path[0] in _IN_REQUEST for path in fact.where.values()):
            yield fact


def referred(
    subject: Subject, walk: Walk, fact: Exists, made_for: str | None = None
) -> dict[str, Template]:
    """Return request fields that name a live record which makes a fact true.

    Raises: Unreached: none is known to the colleagues of the credential `made_for`.
    """
    for found in candidates(subject, walk, fact, made_for):
        return found
    raise Unreached(f"the profile knows no {fact.kind} for the fact {fact.name}")


def candidates(
    subject: Subject, walk: Walk, fact: Exists, made_for: str | None = None
) -> Iterator[dict[str, Template]]:
    """Yield request fields that name one live record after another which makes a fact true."""
    resource = subject.contract.resources[fact.kind]
    seen: list[dict[str, Template]] = []
    for made in known_to(walk, resource, colleagues(walk, resource, made_for)):
        named = _named(walk, fact, made) if _fits(fact, made) else None
        if named is not None and named not in seen:
            seen.append(named)
            yield named


def _fits(fact: Exists, made: Made) -> bool:
    return all(made.known.fields.get(name) == value for name, value in fact.constants.items())


def _named(walk: Walk, fact: Exists, made: Made) -> dict[str, Template]:
    return {
        path[-1]: made.value(walk, field)
        for field, path in fact.where.items()
        if path[0] in _IN_REQUEST
    }

"""A contradiction between a target and the document, made worth reading.

A finding carries its identity (the same defect found in a hundred ways is one finding), the row of
the ledger it contradicts, the line of the document, and the steps that show it from a fresh start.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce

from contracts.oracle.contradictions import Contradiction
from contracts.steps import Exchange, Step
from spec import Json


@dataclass(frozen=True)
class Finding:
    """One defect of a target, with its shortest known sequence of steps."""

    contradiction: Contradiction
    steps: tuple[Step, ...]
    exchanges: tuple[Exchange, ...]
    scenario: str
    operations: frozenset[str]
    seen: int = 1
    reproduced: bool | None = None
    again: tuple[Exchange, ...] = ()
    """What came when the same steps were sent again and did not show it: the finding is flaky."""
    extra_requests: int = 0
    spent: bool = False
    """Whether showing it used up a record of the target's own, so that it cannot be shown again."""
    notes: Sequence[str] = ()
    strange: tuple[str, str] | None = None
    """The operation that looks at a field which it has not, and the field, where the shortest
    sequence ends in sending one such field."""

    @property
    def id(self) -> str:
        """A short stable name for the cause, the same in every run."""
        digest = hashlib.sha256("\0".join(self.contradiction.cause).encode()).hexdigest()
        return f"F-{digest[:8]}"

    @property
    def law(self) -> str:
        """The name of the law that is broken, an empty text for findings of another kind."""
        return self.contradiction.row.partition(": ")[2]


@dataclass
class Findings:
    """The findings of a run by cause, in the order in which they were first seen."""

    _by_cause: dict[tuple[str, str, str], Finding] = field(default_factory=dict)

    def add(self, finding: Finding) -> bool:
        """Take a finding in; tell whether its cause is new."""
        cause = finding.contradiction.cause
        known = self._by_cause.get(cause)
        self._by_cause[cause] = _merged(known, finding) if known else finding
        return known is None

    def group(self) -> dict[str, str]:
        """Merge the findings that one suspect explains; return the new id of each old one."""
        groups: list[list[Finding]] = []
        for category in dict.fromkeys(cause[0] for cause in self._by_cause):
            seen = {c: f for c, f in self._by_cause.items() if c[0] == category}
            groups += [[seen[cause] for cause in group] for group in _covered(list(seen))]
        return self._merge(groups)

    def unite(self) -> dict[str, str]:
        """Merge the findings that are one when they are short; return the new id of each old one.

        They send the same strange field, which may be stored, make an empty change look full, or be
        refused; or they say the same.
        """
        first = self._merge(_alike(self, lambda one: one.strange))
        then = self._merge(_alike(self, lambda one: one.contradiction.sentence))
        return {old: then[new] for old, new in first.items()}

    def _merge(self, groups: Sequence[Sequence[Finding]]) -> dict[str, str]:
        """Keep one finding for each group, in their order; return the new id of each old one."""
        order = list(self)
        self._by_cause = {}
        renamed: dict[str, str] = {}
        for group in sorted(groups, key=lambda group: order.index(group[0])):
            merged = reduce(_merged, group)
            self._by_cause[merged.contradiction.cause] = merged
            renamed.update({one.id: merged.id for one in group})
        return renamed

    def replace(self, finding: Finding) -> None:
        """Put a finding in the place of the one with the same cause."""
        self._by_cause[finding.contradiction.cause] = finding

    def __iter__(self) -> Iterator[Finding]:
        return iter(list(self._by_cause.values()))

    def __len__(self) -> int:
        return len(self._by_cause)


NOBODY = ("", "success")
"""What stands in a cause where there is no suspect."""


def _alike(findings: Iterable[Finding], mark: Callable[[Finding], object]) -> list[list[Finding]]:
    """Return the findings in groups of those that bear the same mark; who bears none is alone."""
    groups: dict[object, list[Finding]] = {}
    for one in findings:
        groups.setdefault(mark(one) or one.contradiction.cause, []).append(one)
    return list(groups.values())


def _covered(causes: list[tuple[str, str, str]]) -> Iterator[list[tuple[str, str, str]]]:
    """Yield groups of causes that share a suspect, the suspect that explains most first.

    A cause with one suspect only is explained by that one, so its suspect is tried before others.
    """
    left = list(causes)
    while left:
        sure = [one[1] for one in left if one[2] in NOBODY and one[1] not in NOBODY]
        suspects = sure or [s for one in left for s in one[1:] if s not in NOBODY]
        if not suspects:
            yield left
            return
        best = max(suspects, key=lambda suspect: sum(suspect in one[1:] for one in left))
        yield [one for one in left if best in one[1:]]
        left = [one for one in left if best not in one[1:]]


def _merged(known: Finding, other: Finding) -> Finding:
    sentences = [known.contradiction.sentence, other.contradiction.sentence]
    if other.contradiction.slip and other.operations <= known.operations:
        # The same text in the same operation, of another moment perhaps.
        del sentences[1]
    notes = tuple(dict.fromkeys([*known.notes, *other.notes, *sentences]))
    shorter = other if _size(other) < _size(known) else known
    return replace(
        shorter,
        operations=known.operations | other.operations,
        seen=known.seen + other.seen,
        notes=tuple(one for one in notes if one != shorter.contradiction.sentence),
    )


def _size(finding: Finding) -> tuple[bool, bool, int]:
    """Order findings by how plainly they show the defect: accepted calls first, then length."""
    return (
        finding.spent,
        finding.contradiction.cause[2] not in NOBODY,
        len(finding.steps),
    )


def as_json(finding: Finding, secrets: Mapping[str, str]) -> Json:
    """Return a finding as plain values without a secret in them."""
    one = finding.contradiction
    return {
        "id": finding.id,
        "cause": list(one.cause),
        "row": one.row,
        "operation": one.operation,
        "operations": sorted(finding.operations),
        "sentence": one.sentence,
        "expected": one.expected,
        "got": one.got,
        "document": one.place.plain,
        "scenario": finding.scenario,
        "seen": finding.seen,
        "reproduced": finding.reproduced,
        "also": list(finding.notes),
        "steps": [step.as_json() for step in finding.steps],
        "exchanges": [exchange.as_json(secrets) for exchange in finding.exchanges],
        "again": [exchange.as_json(secrets) for exchange in finding.again],
        "extraRequests": finding.extra_requests,
    }

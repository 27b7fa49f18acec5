"""What was found in a document: remarks, proofs, and the line that sums them up."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

from spec.contract import Operation, Rule
from spec.document import Place

Severity: TypeAlias = Literal["error", "warning", "note"]
Outcome: TypeAlias = Literal["reachable", "fault", "shadowed", "unreachable", "undecided"]


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing to say about a document: where, how bad, what, and what to do."""

    severity: Severity
    rule: str
    place: Place
    sentence: str
    advice: str = ""

    @property
    def where(self) -> str:
        """File, line and column, as editors and CI services find them in what a linter prints."""
        return f"{self.place.file}:{self.place.line}:{self.place.column}"

    @property
    def text(self) -> str:
        """The sentence, the advice, and the rule's name."""
        advice = f" {self.advice}" if self.advice else ""
        return f"{self.sentence}.{advice} [{self.rule}]"

    def __str__(self) -> str:
        return f"{self.where}: {self.severity}: {self.text}"


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether some call reaches a rule; if not, which rules come before it."""

    operation: Operation
    rule: Rule
    outcome: Outcome
    before: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """All that was found in one document."""

    remarks: tuple[Remark, ...]
    proofs: tuple[Proof, ...] = ()
    operations: int = 0

    @property
    def failed(self) -> bool:
        """Whether a remark is an error."""
        return any(one.severity == "error" for one in self.remarks)

    @cached_property
    def summary(self) -> str:
        """The line that ends a report."""
        found = Counter(one.outcome for one in self.proofs)
        told = Counter(one.severity for one in self.remarks)
        undecided = f", {found['undecided']} undecided" if found["undecided"] else ""
        return (
            f"{_counted(self.operations, 'operation')}, {_counted(len(self.proofs), 'rule')}: "
            f"{found['reachable']} reachable, {found['fault']} by fault only, "
            f"{found['shadowed']} shadowed, {found['unreachable']} unreachable{undecided}; "
            f"{_counted(told['error'], 'error')}, {_counted(told['warning'], 'warning')}, "
            f"{_counted(told['note'], 'note')}"
        )


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"

"""Mutants of the mock: each has one bug that a real implementation may have.

They are derived from any document and its vocabulary, to measure how many of them a conformance
suite finds. Nobody here knows how any suite makes its requests.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Unpack, overload

from mockserver.app import Mock
from mockserver.mutants.mutant import GROUPS, Choices, Draft, Ground, Group, Mutant
from mockserver.mutants.operators import operators
from mockserver.mutants.sampling import sampled
from spec import Contract

__all__ = ["GROUPS", "Group", "Mutant", "Mutants", "mutants", "operators"]


@dataclass(frozen=True)
class Mutants(Sequence[Mutant]):
    """The mutants of a document, in the order of their groups.

    `left_out` counts those that were not made, by group, kind and operation.
    """

    ground: Ground
    chosen: tuple[Mutant, ...]
    left_out: Mapping[tuple[Group, str, str], int]

    def mock(self, **choices: Unpack[Choices]) -> Mock:
        """Return what they are mutants of: the mock itself, which answers as the document says.

        It also answers where the document declares no effect, with some answer that fits.
        """
        return self.ground.app(lambda site: site, **choices)

    @overload
    def __getitem__(self, index: int) -> Mutant: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Mutant]: ...
    def __getitem__(self, index: int | slice) -> Mutant | Sequence[Mutant]:
        return self.chosen[index]

    def __len__(self) -> int:
        return len(self.chosen)


def mutants(contract: Contract, *, every: bool = False) -> Mutants:
    """Return the mutants of a document: of each kind some in each operation, or all of them."""
    ground = Ground(contract)
    chosen: list[Mutant] = []
    left_out: dict[tuple[Group, str, str], int] = {}
    for operator in operators():
        drafts = list(operator.derive(contract))
        taken = drafts if every else sampled(operator, drafts)
        chosen.extend(Mutant.of(operator, one, ground) for one in _named_apart(taken, chosen))
        rest = Counter(one.operation for one in drafts)
        rest.subtract(one.operation for one in taken)
        left_out.update({(operator.group, operator.kind, name): n for name, n in rest.items() if n})
    return Mutants(ground, tuple(chosen), left_out)


def _named_apart(drafts: Iterable[Draft], others: Iterable[Mutant]) -> Iterator[Draft]:
    """Yield drafts with names of their own: a second one of a name is numbered."""
    seen = Counter(one.name for one in others)
    for one in drafts:
        seen[one.name] += 1
        number = seen[one.name]
        yield one if number == 1 else replace(one, name=f"{one.name} ({number})")

"""What several findings come from: a defect that no single answer shows, told before the findings.

A server that keeps nothing contradicts many rows at once, each truly, and each says little alone.
A root is only told where nothing speaks against it: where not one row was proven that needs what
the target is said to lack. The findings stay what they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from contracts.oracle import laws
from contracts.run.findings import Finding
from contracts.run.ledger import State
from contracts.run.results import Report
from spec import SUCCESS, Contract, Exists, Found, Rule, listed

_MEMORY = frozenset({laws.READ_YOUR_WRITES, laws.UNTOUCHED, laws.GONE, laws.KEYS, laws.MOVES})
"""Laws that a target cannot keep without records."""
_SEVERAL = 2


@dataclass(frozen=True, slots=True)
class Root:
    """What some findings have in common, the one that shows it best first."""

    sentence: str
    findings: tuple[str, ...]


def roots(report: Report) -> list[Root]:
    """Return what lies behind the findings of a run, each root with two of them at least.

    A finding belongs to one root, the first that explains it.
    """
    found: list[Root] = []
    for root in (_forgetful(report), _deaf(report), _indifferent(report)):
        taken = {one for known in found for one in known.findings}
        left = tuple(one for one in (root.findings if root else ()) if one not in taken)
        if root is not None and len(left) >= _SEVERAL:
            found.append(Root(root.sentence, left))
    return found


# -- no records -----------------------------------------------------------------------------------


def _forgetful(report: Report) -> Root | None:
    """Return that the target keeps no records, of the kinds of which that is to be seen."""
    kinds = {kind for kind in report.contract.resources if not _remembered(report, kind)}

    def those(wanted: Callable[[Contract, Finding], bool]) -> list[Finding]:
        concerned = [one for one in report.findings if _kind(report.contract, one) in kinds]
        return [one for one in concerned if wanted(report.contract, one)]

    altered, ghosts, lost = those(_altered), those(_ghost), those(_lost)
    sure = {_kind(report.contract, one) for one in altered}
    sure &= {_kind(report.contract, one) for one in (*ghosts, *lost)}
    if not sure and not any(_invented(report.contract, one) for one in ghosts):
        return None
    dangling = those(_dangling)
    return _root(
        "It seems to keep no records",
        {
            "what is sent comes back otherwise": altered,
            "records that nobody has made are found": ghosts,
            "other records are shown than were made or asked for": lost,
            "nothing is looked up among other records": dangling,
        },
    )


def _remembered(report: Report, kind: str) -> bool:
    """Tell whether a row was proven that needs a record of the kind to be kept."""
    return any(
        row.state is State.PROVEN and row.kind == "law" and row.id.partition(": ")[2] in _MEMORY
        for row in report.ledger
        if _kind_of(report.contract, row.operation) == kind
    )


def _kind(contract: Contract, finding: Finding) -> str:
    return _kind_of(contract, finding.contradiction.operation)


def _kind_of(contract: Contract, operation: str) -> str:
    effect = contract.operations[operation].effect
    return effect.kind if effect else ""


def _altered(contract: Contract, finding: Finding) -> bool:
    return finding.law == laws.READ_YOUR_WRITES


def _lost(contract: Contract, finding: Finding) -> bool:
    return finding.law in {laws.ADDRESSED, laws.GONE, laws.COMPLETE, laws.KEYS}


def _ghost(contract: Contract, finding: Finding) -> bool:
    """Tell whether a call was let through on a record that is not there."""
    return any(
        one.path == ("resource",) for rule in _passed(contract, finding) for one in rule.when
    )


def _invented(contract: Contract, finding: Finding) -> bool:
    """Tell whether a record that is not there can be read, and changed as well."""
    return len({contract.operations[one].writes for one in finding.operations}) == _SEVERAL


def _dangling(contract: Contract, finding: Finding) -> bool:
    """Tell whether a call was let through that speaks of a record that is not there."""
    facts = contract.operations[finding.contradiction.operation].facts
    return any(
        one.path[0] == "facts" and isinstance(facts.get(one.path[1]), Exists | Found)
        for rule in _passed(contract, finding)
        for one in rule.when
    )


def _passed(contract: Contract, finding: Finding) -> Iterator[Rule]:
    """Yield the rule that should have refused what was accepted."""
    category, rule, got = finding.contradiction.cause
    operation = contract.operations[finding.contradiction.operation]
    if (category, got) == ("refusal", SUCCESS):
        yield from (one for one in operation.rules if one.id == rule)


# -- lists ----------------------------------------------------------------------------------------


def _deaf(report: Report) -> Root | None:
    """Return that lists do not heed their parameters, those of which that is to be seen."""
    lists = {one.id for one in report.contract.operations.values() if one.listing}
    deaf = {name for name in lists if not _heeding(report, name)}
    parts = {
        what: [one for one in report.findings if _breaks(one, words) and one.operations <= deaf]
        for what, words in _LISTING.items()
    }
    if sum(bool(some) for some in parts.values()) < _SEVERAL:
        return None
    return _root("Lists seem to be the same whatever is asked for", parts)


_LISTING = {
    "what does not match a filter is shown": ("list-filter-",),
    "the wanted order is not kept": ("list-sort-",),
    "pages have another size or beginning": (laws.PAGES, laws.COUNTERS),
    "the other form is given": (laws.FORM,),
}
"""The parameters of lists, by the beginnings of the laws on them."""


def _heeding(report: Report, operation: str) -> bool:
    """Tell whether a row was proven that needs a list to heed a parameter."""
    words = tuple(word for some in _LISTING.values() for word in some)
    return any(
        row.state is State.PROVEN and row.id.startswith(tuple(f"{operation}: {w}" for w in words))
        for row in report.ledger
    )


def _breaks(finding: Finding, words: tuple[str, ...]) -> bool:
    return finding.law.startswith(words)


# -- credentials ----------------------------------------------------------------------------------


def _indifferent(report: Report) -> Root | None:
    """Return that it makes no difference who calls: nobody is turned away, and all may do all."""
    strangers = [one for one in report.findings if _let_in(report.contract, one)]
    lesser = [one for one in report.findings if _allowed(report.contract, one)]
    if not strangers or not lesser:
        return None
    return _root(
        "It seems to make no difference who calls",
        {
            "credentials of nobody are let in": strangers,
            "and so are those that may not": lesser,
            "the same records are shown to all": [
                one for one in report.findings if one.law == laws.TENANTS
            ],
        },
    )


def _let_in(contract: Contract, finding: Finding) -> bool:
    category, label, got = finding.contradiction.cause
    stage = contract.stage("authentication")
    return stage is not None and (category, label, got) == ("refusal", stage.problem, SUCCESS)


def _allowed(contract: Contract, finding: Finding) -> bool:
    return any(
        one.path[0] == "principal" for rule in _passed(contract, finding) for one in rule.when
    )


def _root(sentence: str, parts: Mapping[str, Sequence[Finding]]) -> Root:
    told = [f"{what} ({_who(some)})" for what, some in parts.items() if some]
    ids = dict.fromkeys(one.id for some in parts.values() for one in some)
    return Root(f"{sentence}: {'; '.join(told)}.", tuple(ids))


def _who(findings: Sequence[Finding]) -> str:
    return listed(sorted({name for one in findings for name in one.operations}))

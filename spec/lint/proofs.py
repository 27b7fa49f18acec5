"""What can be proved about rules: which are reached, which shadowed, where the answer is open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations

from spec import regions
from spec.contract import Contract, Operation, Rule
from spec.exceptions import listed
from spec.lint.report import Outcome, Proof, Remark, Severity


def prove(contract: Contract) -> Iterator[Proof]:
    """Yield one proof for each rule of each operation."""
    for operation in contract.operations.values():
        for rule in operation.rules:
            yield _proof(contract, operation, rule)


def _proof(contract: Contract, operation: Operation, rule: Rule) -> Proof:
    if rule.fault:
        return Proof(operation, rule, "fault")
    if rule.stage == "shape":
        # It speaks of calls that do not pass the stage: what it says is all there is to prove.
        met = regions.satisfiable(regions.condition(contract, rule))
        told: Mapping[bool | None, Outcome] = {True: "reachable", False: "unreachable"}
        return Proof(operation, rule, told.get(met, "undecided"))
    region = regions.region(contract, operation, rule)
    if region.satisfiable:
        return Proof(operation, rule, "reachable")
    alone = regions.meeting(contract, operation, rule)
    if alone.satisfiable is False:
        return Proof(operation, rule, "unreachable")
    if region.satisfiable is None:
        return Proof(operation, rule, "undecided")
    earlier = operation.rules[: operation.rules.index(rule)]
    before = [one for one in earlier if not one.fault and _covered(contract, alone, one, rule)]
    return Proof(operation, rule, "shadowed", tuple(one.id for one in before))


def _covered(contract: Contract, alone: regions.Region, earlier: Rule, rule: Rule) -> bool:
    wide = regions.condition(contract, earlier, within=rule)
    return regions.covers(wide, alone.definition) is True


_FAILURES: Mapping[Outcome, tuple[Severity, str]] = {
    "unreachable": ("error", "no call that passes the shape stage meets the rule {rule}"),
    "shadowed": ("error", "the rule {rule} is never the first to be met: {before} comes before it"),
    "undecided": ("warning", "whether any call reaches the rule {rule} could not be told"),
}


def failures(proofs: Iterable[Proof]) -> Iterator[Remark]:
    """Yield a remark for each rule that is not shown to be reached."""
    return (_about(proof) for proof in proofs if proof.outcome in _FAILURES)


def _about(proof: Proof) -> Remark:
    severity, sentence = _FAILURES[proof.outcome]
    before = listed(proof.before) if proof.before else "an earlier rule, whichever it is,"
    text = sentence.format(rule=f"{proof.rule.id} of {proof.operation.id}", before=before)
    return Remark(severity, proof.outcome, proof.rule.place, text)


def overlaps(contract: Contract) -> Iterator[Remark]:
    """Yield the pairs of rules of one stage that a call can meet both."""
    for operation in contract.operations.values():
        for first, second in combinations(operation.rules, 2):
            if first.stage != second.stage or first.problem == second.problem:
                continue
            if first.fault or second.fault:
                continue
            if regions.meeting(contract, operation, second, [first]).satisfiable:
                yield Remark(
                    "note",
                    "overlap",
                    second.place,
                    f"a call of {operation.id} can meet {first.id} and {second.id}, both of the "
                    f"stage {first.stage!r}; either answer is admitted then",
                )


def doubtful(contract: Contract) -> Iterator[Remark]:
    """Yield the rules for which the document leaves the answer open."""
    for operation in contract.operations.values():
        for rule in operation.rules:
            if rule.doubtful:
                stated = "; ".join(str(one) for one in rule.doubtful)
                sentence = f"{operation.id} may refuse with {rule.id} or not when {stated}"
                yield Remark("note", "doubtful", rule.place, sentence)

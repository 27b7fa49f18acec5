"""Constructed proof: for each rule, calls that break it and calls that only just keep it.

A rule is a conjunction. It is *fired* by witnesses for all its conjuncts, each witness of each
conjunct once (every member of an enum, every way in which a fact can be true); it is *spared* by
breaking one conjunct and keeping the others. The judge confirms each call on what is known before
it is sent: a probe goes out only when one answer alone is admitted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from contracts.checks import row_of, rule_row
from contracts.drafts import Draft, Drafts, Made
from contracts.knowledge import PRESUMED_FREE
from contracts.scenarios import (
    Scenario,
    colleagues,
    deleted,
    look_through,
    made_by_one_of,
    read_back,
    strangers,
)
from contracts.steps import Fresh, Ref, Template
from contracts.walk import Unreached, Walk
from spec import SUCCESS, Contract, Exists, Json, Operation, Repeated, Rule, effects
from spec.contract import Condition

_MOST_VALUES = 12


@dataclass(frozen=True, slots=True)
class Witness:
    """One way of making a conjunct true or false; `rank` orders the changes to a draft."""

    label: str
    apply: Callable[[Draft], None]
    rank: int = 5


Witnesses = Sequence[Witness]


def scenarios(drafts: Drafts) -> Iterator[Scenario]:
    """Yield the probes of every rule of a contract, cheapest operations first."""
    for operation in drafts.contract.operations.values():
        for rule in operation.rules:
            yield from _Prober(drafts, operation, rule).scenarios()


@dataclass
class _Prober:
    drafts: Drafts
    operation: Operation
    rule: Rule

    @property
    def contract(self) -> Contract:
        return self.drafts.contract

    def rows(self) -> tuple[str, ...]:
        problem = self.rule.problem.name
        row = row_of(self.operation, problem, self.contract)
        if self.rule.id == problem:
            return (row,)
        return row, rule_row(self.operation, self.rule.id, problem, self.contract)

    def scenarios(self) -> Iterator[Scenario]:
        if self.rule.fault:
            yield self._scenario(
                "fault", [Witness(self.rule.problem.name, self._provoke)], fires=True
            )
            return
        for label, chosen in self.firing():
            yield self._scenario(f"fires: {label}", chosen, fires=True)
        for label, chosen in self.sparing():
            yield self._scenario(f"spares: {label}", chosen, fires=False)

    def _provoke(self, draft: Draft) -> None:
        name = self.rule.problem.name
        if name not in draft.walk.world.profile.provoke:
            raise Unreached(f"the profile does not say how to provoke it ([provoke.{name}])")
        draft.provokes = name

    def firing(self) -> Iterator[tuple[str, list[Witness]]]:
        """Yield the combinations in which every conjunct holds, each witness once."""
        choices = [list(self.witnesses(one, holds=True)) for one in self.rule.when]
        if not all(choices):
            return
        first = [one[0] for one in choices]
        seen: set[str] = set()
        for number, options in enumerate(choices):
            if self.rule.when[number].path in self._assigned():
                continue
            for witness in options:
                chosen = [*first[:number], _last(witness), *first[number + 1 :]]
                label = ", ".join(one.label for one in chosen)
                if label not in seen:
                    seen.add(label)
                    yield label, chosen
        if self.rule.each and self.operation.effect and self.operation.effect.many:
            yield "in the second row", [*first, Witness("second", self._second_row, 8)]

    def _assigned(self) -> set[tuple[str, ...]]:
        """Return the paths whose values a fact of the rule decides."""
        facts = [self.operation.facts[name] for name in self.rule.facts]
        return {path for fact in facts if isinstance(fact, Exists) for path in fact.where.values()}

    def _second_row(self, draft: Draft) -> None:
        draft.before = [self.drafts.item(draft.walk, self.operation)]

    def sparing(self) -> Iterator[tuple[str, list[Witness]]]:
        """Yield the combinations in which one conjunct alone does not hold."""
        choices = [list(self.witnesses(one, holds=True)) for one in self.rule.when]
        for number, condition in enumerate(self.rule.when):
            others = [one[0] for n, one in enumerate(choices) if n != number and one]
            for witness in self.witnesses(condition, holds=False):
                yield witness.label, [*others, _last(witness)]

    # -- running ----------------------------------------------------------------------------------

    def _scenario(self, label: str, chosen: list[Witness], *, fires: bool) -> Scenario:
        def run(walk: Walk) -> None:
            self._run(walk, chosen, fires=fires)

        rows = self.rows() if fires else (row_of(self.operation, SUCCESS, self.contract),)
        return Scenario(f"{self.operation.id} {self.rule.id} {label}", rows, run)

    def _run(self, walk: Walk, chosen: list[Witness], *, fires: bool) -> None:
        draft = self.drafts.draft(walk, self.operation)
        for witness in sorted(chosen, key=lambda one: one.rank):
            if witness.rank >= 3:
                addressed(self.drafts, draft)
            witness.apply(draft)
        addressed(self.drafts, draft)
        wanted = self.rule.problem.name if fires else SUCCESS

        def strict(one: Draft) -> bool:
            judgement = walk.judged(one.step())
            if judgement is None or judgement.sole != wanted:
                return False
            return not fires or judgement.broken == (self.rule.id,)

        if not self.drafts.choose(draft, strict):
            raise Unreached(self._lack(walk, draft, wanted))
        walk.send(draft.step())
        confirm(self.drafts, draft)

    def _lack(self, walk: Walk, draft: Draft, wanted: str) -> str:
        judgement = walk.judged(draft.step())
        found = ", ".join(sorted(judgement.admitted)) if judgement else "no route"
        return (
            f"no credential and record at hand make {wanted} the only answer (at best: {found}); "
            f"needed: {'; '.join(str(one) for one in self.rule.when) or 'a provoked fault'}"
        )

    # -- witnesses --------------------------------------------------------------------------------

    def witnesses(self, condition: Condition, *, holds: bool) -> Iterator[Witness]:
        """Yield ways to make one conjunct hold, or not."""
        root, rest = condition.path[0], condition.path[1:]
        if root == "principal":
            yield from self._of_principal(condition, holds=holds)
        elif root == "resource" and not rest:
            yield from self._of_existence(condition, holds=holds)
        elif root == "resource":
            yield from self._of_record(condition, holds=holds)
        elif root == "facts":
            yield from self._of_fact(condition, holds=holds)
        elif root in {"request", "item"}:
            yield from self._of_request(condition, holds=holds)

    def _of_principal(self, condition: Condition, *, holds: bool) -> Iterator[Witness]:
        # Which credentials fit is for the judge to say: `choose` tries each of them.
        yield Witness(
            f"{condition.path[-1]}{'' if holds else ' not'} {condition.schema}", _nothing, 0
        )

    def _of_existence(self, condition: Condition, *, holds: bool) -> Iterator[Witness]:
        missing = condition.fits(None) is holds
        if not missing:
            yield Witness("a record of one's own", _nothing, 1)
            return
        yield Witness("never existed", self._never_existed, 1)
        if self.contract.resources[self._kind()].made == "sequence":
            for text in ("0", "042", "abc", "-1", "1.0", "9" * 40):
                yield Witness(f"id {text[:8]}", _keyed(text), 1)
        yield Witness("deleted", self._gone, 1)
        yield Witness("somebody else's", self._foreign, 1)

    def _kind(self) -> str:
        assert self.operation.effect is not None
        return self.operation.effect.kind

    def _never_existed(self, draft: Draft) -> None:
        kind = self._kind()
        resource = self.contract.resources[kind]
        numbered = resource.made == "sequence"
        draft.key = str(PRESUMED_FREE + draft.walk.number) if numbered else draft.walk.fresh()

    def _gone(self, draft: Draft) -> None:
        resource = self.contract.resources[self._kind()]
        names = colleagues(draft.walk, resource, draft.credential)
        made = made_by_one_of(self.drafts, draft.walk, self._kind(), names)
        deleted(self.drafts, draft.walk, made)
        draft.key = made.key

    def _foreign(self, draft: Draft) -> None:
        resource = self.contract.resources[self._kind()]
        names = strangers(draft.walk, resource, draft.credential)
        if not names:
            raise Unreached(
                f"the profile has no credential of another {resource.tenant or 'tenant'}"
            )
        made = made_by_one_of(self.drafts, draft.walk, self._kind(), names)
        draft.key = made.key
        draft.made = made

    def _of_record(self, condition: Condition, *, holds: bool) -> Iterator[Witness]:
        name = condition.path[1]
        label = "" if holds else " not"
        for value in self._record_values(condition, holds=holds):
            yield Witness(f"made with {name} {value!r}", _wanting(name, value), 1)
        # A call that is meant to succeed may change the record: only what a walk made is risked.
        if holds or not self.operation.writes:
            yield Witness(
                f"known with {name}{label} {condition.schema}", self._known(condition, holds), 1
            )

    def _record_values(self, condition: Condition, *, holds: bool) -> list[Json]:
        """Return values that a made record can have in the field that a condition speaks of."""
        creating = [
            one
            for one in self.contract.operations.values()
            if one.effect and one.effect.action == "create" and one.effect.kind == self._kind()
        ]
        name = condition.path[1]
        if not creating or len(condition.path) > 2:
            return []
        schema = self.drafts.fields(creating[0]).get(name)
        if schema is None:
            initial = creating[0].effect.initial if creating[0].effect else {}
            return (
                [initial[name]]
                if name in initial and condition.fits(initial[name]) is holds
                else []
            )
        return self._fitting([condition.schema, schema], schema, condition, holds=holds)

    def _fitting(
        self, pools: list[Json], declared: Json, condition: Condition, *, holds: bool
    ) -> list[Json]:
        """Return values out of the pools that the declared schema takes and that fit, or do not."""
        takes = self.contract.schemas.predicate(declared)
        found: list[Json] = []
        for pool in pools:
            for value in self.drafts.values.instances(pool):
                fresh = not any(effects.same(value, one) for one in found)
                if fresh and takes(value) and condition.fits(value) is holds:
                    found.append(value)
        return found[:_MOST_VALUES]

    def _known(self, condition: Condition, holds: bool) -> Callable[[Draft], None]:
        def apply(draft: Draft) -> None:
            resource = self.contract.resources[self._kind()]
            for name in draft.walk.world.profile.credentials:
                draft.credential = name
                tenant = resource.tenant_of(draft.facts())
                for known in draft.walk.knowledge.living(resource.kind, tenant):
                    value = known.fields.get(condition.path[1])
                    if condition.path[1] in known.fields and condition.fits(value) is holds:
                        draft.key = known.key
                        draft.made = Made(resource.kind, known.key, name, -1, known)
                        return
            raise Unreached(
                f"the profile knows no {resource.kind} with {'.'.join(condition.path[1:])} "
                f"{'' if holds else 'not '}{condition.schema}"
            )

        return apply

    def _of_request(self, condition: Condition, *, holds: bool) -> Iterator[Witness]:
        path = condition.path
        if path == ("request", "body"):
            yield from self._of_body(condition, holds=holds)
            return
        declared = self._declared(path)
        if declared is None:
            return
        pools = [condition.schema, declared] if holds else [declared]
        for value in self._fitting(pools, declared, condition, holds=holds):
            yield Witness(f"{path[-1]} {value!r}", _putting(path, value), 4)
        if not holds:
            yield Witness(f"{path[-1]} left out", _removing(path), 4)

    def _declared(self, path: tuple[str, ...]) -> Json:
        if path[0] == "item" or path[:2] == ("request", "body"):
            return self.drafts.fields(self.operation).get(path[-1])
        parameters = [one for one in self.operation.parameters if one.name == path[-1]]
        return parameters[0].schema if parameters else None

    def _of_body(self, condition: Condition, *, holds: bool) -> Iterator[Witness]:
        fields = self.drafts.fields(self.operation)
        known = {name: self.drafts.values.instance(schema) for name, schema in fields.items()}
        elsewhere = {
            name: self.drafts.values.instance(schema)
            for other in self.contract.operations.values()
            if other.effect and other.effect.kind == self._kind() and other.body
            for name, schema in self.drafts.fields(other).items()
            if name not in fields
        }
        bodies: list[Json] = [{}, {"cfk_unknown": 1}]
        bodies += [{name: value} for name, value in list(elsewhere.items())[:3]]
        if not holds:
            nullable = [
                {name: None}
                for name, schema in fields.items()
                if self.contract.schemas.predicate(schema)(None)
            ]
            bodies = [{name: value} for name, value in list(known.items())[:2]] + nullable[:4]
        for body in bodies:
            kept = {name: value for name, value in body.items() if name in fields}
            if condition.fits(kept) is holds:
                yield Witness(f"body {body!r}", _whole(body), 4)

    # -- facts ------------------------------------------------------------------------------------

    def _of_fact(self, condition: Condition, *, holds: bool) -> Iterator[Witness]:
        fact = self.operation.facts[condition.path[1]]
        if not condition.fits(True) and not condition.fits(False):
            return
        wanted = condition.fits(True) is holds
        if isinstance(fact, Repeated):
            yield from self._of_repetition(fact, wanted=wanted)
        elif all(path[0] == "principal" for path in fact.where.values()):
            yield Witness(f"{fact.name} {wanted}", _nothing, 0)
        elif wanted:
            yield Witness(f"{fact.name}: such a {fact.kind}", self._such(fact), 6)
        else:
            yield from self._near_misses(fact)

    def _of_repetition(self, fact: Repeated, *, wanted: bool) -> Iterator[Witness]:
        def repeat(draft: Draft) -> None:
            value = draft.walk.fresh()
            draft.item[fact.field] = value
            other = self.drafts.item(draft.walk, self.operation)
            draft.before = [{**other, fact.field: value}]

        def differ(draft: Draft) -> None:
            draft.before = [self.drafts.item(draft.walk, self.operation)]

        def leave_out(draft: Draft) -> None:
            draft.before = [_without(self.drafts.item(draft.walk, self.operation), fact.field)]
            draft.item = _without(draft.item, fact.field)

        if wanted:
            yield Witness(f"{fact.field} twice", repeat, 6)
        else:
            yield Witness(f"{fact.field} differs", differ, 6)
            yield Witness(f"no {fact.field} twice", leave_out, 6)

    def _such(self, fact: Exists) -> Callable[[Draft], None]:
        def apply(draft: Draft) -> None:
            names = colleagues(draft.walk, self.contract.resources[fact.kind], draft.credential)
            self._assign(draft, fact, self._a_record(draft, fact, names))

        return apply

    def _a_record(self, draft: Draft, fact: Exists, names: list[str]) -> Made:
        """Return a record that fits a fact: one known to these credentials, or made by one."""
        resource = self.contract.resources[fact.kind]
        for name in names:
            facts = draft.walk.world.profile.credentials[name].facts
            for known in draft.walk.knowledge.living(fact.kind, resource.tenant_of(facts)):
                fits = all(known.fields.get(f) == value for f, value in fact.constants.items())
                has = all(known.fields.get(field) is not None for field in fact.where)
                own = draft.made is not None and known is draft.made.known
                if fits and has and not own:
                    return Made(fact.kind, known.key, name, -1, known)
        return made_by_one_of(self.drafts, draft.walk, fact.kind, names)

    def _near_misses(self, fact: Exists) -> Iterator[Witness]:
        yield Witness(f"{fact.name}: none such", self._none_such(fact), 6)
        resource = self.contract.resources[fact.kind]
        if resource.tenant:
            yield Witness(f"{fact.name}: another {resource.tenant}'s", self._others(fact), 6)
        for field, value in fact.constants.items():
            yield Witness(f"{fact.name}: {field} not {value!r}", self._unlike(fact, field), 6)
        if any(path[-1] in resource.unique for path in fact.where.values()):
            yield Witness(f"{fact.name}: a deleted one's", self._buried(fact), 6)
            yield Witness(f"{fact.name}: in another case", self._nearly(fact, "-a", "-A"), 6)
            yield Witness(f"{fact.name}: with a blank after it", self._nearly(fact, "", " "), 6)
        if fact.except_resource:
            yield Witness(f"{fact.name}: its own", self._its_own(fact), 6)

    def _assign(self, draft: Draft, fact: Exists, made: Made) -> None:
        for field, path in fact.where.items():
            _putting(path, _field_of(draft.walk, made, field))(draft)

    def _none_such(self, fact: Exists) -> Callable[[Draft], None]:
        def apply(draft: Draft) -> None:
            for path in fact.where.values():
                declared = self.drafts.values.schema(self._declared(path) or {})
                if "integer" in str(declared.get("type")):
                    _putting(path, PRESUMED_FREE + draft.walk.number)(draft)
                else:
                    _putting(path, draft.walk.fresh())(draft)

        return apply

    def _others(self, fact: Exists) -> Callable[[Draft], None]:
        resource = self.contract.resources[fact.kind]

        def apply(draft: Draft) -> None:
            names = strangers(draft.walk, resource, draft.credential)
            try:
                made = made_by_one_of(self.drafts, draft.walk, fact.kind, names)
            except Unreached:
                made = self._a_record(draft, fact, names)
            self._assign(draft, fact, made)

        return apply

    def _unlike(self, fact: Exists, field: str) -> Callable[[Draft], None]:
        resource = self.contract.resources[fact.kind]

        def apply(draft: Draft) -> None:
            for name in colleagues(draft.walk, resource, draft.credential):
                facts = draft.walk.world.profile.credentials[name].facts
                for known in draft.walk.knowledge.living(fact.kind, resource.tenant_of(facts)):
                    value = known.fields.get(field, fact.constants[field])
                    if not effects.same(value, fact.constants[field]):
                        self._assign(draft, fact, Made(fact.kind, known.key, name, -1, known))
                        return
            raise Unreached(
                f"the profile knows no {fact.kind} with {field} not {fact.constants[field]!r}"
            )

        return apply

    def _buried(self, fact: Exists) -> Callable[[Draft], None]:
        resource = self.contract.resources[fact.kind]

        def apply(draft: Draft) -> None:
            names = colleagues(draft.walk, resource, draft.credential)
            made = made_by_one_of(self.drafts, draft.walk, fact.kind, names)
            deleted(self.drafts, draft.walk, made)
            self._assign(draft, fact, made)

        return apply

    def _nearly(self, fact: Exists, held: str, asked: str) -> Callable[[Draft], None]:
        """Return a change to a text that differs from a held one only in its last characters."""

        def apply(draft: Draft) -> None:
            value = draft.walk.fresh(held)
            resource = self.contract.resources[fact.kind]
            made_by_one_of(
                self.drafts,
                draft.walk,
                fact.kind,
                colleagues(draft.walk, resource, draft.credential),
                fields=dict.fromkeys(fact.where, value),
            )
            for path in fact.where.values():
                _putting(path, Fresh(value.number, asked))(draft)

        return apply

    def _its_own(self, fact: Exists) -> Callable[[Draft], None]:
        def apply(draft: Draft) -> None:
            if draft.made is None:
                raise Unreached("the call addresses no record of its own")
            self._assign(draft, fact, draft.made)

        return apply


# -- changes to a draft ---------------------------------------------------------------------------


def _nothing(draft: Draft) -> None:
    """Leave the draft as it is."""


def _last(witness: Witness) -> Witness:
    """Return a witness that is applied after all that would overwrite it."""
    return replace(witness, rank=7) if witness.rank >= 3 else witness


def _keyed(text: str) -> Callable[[Draft], None]:
    def apply(draft: Draft) -> None:
        draft.key = text

    return apply


def _wanting(name: str, value: Json) -> Callable[[Draft], None]:
    def apply(draft: Draft) -> None:
        draft.wanted[name] = value

    return apply


def _whole(body: Json) -> Callable[[Draft], None]:
    def apply(draft: Draft) -> None:
        draft.whole_body, draft.body = True, body

    return apply


def _putting(path: tuple[str, ...], value: Template) -> Callable[[Draft], None]:
    def apply(draft: Draft) -> None:
        if path[:2] == ("request", "query"):
            draft.query[path[-1]] = value
        elif path[:2] == ("request", "path"):
            draft.key = value
        else:
            draft.item[path[-1]] = value

    return apply


def _removing(path: tuple[str, ...]) -> Callable[[Draft], None]:
    def apply(draft: Draft) -> None:
        draft.query.pop(path[-1], None)
        draft.item.pop(path[-1], None)

    return apply


def _without(item: dict[str, Template], name: str) -> dict[str, Template]:
    return {key: value for key, value in item.items() if key != name}


def _field_of(walk: Walk, made: Made, field: str) -> Template:
    """Return a record's field, as a reference into the answer that made it where it shows."""
    if isinstance(made.key, Ref):
        row = made.key.pointer.rpartition("/")[0]
        reference = Ref(made.key.step, f"{row}/{field}")
        if walk.value(reference) is not None:
            return reference
    return made.known.fields.get(field)


# -- around a probe -------------------------------------------------------------------------------


def addressed(drafts: Drafts, draft: Draft) -> None:
    """Give a draft that addresses a record one of its own, unless it has one already.

    Raises: Unreached: none can be made.
    """
    effect = draft.effect
    if effect is None or effect.key is None or draft.key is not None:
        return
    resource = drafts.contract.resources[effect.kind]
    names = colleagues(draft.walk, resource, draft.credential)
    made = made_by_one_of(drafts, draft.walk, effect.kind, names, fields=dict(draft.wanted))
    draft.made, draft.key = made, made.key


def confirm(drafts: Drafts, draft: Draft) -> None:
    """Read after a probe: what a refused call left behind shows, and what an accepted one did."""
    effect = draft.effect
    if effect is None or not draft.operation.writes:
        return
    if draft.made is not None:
        read_back(drafts, draft.walk, draft.made)
        return
    if effect.action != "create":
        return
    made = draft.walk.created[-1:] if draft.walk.exchanges[-1].answer.status < 300 else []
    for kind, key, credential in made:
        known = draft.walk.knowledge.records.get((kind, key))
        if known is not None:
            key_field = drafts.contract.resources[kind].key
            pointer = f"{effect.response}{'/0' if effect.many else ''}/{key_field}"
            reference = draft.walk.last(pointer)
            read_back(drafts, draft.walk, Made(kind, reference, credential or "", 0, known))
            return
    look_through(drafts, draft.walk, effect.kind, draft.credential)

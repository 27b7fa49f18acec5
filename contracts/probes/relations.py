"""Witnesses of relations: the request names a record such as a fact asks for, or nearly one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from contracts import keys
from contracts.probes import changes
from contracts.probes.requests import declared
from contracts.probes.witness import Change, Rank, Witness
from contracts.reach import planner
from contracts.reach.drafts import Draft, Drafts, Made
from contracts.reach.scenarios import (
    colleagues,
    deleted,
    elsewhere,
    homes,
    known_to,
    made_by_one_of,
)
from contracts.steps import Fresh, Template
from contracts.walk import Unreached
from spec import Exists, Found, Json, Operation, Resource
from spec.contract import Equal
from spec.equality import same

_MOST_FOREIGN = 3


@dataclass(frozen=True, slots=True)
class Relation:
    """A fact about records of another kind, or about others of the same kind."""

    drafts: Drafts
    operation: Operation
    fact: Exists

    @property
    def resource(self) -> Resource:
        """The kind of record that the fact asks for."""
        return self.drafts.contract.resources[self.fact.kind]

    def hits(self) -> Iterator[Witness]:
        """Yield ways to make the fact true."""
        yield self._witness(f"such a {self.fact.kind}", self._such)
        if self.fact.anywhere and self.resource.tenant:
            yield self._witness("somebody else's", partial(self._foreign, 0))

    def near_misses(self) -> Iterator[Witness]:
        """Yield ways to make the fact untrue: one thing of a true one is different."""
        yield self._witness("none such", self._none_such)
        if self.resource.tenant and not self.fact.anywhere:
            for number in range(_MOST_FOREIGN):
                label = f"another {self.resource.tenant}'s ({number + 1})"
                yield self._witness(label, partial(self._foreign, number))
        for field, value in self.fact.constants.items():
            yield self._witness(f"{field} not {value!r}", partial(self._unlike, field))
        if any(path[-1] in self.resource.unique for path in self.fact.where.values()):
            yield self._witness("a deleted one's", self._deleted)
            yield self._witness("in another case", partial(self._nearly, "-a", "-A"))
            yield self._witness("with a blank after it", partial(self._nearly, "", " "))
        yield self._witness("a known one's in another case", partial(self._bent, str.swapcase))
        yield self._witness("a known one's with a blank after it", partial(self._bent, _blank))
        if self.fact.except_resource:
            yield self._witness("its own", self._its_own)

    def _witness(self, label: str, change: Change) -> Witness:
        return Witness(f"{self.fact.name}: {label}", change, Rank.FACT)

    # -- the request names a record ---------------------------------------------------------------

    def _such(self, draft: Draft) -> None:
        self._name(draft, self._fitting(draft, self._colleagues(draft)))
        if draft.effect and (draft.effect.action, draft.effect.kind) == ("create", self.fact.kind):
            # Told anew, the rest of the request shows where it was stored all the same.
            named = {path[-1] for path in self.fact.where.values()}
            rest = {name: value for name, value in draft.item.items() if name not in named}
            draft.item.update(self.drafts.told(draft.walk, draft.operation, rest))

    def _foreign(self, number: int, draft: Draft) -> None:
        found = elsewhere(self.drafts, draft.walk, self.fact.kind, draft.credential, number)
        self._name(draft, found)
        self._agree(draft, found)
        if draft.home:
            self._go_there(draft)

    def _go_there(self, draft: Draft) -> None:
        """Let a call that was led to another place address a record that the walk makes there."""
        kind = draft.effect.kind if draft.effect else ""
        resource = self.drafts.contract.resources[kind]
        for home in homes(draft.walk, resource):
            if all(home.get(name) == value for name, value in draft.home.items()):
                draft.home.update(home)
                if draft.effect and draft.effect.key:
                    with suppress(Unreached):
                        draft.key = self.drafts.make(draft.walk, kind, home=home).key
                        draft.made = None
                return

    def _agree(self, draft: Draft, made: Made) -> None:
        """Let what the request says beside it agree with the record that it names."""
        for fact in self.operation.facts.values():
            found = fact.right if isinstance(fact, Equal) else ()
            about = self.operation.facts.get(found[1]) if found[:1] == ("facts",) else None
            if isinstance(fact, Equal) and isinstance(about, Found) and about.kind == made.kind:
                value = made.known.fields.get(found[2])
                if value is not None:
                    changes.put(fact.left, value, draft)

    def _unlike(self, field: str, draft: Draft) -> None:
        constant = self.fact.constants[field]
        for made in known_to(draft.walk, self.resource, self._colleagues(draft)):
            if not same(made.known.fields.get(field, constant), constant):
                self._name(draft, made)
                return
        raise Unreached(f"the profile knows no {self.fact.kind} with {field} not {constant!r}")

    def _deleted(self, draft: Draft) -> None:
        names = self._colleagues(draft)
        made = made_by_one_of(self.drafts, draft.walk, self.fact.kind, names)
        deleted(self.drafts, draft.walk, made)
        self._name(draft, made)

    def _its_own(self, draft: Draft) -> None:
        if draft.made is None:
            raise Unreached("the call addresses no record of its own")
        self._name(draft, draft.made)

    def _name(self, draft: Draft, made: Made) -> None:
        """Let the request name a record by all the fields that the fact compares."""
        for field, path in self.fact.where.items():
            changes.put(path, made.value(draft.walk, field), draft)

    # -- the request names none -------------------------------------------------------------------

    def _none_such(self, draft: Draft) -> None:
        for field, path in self.fact.where.items():
            schema = self.drafts.values.schema(declared(self.drafts, self.operation, path) or {})
            changes.put(path, self._nobodys(field, schema, draft), draft)

    def _bent(self, change: Callable[[str], str], draft: Draft) -> None:
        """Ask by what a record holds, but in another spelling.

        Raises: Unreached: no text of it has one.
        """
        made = self._fitting(draft, self._colleagues(draft))
        for field, path in self.fact.where.items():
            held = made.known.fields.get(field)
            if not isinstance(held, str) or change(held) == held:
                raise Unreached(f"{field} of a {self.fact.kind} has no other spelling")
            changes.put(path, change(held), draft)

    def _nobodys(self, field: str, schema: Mapping[str, Json], draft: Draft) -> Template:
        """Return a value that no record has in a field."""
        if "integer" in str(schema.get("type")):
            return keys.PRESUMED_FREE + draft.walk.number
        made = self.resource.made if field == self.resource.key else "client"
        return keys.free(made, draft.walk.number) or draft.walk.fresh()

    def _nearly(self, held: str, asked: str, draft: Draft) -> None:
        """Make a record, and ask for one that differs from it only in a text's last characters."""
        value = draft.walk.fresh(held)
        fields = dict.fromkeys(self.fact.where, value)
        names = self._colleagues(draft)
        made_by_one_of(self.drafts, draft.walk, self.fact.kind, names, fields=fields)
        for path in self.fact.where.values():
            changes.put(path, Fresh(value.number, asked), draft)

    # -- records ----------------------------------------------------------------------------------

    def _colleagues(self, draft: Draft) -> list[str]:
        return colleagues(draft.walk, self.resource, draft.credential)

    def _fitting(self, draft: Draft, names: list[str]) -> Made:
        """Return a record that fits the fact: one known to these credentials, or made by one.

        Of the kind that the call is about, one of the walk's own: nobody else's is risked.
        """
        if draft.effect is not None and draft.effect.kind == self.fact.kind:
            with suppress(Unreached):
                return made_by_one_of(self.drafts, draft.walk, self.fact.kind, names)
        for made in known_to(draft.walk, self.resource, names):
            own = draft.made is not None and made.known is draft.made.known
            if self._fits(made) and not own:
                return made
        return planner.reached(self.drafts, draft.walk, self.fact.kind, names, self.fact.constants)

    def _fits(self, made: Made) -> bool:
        fields = made.known.fields
        constant = all(fields.get(name) == value for name, value in self.fact.constants.items())
        return constant and all(fields.get(name) is not None for name in self.fact.where)


def _blank(text: str) -> str:
    return f"{text} "

"""Ties a drawn request to the records of a walk: keys, unique fields and references.

A fuzzer that never repeats a key never gets past 404, and one that never repeats a serial number
never sees a conflict. Only `cases` imports this.
"""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from contracts import keys
from contracts.oracle.knowledge import Known
from contracts.reach.drafts import ADDRESS, key_pointer
from contracts.reach.links import SAMPLES
from contracts.reach.scenarios import viewpoint
from contracts.steps import Ref, Template
from contracts.walk import Walk
from spec import Contract, Effect, Exists, Json, Operation, Part
from spec.contract import Maker


def likely(data: st.DataObject) -> bool:
    """Draw True three times out of four."""
    drawn: int = data.draw(st.integers(0, 3))
    return drawn > 0


@dataclass(frozen=True, slots=True)
class Binding:
    """One request of a walk; `data` draws what it is tied to."""

    walk: Walk
    operation: Operation
    data: st.DataObject

    @property
    def contract(self) -> Contract:
        """The contract that is walked."""
        return self.walk.contract

    # -- keys -------------------------------------------------------------------------------------

    def key(self, drawn: str | None) -> Template:
        """Return the key to address: mostly a record of the walk, never a stranger's to write."""
        effect = self.operation.effect
        known = self._made(effect.kind) if effect else []
        if known and likely(self.data):
            return self._reference(self.data.draw(st.sampled_from(known)))
        if self._may_hit_a_stranger(drawn or ""):
            number = self.data.draw(st.integers(0, 1000))
            return keys.free(self._made_how(), number) or self.walk.fresh()
        return drawn or "0"

    def parent(self, kind: str) -> Template | None:
        """Return the key of a record of the walk to stand under, None where there is none."""
        known = self._made(kind)
        return self._reference(self.data.draw(st.sampled_from(known))) if known else None

    def _made(self, kind: str) -> list[Known]:
        return [one for one in self.walk.knowledge.of_kind(kind) if one.made_here]

    def _may_hit_a_stranger(self, key: str) -> bool:
        shared = self.walk.world.profile.isolation == "none"
        if not self.operation.writes or not shared:
            return False
        return self._made_how() == "client" or (key.isascii() and key.isdecimal())

    def _made_how(self) -> Maker:
        effect = self.operation.effect
        return self.contract.resources[effect.kind].made if effect else "sequence"

    def _reference(self, known: Known) -> Template:
        """Return a record's key as a reference into the answer that made it."""
        for number, exchange in enumerate(self.walk.exchanges):
            effect = self.contract.operations[exchange.step.operation].effect
            if effect and effect.action == "create" and effect.kind == known.kind:
                for row in range(20 if effect.many else 1):
                    found = Ref(number, key_pointer(self.contract, effect, row))
                    if str(self.walk.value(found)) == known.key:
                        return found
        return known.key

    # -- bodies -----------------------------------------------------------------------------------

    def body(self, body: Json) -> Template:
        """Return a body with unique fields and references tied to what the walk knows."""
        effect = self.operation.effect
        if effect is not None and effect.part is not None and isinstance(body, list):
            return [self._entry(effect.part, one) for one in body]
        if effect is None or not isinstance(body, dict):
            return body
        if not effect.many:
            return self._item(effect, body)
        name = effect.request.removeprefix("/")
        rows = body.get(name)
        if not isinstance(rows, list):
            return body
        return {**body, name: [self._item(effect, one) for one in rows]}

    def _item(self, effect: Effect, item: Json) -> Template:
        if not isinstance(item, dict):
            return item
        bound: dict[str, Template] = dict(item)
        for name in self.contract.resources[effect.kind].unique:
            if isinstance(item.get(name), str):
                bound[name] = self._unique(effect.kind, name, str(item[name]))
        for fact in self.operation.facts.values():
            if isinstance(fact, Exists) and fact.kind != effect.kind:
                self._refer(fact, bound)
        return bound

    def _entry(self, part: Part, item: Json) -> Template:
        """Return an item tied to a known definition; a shared world gets no others from us."""
        if not isinstance(item, dict) or not isinstance(item.get(part.named), str):
            return item
        shared = self.walk.world.profile.isolation == "none"
        if not shared and not likely(self.data):
            return item
        resource = self.contract.resources[part.definitions]
        known = list(
            self.walk.knowledge.living(resource.kind, viewpoint(self.walk, resource, None))
        )
        if not known:
            return {**item, part.named: self.walk.fresh()}
        one = self.data.draw(st.sampled_from(known)).fields
        fits = part.fits.get(str(one.get(part.typed)), lambda _: False)
        bound = {**item, part.named: one.get(part.named)}
        if part.value in item and not fits(item[part.value]) and likely(self.data):
            values = [value for value in SAMPLES if fits(value)]
            bound[part.value] = self.data.draw(st.sampled_from([*values, None]))
        return bound

    def _unique(self, kind: str, name: str, drawn: str) -> Template:
        """Return a fresh value, or now and then one that a record of the walk has already."""
        held = self._made(kind)
        if held and not likely(self.data):
            other = self.data.draw(st.sampled_from(held)).fields.get(name)
            if isinstance(other, str):
                return other
        return self.walk.fresh(ADDRESS if "@" in drawn else "")

    def _refer(self, fact: Exists, item: dict[str, Template]) -> None:
        """Let the values by which a fact looks for a record mostly be those of a known one."""
        for name, path in fact.where.items():
            if item.get(path[-1]) is not None and path[0] in {"item", "request"}:
                known = list(self.walk.knowledge.of_kind(fact.kind))
                if known and likely(self.data):
                    item[path[-1]] = self.data.draw(st.sampled_from(known)).fields.get(name)

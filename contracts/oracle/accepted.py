"""What an accepted call must have done, compared with what its answer shows; and what it teaches.

The expectation is worked out by `spec.effects` and `spec.lists` on what is known; the laws say
which promise a difference breaks. A refused call teaches too: nothing of it may ever show.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from contracts import keys
from contracts.oracle import clocks, laws, parts, working
from contracts.oracle.jobs import EFFECTS, FRAME, IN_ORDER
from contracts.oracle.knowledge import Knowledge, Touch
from contracts.oracle.laws import Breach
from contracts.oracle.pages import Page, breaches
from contracts.oracle.seen import Seen
from contracts.oracle.viewers import viewer
from spec import (
    Absent,
    Effect,
    Json,
    Owner,
    Resource,
    effects,
    lists,
    records,
)
from spec.equality import same


def note_refusal(seen: Seen, knowledge: Knowledge) -> None:
    """Remember what a refused call was about: it must have changed nothing."""
    effect = seen.operation.effect
    if effect is None or not seen.operation.writes:
        return
    if effect.action == "upsert":
        parts.refused(seen, knowledge)
        return
    resource = seen.contract.resources[effect.kind]
    knowledge.refusal = seen.operation.id
    knowledge.refused_since.add(seen.operation.id)
    given = effects.items(effect, seen.call.body)
    fields: frozenset[str] = frozenset()
    for item in given:
        fields |= laws.set_by(resource, effect, item)
        for name in resource.unique:
            value = item.get(name)
            if (
                isinstance(value, str)
                and value in knowledge.novel
                and not _held(knowledge, effect, name, value)
            ):
                knowledge.refused.setdefault(value, seen.operation.id)
    touch = Touch(seen.operation.id, fields, False, seen.step)
    context = seen.judgement.context
    knowledge.touch(effect.kind, context.resource_key, viewer(effect.kind, context), touch)


def _held(knowledge: Knowledge, effect: Effect, name: str, value: str) -> bool:
    return any(known.fields.get(name) == value for known in knowledge.of_kind(effect.kind))


_LATER = 202
"""What is accepted is not done yet, and only a vocabulary can say when it is."""


@dataclass
class Accepted:
    """Compares an accepted call's answer with what its effect promises, and learns from it."""

    seen: Seen
    knowledge: Knowledge
    proven: set[str]

    def breach(self) -> Breach | None:
        """Return the law that the answer breaks; when none, learn from it."""
        effect = self.seen.operation.effect
        if effect is None:
            if self.seen.operation.writes:
                self.knowledge.unsettle()
            return None
        resource = self.seen.contract.resources[effect.kind]
        later = self.seen.contract.inferred and self.seen.answer.status == _LATER
        if later or not effects.foreseen(effect, resource, self.seen.call):
            self.knowledge.unsettle()
            return None
        rows = records(self.seen.contract, self.seen.operation, self.seen.body)
        if effect.action == "act":
            return working.begun(self.seen, self.knowledge, self.proven)
        if effect.action in {"entries", "upsert"}:
            return parts.told(self.seen, self.knowledge, self.proven)
        ghost = self._ghost(resource, rows)
        if ghost:
            return ghost
        breach = self._by_action(effect, resource, rows)
        for row in rows if breach is None else ():
            breach = breach or working.told(self.seen, self.knowledge, row, self.proven)
        return breach

    def _by_action(
        self, effect: Effect, resource: Resource, rows: list[Mapping[str, Json]]
    ) -> Breach | None:
        if effect.action == "create":
            return self._created(effect, resource, rows)
        key = self.seen.judgement.context.resource_key
        if effect.action in {"update", "replace", "delete"} and key is not None:
            self.knowledge.blur(effect.kind, key, self._viewer(effect.kind))
        if effect.action == "list":
            return self._listed(effect, resource, rows)
        if effect.action == "delete":
            return self._deleted(effect, resource, rows)
        if effect.action == "read":
            return self._read(effect, resource, rows)
        return self._updated(effect, resource, rows)

    def _ghost(self, resource: Resource, rows: list[Mapping[str, Json]]) -> Breach | None:
        for row in rows:
            for name in resource.unique:
                value = row.get(name)
                by = self.knowledge.refused.get(value) if isinstance(value, str) else None
                if (
                    by
                    and self.seen.operation.effect
                    and self.seen.operation.effect.action != "create"
                ):
                    law = laws.BATCH if self._many(by) else laws.REFUSED
                    return Breach(
                        law,
                        by,
                        f"{self.seen.operation.id} shows {name} = {value!r}, which only a refused "
                        f"{by} has sent.",
                    )
        return None

    def _many(self, operation: str) -> bool:
        effect = self.seen.contract.operations[operation].effect
        return bool(effect and effect.many)

    def _created(
        self, effect: Effect, resource: Resource, rows: list[Mapping[str, Json]]
    ) -> Breach | None:
        given = effects.items(effect, self.seen.call.body)
        name = self.seen.operation.id
        if effect.response is not None and len(rows) != len(given):
            return Breach(
                laws.READ_YOUR_WRITES,
                name,
                f"{name} was sent {len(given)} and shows {len(rows)}.",
                "count",
                expected=f"as many as were sent: {len(given)}",
                got=str(len(rows)),
            )
        context = self.seen.judgement.context
        wanted = [effects.created(effect, resource, item, context) for item in given]
        for want, row, item in zip(wanted, rows, given, strict=False):
            wrong = effects.differences(resource, want, row)
            if wrong:
                return self._misplaced(resource, wanted, rows, wrong[0])
            key = resource.key_of(row)
            again = self._used_before(effect.kind, resource, key, row, item)
            if again:
                return Breach(laws.KEYS, name, f"{name} gives the {again} a second time.")
        for want, row, item in zip(wanted, rows, given, strict=False):
            touch = Touch(name, laws.set_by(resource, effect, item), True, self.seen.step)
            gone = any(
                not one.alive and one.made_here for one in self.knowledge.of_kind(effect.kind)
            )
            known = self.knowledge.note_created(effect.kind, {**want, **row}, touch)
            known.maker = self.seen.call.credential
            self.proven.update([f"{name}: {laws.KEYS}"] if gone else [])
        if len(rows) > 1:
            self.proven.add(f"{name}: {laws.ORDERED}")
        for item in given:
            for field in resource.unique:
                self.knowledge.refused.pop(str(item.get(field)), None)
        return None

    def _used_before(
        self,
        kind: str,
        resource: Resource,
        key: str,
        row: Mapping[str, Json],
        item: Mapping[str, Json],
    ) -> str | None:
        """Return what the server has made and a record, alive or not, has already.

        A key that the request named is the client's choice.
        """
        names = [name for name, one in resource.generated.items() if one.how in keys.MADE]
        known = self.knowledge.known(kind, key, self._viewer(kind))
        given_back = known is not None and not known.alive and resource.made in keys.UNTOLD
        chosen = resource.made == "client" or resource.key in item
        if known is not None and not chosen and not given_back:
            return f"key {key}"
        for one in self.knowledge.of_kind(kind):
            for name in names:
                if name in row and same(one.fields.get(name), row[name]):
                    return f"{name} {row[name]!r}"
        late = known is not None and time.monotonic() - known.learnt > clocks.COARSE
        for name, made in resource.generated.items() if late else ():
            if made.how == "created" and known and same(known.fields.get(name), row.get(name)):
                return f"{name} {row[name]!r}"
        return None

    def _misplaced(
        self,
        resource: Resource,
        wanted: list[dict[str, Json]],
        rows: list[Mapping[str, Json]],
        wrong: tuple[str, Json, Json],
    ) -> Breach:
        name = self.seen.operation.id
        elsewhere = all(
            any(not effects.differences(resource, want, row) for row in rows) for want in wanted
        )
        if len(rows) > 1 and elsewhere:
            return Breach(
                laws.ORDERED, name, f"{name} shows the records in another order than sent."
            )
        pointer, want, got = wrong
        spot = pointer.removeprefix("/").replace("/", ".")
        return Breach(
            laws.READ_YOUR_WRITES,
            name,
            f"{name} shows {spot} = {got!r} where {want!r} must stand.",
            pointer,
            expected=f"{spot} = {want!r}",
            got=f"{spot} = {got!r}",
        )

    def _viewer(self, kind: str) -> Owner | Absent:
        return viewer(kind, self.seen.judgement.context)

    def _read(
        self, effect: Effect, resource: Resource, rows: list[Mapping[str, Json]]
    ) -> Breach | None:
        name = self.seen.operation.id
        key = self.seen.judgement.context.resource_key
        if not rows:
            return None
        if resource.key_of(rows[0]) != key:
            shown = resource.key_of(rows[0])
            return Breach(laws.ADDRESSED, name, f"{name} was asked for {key} and shows {shown}.")
        known = self.knowledge.known(effect.kind, key, self._viewer(effect.kind))
        absent = self.seen.judgement.context.resource is None
        if absent or (known is not None and not known.alive):
            # Shown as deleted, or by another path than its own: more than that nobody can tell.
            return None
        if known is not None:
            breach = laws.compared(self.knowledge, resource, known, rows[0], name)
            breach = breach or clocks.moved(self.seen, known, rows[0], self.proven)
            if breach:
                return breach
            self._confirmed(known.since, name)
        self.knowledge.note_shown(effect.kind, rows[0], self._viewer(effect.kind), name)
        return None

    def _confirmed(self, since: list[Touch], reader: str) -> None:
        for touch in since:
            operation = self.seen.contract.operations[touch.operation]
            action = operation.effect.action if operation.effect else ""
            if touch.work:
                law = EFFECTS if touch.fields else FRAME
                self.proven.add(f"{touch.operation}: {law}")
            elif action == "upsert":
                self.proven.add(f"{touch.operation}: {laws.UNTOUCHED}")
            elif touch.accepted:
                self.proven.add(f"{touch.operation}: {laws.READ_YOUR_WRITES}")
                if action in {"update", "replace"}:
                    self.proven.add(f"{touch.operation}: {laws.UNTOUCHED}")
            else:
                self.proven.add(f"{touch.operation}: {laws.REFUSED}")
        if sum(bool(touch.work and touch.fields) for touch in since) > 1:
            self.proven.add(f"{since[-1].operation}: {IN_ORDER}")
        if not since:
            self.proven.add(f"{reader}: {laws.PURE}")

    def _updated(
        self, effect: Effect, resource: Resource, rows: list[Mapping[str, Json]]
    ) -> Breach | None:
        name = self.seen.operation.id
        key = self.seen.judgement.context.resource_key or ""
        item = next(iter(effects.items(effect, self.seen.call.body)), {})
        known = self.knowledge.known(effect.kind, key, self._viewer(effect.kind))
        touch = Touch(name, laws.set_by(resource, effect, item), True, self.seen.step)
        if known is None:
            self._come_up(effect, resource, key, rows)
        if known is None or not known.alive:
            return None
        context = self.seen.judgement.context.of(item)
        changed = effects.replaced if effect.action == "replace" else effects.updated
        want = changed(effect, resource, known.fields, item, context)
        again = resource.open and not known.since and known.put == (name, item)
        if again:
            # What the first call has left of the fields that it did not name, this one leaves too.
            writable = effects.settable(effect, context)
            want = {**{one: known.fields[one] for one in writable if one in known.fields}, **want}
        if rows and resource.key_of(rows[0]) != key:
            return Breach(laws.ADDRESSED, name, f"{name} addressed {key} and shows another record.")
        earlier = list(known.since)
        known.since.append(touch)
        self.knowledge.outdate(known, name)
        if rows:
            expected = type(known)(known.kind, key, want, True, known.made_here, known.since)
            breach = laws.compared(self.knowledge, resource, expected, rows[0], name)
            breach = breach or clocks.moved(self.seen, known, rows[0], self.proven)
            if breach:
                return breach
        if again:
            self.proven.add(f"{name}: {laws.AGAIN}")
        known.put = (name, item) if effect.action == "replace" else None
        self.knowledge.places.clear()
        known.fields = {**want, **(rows[0] if rows else {})}
        known.since = [*earlier, touch]
        known.unseen.update(dict.fromkeys(touch.fields - resource.shown, name))
        self.knowledge.jobs.disturbed(key)
        self.knowledge.settle(known)
        return None

    def _come_up(
        self, effect: Effect, resource: Resource, key: str, rows: list[Mapping[str, Json]]
    ) -> None:
        """Learn of a record by a change of it, which may have been what made it."""
        viewing = self._viewer(effect.kind)
        for row in rows:
            self.knowledge.note_shown(effect.kind, row, viewing, self.seen.operation.id)
        if not rows and resource.open:
            known = self.knowledge.note_shown(effect.kind, {resource.key: key}, viewing)
            known.fields.pop(resource.key)

    def _deleted(
        self, effect: Effect, resource: Resource, rows: list[Mapping[str, Json]]
    ) -> Breach | None:
        name = self.seen.operation.id
        key = self.seen.judgement.context.resource_key or ""
        known = self.knowledge.known(effect.kind, key, self._viewer(effect.kind))
        if known is not None and rows:
            if resource.key_of(rows[0]) != key:
                return Breach(laws.ADDRESSED, name, f"{name} addressed {key} and shows another.")
            breach = laws.compared(self.knowledge, resource, known, rows[0], name)
            if breach:
                return breach
        touch = Touch(name, frozenset(), True, self.seen.step)
        self.knowledge.jobs.disturbed(key)
        if resource.open:
            self.knowledge.orphan(effect.kind)
        self.knowledge.note_gone(effect.kind, key, self._viewer(effect.kind), touch)
        return None

    def _listed(
        self, effect: Effect, resource: Resource, rows: list[Mapping[str, Json]]
    ) -> Breach | None:
        listing = self.seen.operation.listing
        if listing is None:
            return None
        page = Page(
            operation=self.seen.operation,
            resource=resource,
            asked=lists.query(listing, self.seen.call.query),
            parameters=self.seen.call.query,
            rows=rows,
            body=self.seen.body,
            tenant=self._viewer(effect.kind),
        )
        if page.asked.open or self._unclear("query"):
            for row in rows:
                self.knowledge.note_shown(effect.kind, row, page.tenant, page.operation.id)
            return None
        proven: set[str] = set()
        for breach in breaches(page, self.knowledge, proven):
            return breach
        grown = self._grown(page)
        if grown:
            return grown
        self.proven.update(f"{page.operation.id}: {one}" for one in proven)
        self._batches_confirmed(page)
        for row in rows:
            known = self.knowledge.known(effect.kind, resource.key_of(row), page.tenant)
            if known is not None:
                moved = clocks.moved(self.seen, known, row, self.proven)
                if moved:
                    return moved
                self._confirmed(known.since, page.operation.id)
            self.knowledge.note_shown(effect.kind, row, page.tenant, page.operation.id)
        return None

    def _unclear(self, location: str) -> bool:
        """Tell whether a target may have read a part of the request in another way than we do."""
        return any(one.location == location for one in self.seen.call.violations)

    def _grown(self, page: Page) -> Breach | None:
        """Return the breach of a list that shows more than what was there and what was accepted."""
        alone = self.knowledge.profile.isolation != "none"
        if not alone or not page.whole or page.asked.conditions or page.asked.words:
            return None
        name = f"{page.operation.id} {page.tenant}"
        before = self.knowledge.whole.get(name)
        self.knowledge.whole[name] = set(page.keys)
        for key in page.keys if before is not None else ():
            known = self.knowledge.known(page.resource.kind, key, page.tenant)
            if before is not None and key not in before and known is None:
                by = self.knowledge.refusal or page.operation.id
                law = laws.REFUSED if self.knowledge.refusal else laws.PURE
                return Breach(
                    law,
                    by,
                    f"{page.operation.id} shows the {page.resource.kind} {key}, which no accepted "
                    f"call has made{f', but a refused {by} might have' if by else ''}.",
                    "made",
                )
        self._none_made(page, since_known=before is not None)
        return None

    def _none_made(self, page: Page, *, since_known: bool) -> None:
        """Everything was listed before and after: what was refused in between has made nothing."""
        refused, self.knowledge.refused_since = self.knowledge.refused_since, set()
        creating = {one.id for one in self.seen.contract.doing(page.resource.kind, "create")}
        if since_known:
            self.proven.update(f"{one}: {laws.REFUSED}" for one in refused & creating)

    def _batches_confirmed(self, page: Page) -> None:
        """A list that would show a refused record first, and does not, proves that none is left."""
        if page.asked.offset or page.asked.conditions:
            return
        for operation in set(self.knowledge.refused.values()):
            law = laws.BATCH if self._many(operation) else laws.REFUSED
            self.proven.add(f"{operation}: {law}")

"""Entries of a part: what an answer tells of them, held against what is known.

A record's known fields hold its entries under the part's name: each set entry's state by folded
name. Where they are there all entries are known, since every answer shows all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from contracts.oracle.knowledge import Knowledge, Known, Sending, Touch
from contracts.oracle.laws import (
    DEFINED,
    ENTRIES,
    GONE,
    PURE,
    READ_YOUR_WRITES,
    REFUSED,
    TENANTS,
    Breach,
)
from contracts.oracle.seen import Seen
from contracts.oracle.viewers import viewer
from spec import Absent, Effect, Json, Owner, Part, Resource, entries, pick
from spec.equality import same
from spec.times import moment


def told(seen: Seen, knowledge: Knowledge, proven: set[str]) -> Breach | None:
    """Return the law that the shown entries break; when none, learn from them."""
    effect = seen.operation.effect
    if effect is None or effect.part is None:
        return None
    answer = _Answer(seen, knowledge, effect, effect.part)
    if effect.action == "upsert":
        answer.note(accepted=True)
    if answer.rows is None:
        return None
    for breach in answer.breaches():
        return breach
    proven.update(answer.proofs())
    answer.learn()
    return None


def refused(seen: Seen, knowledge: Knowledge) -> None:
    """Remember the entries that a refused call was to set: nothing of them may ever show."""
    effect = seen.operation.effect
    if effect is not None and effect.part is not None:
        _Answer(seen, knowledge, effect, effect.part).note(accepted=False)


@dataclass(frozen=True)
class _Row:
    """One line of an answer: a definition and the state of its entry."""

    name: str
    definition: Mapping[str, Json]
    state: Json


@dataclass(frozen=True)
class _Answer:
    """An answer that shows the entries of a record, with all that is needed to judge it."""

    seen: Seen
    knowledge: Knowledge
    effect: Effect
    part: Part

    # -- what it is about -------------------------------------------------------------------------

    @property
    def name(self) -> str:
        return self.seen.operation.id

    @property
    def kind(self) -> Resource:
        return self.seen.contract.resources[self.part.definitions]

    @cached_property
    def scope(self) -> Owner | Absent:
        """Whose definitions are shown."""
        return viewer(self.part.definitions, self.seen.judgement.context)

    @property
    def key(self) -> str:
        return self.seen.judgement.context.resource_key or ""

    @cached_property
    def owner(self) -> Owner | Absent:
        return viewer(self.effect.kind, self.seen.judgement.context)

    @cached_property
    def record(self) -> Known | None:
        """The addressed record, as far as it is known."""
        return self.knowledge.known(self.effect.kind, self.key, self.owner)

    @property
    def ours(self) -> bool:
        """Whether nobody but the walk may have changed the record."""
        alone = self.knowledge.profile.isolation != "none"
        return alone or (self.record is not None and self.record.made_here)

    @cached_property
    def items(self) -> list[Mapping[str, Json]]:
        """The items of the request that name an entry."""
        if self.effect.action != "upsert":
            return []
        found = pick(self.seen.call.body, self.effect.request, None)
        given = found if isinstance(found, list) else []
        return [one for one in given if isinstance(one, Mapping) and self.part.named in one]

    @cached_property
    def given(self) -> dict[str, Json]:
        """The value that the request gives to each entry."""
        return entries.values(self.part, self.items)

    @cached_property
    def rows(self) -> list[_Row] | None:
        """What the answer shows; None where it is no list of entries."""
        found = pick(self.seen.body, self.effect.response or "", None)
        if not isinstance(found, list):
            return None
        shown = [one for one in found if isinstance(one, Mapping)]
        definitions = [(one.get(self.part.shows_definition), one) for one in shown]
        return [
            _Row(self.part.folded(definition[self.part.named]), definition, _state(self.part, one))
            for definition, one in definitions
            if isinstance(definition, Mapping) and self.part.named in definition
        ]

    # -- what is known ----------------------------------------------------------------------------

    @cached_property
    def defined(self) -> dict[str, Known]:
        """The known definitions that this answer must show, by folded name."""
        living = self.knowledge.living(self.part.definitions, self.scope)
        return {self.part.folded(one.fields.get(self.part.named)): one for one in living}

    @cached_property
    def order(self) -> list[str] | None:
        """The names of all definitions in their order, None where no answer has told them."""
        keys = self.knowledge.listed.get((self.part.definitions, self.scope))
        return None if keys is None else [self.part.folded(key) for key in keys]

    @cached_property
    def made(self) -> list[dict[str, Json]]:
        """The definitions that the call makes, or may make where not all are known."""
        known = [one.fields for one in self.defined.values()]
        return entries.definitions(self.part, self.items, known)

    @cached_property
    def states(self) -> Mapping[str, Json] | None:
        """The states of the set entries before the call, None where nobody can tell."""
        fields = self.record.fields if self.record and self.record.alive else {}
        found = fields.get(self.part.name)
        return found if isinstance(found, Mapping) else None

    def wanted(self, name: str) -> tuple[bool, Mapping[str, Json] | None]:
        """Return whether an entry's state is known, and what of it: None where it is unset."""
        before = (self.states or {}).get(name)
        if name not in self.given:
            return self.states is not None, before
        value = self.given[name]
        if value is None:
            return True, None
        stamps = {} if before is None or self._unset_between(name) else self._lasting(before)
        return True, {self.part.value: value, **stamps}

    def _lasting(self, before: Mapping[str, Json]) -> dict[str, Json]:
        """Return the times of a state that setting it again does not change."""
        fields = [name for name, how in self.part.stamps.items() if how == "created"]
        return {name: before[name] for name in fields if name in before}

    def _unset_between(self, name: str) -> bool:
        """Tell whether one of the request's items unsets an entry that a later one sets."""
        named = [one for one in self.items if self.part.folded(one[self.part.named]) == name]
        return any(one.get(self.part.value) is None for one in named)

    @cached_property
    def since(self) -> list[Sending]:
        """The sendings about this record since a read last showed its entries, this call too."""
        sent = self.knowledge.sendings[self.record.entered if self.record else 0 :]
        return [one for one in sent if one.record == self.place]

    @property
    def place(self) -> tuple[str, str, Owner | None]:
        return self.effect.kind, self.key, self.owner if isinstance(self.owner, tuple) else None

    # -- learning ---------------------------------------------------------------------------------

    def note(self, *, accepted: bool) -> None:
        """Remember what the call was to set."""
        sending = Sending(self.name, self.place, self.scope, self.given, accepted)
        self.knowledge.sendings.append(sending)
        touch = Touch(self.name, frozenset(), accepted, self.seen.step)
        self.knowledge.touch(self.effect.kind, self.key, self.owner, touch)

    def learn(self) -> None:
        """Take in the definitions that are shown, and the record's entries."""
        keys = [self._defined(row) for row in self.rows or ()]
        self.knowledge.listed[self.part.definitions, self.scope] = keys
        if self.record is None:
            return
        states = {row.name: row.state for row in self.rows or () if row.state is not None}
        self.record.fields = {**self.record.fields, self.part.name: states}
        if self.effect.action == "entries":
            self.record.entered = len(self.knowledge.sendings)

    def _defined(self, row: _Row) -> str:
        """Take in one definition; return the key under which it is known."""
        known = self.defined.get(row.name)
        if known is None:
            known = self.knowledge.note_shown(self.part.definitions, row.definition, self.scope)
            known.made_here = row.name in self.given
        else:
            kept = {self.kind.key: known.fields[self.kind.key]}
            known.fields = {**known.fields, **row.definition, **kept}
        return known.key

    # -- judging ----------------------------------------------------------------------------------

    def breaches(self) -> Iterator[Breach]:
        """Yield the laws that the answer breaks."""
        yield from self._missing()
        yield from self._twice()
        yield from self._strange()
        yield from self._described()
        yield from self._ordered()
        yield from self._valued()

    def _breach(self, law: str, sentence: str, detail: str = "", by: str = "") -> Breach:
        return Breach(law, by or self.name, f"{self.name} {sentence}", detail)

    def _missing(self) -> Iterator[Breach]:
        shown = {row.name for row in self.rows or ()}
        for name, known in self.defined.items():
            if name not in shown:
                sentence = f"leaves out the {known.kind} {known.key}."
                yield self._breach(DEFINED, sentence, "missing")
        for one in self.made:
            if self.part.folded(one[self.part.named]) not in shown:
                sentence = f"accepts a value for {one[self.part.named]!r} and does not show it."
                yield self._breach(READ_YOUR_WRITES, sentence, "definition")

    def _twice(self) -> Iterator[Breach]:
        count: dict[str, int] = {}
        for row in self.rows or ():
            count[row.name] = count.get(row.name, 0) + 1
            if count[row.name] > 1:
                yield self._breach(DEFINED, f"shows two definitions named {row.name!r}.", "twice")

    def _strange(self) -> Iterator[Breach]:
        """Yield the definitions that no accepted call can have made."""
        if self.order is None:
            return
        made = {self.part.folded(one[self.part.named]) for one in self.made}
        for row in self.rows or ():
            if row.name not in self.order and row.name not in made:
                breach = self._unasked(row)
                if breach:
                    yield breach

    def _unasked(self, row: _Row) -> Breach | None:
        """Return what a definition breaks that is there for the first time; None where it may be.

        In a shared world others make definitions too, but none under a name that we made up.
        """
        shared = self.knowledge.profile.isolation == "none"
        if shared and row.name not in {self.part.folded(one) for one in self.knowledge.novel}:
            return None
        sent = [one for one in self.knowledge.sendings if row.name in one.values]
        if not sent:
            return self._breach(DEFINED, f"shows {row.name!r}, which nobody has made.", "nobody")
        last = sent[-1]
        if any(one.accepted and one.scope != self.scope for one in sent):
            sentence = f"shows {row.name!r}, which was made for another {self.kind.tenant}."
            return self._breach(TENANTS, sentence)
        if not last.accepted:
            sentence = f"shows {row.name!r}, which only a refused {last.operation} has sent."
            return self._breach(REFUSED, sentence, by=last.operation)
        sentence = f"shows {row.name!r}, though null makes no definition."
        return self._breach(DEFINED, sentence, "null", by=last.operation)

    def _described(self) -> Iterator[Breach]:
        """Yield definitions that are shown otherwise than they were made, or known before."""
        made = {self.part.folded(one[self.part.named]): one for one in self.made}
        for row in self.rows or ():
            if row.name in made and self.order is not None:
                yield from self._of_new(row, made[row.name])
            elif row.name in self.defined:
                yield from self._of_known(row, self.defined[row.name])

    def _of_new(self, row: _Row, made: Mapping[str, Json]) -> Iterator[Breach]:
        for field, want in made.items():
            got = row.definition.get(field, want)
            if field == self.part.typed and got in self._types(row.name):
                continue
            if not same(got, want):
                sentence = f"shows {field} = {got!r} of the new {row.name!r} where {want!r} is due."
                yield self._breach(READ_YOUR_WRITES, sentence, "definition")

    def _types(self, name: str) -> list[str]:
        """Return the types that a new definition may get: 5.0 is a whole number to some."""
        value = next(
            one.get(self.part.value)
            for one in self.items
            if self.part.folded(one[self.part.named]) == name
            and one.get(self.part.value) is not None
        )
        if isinstance(value, float) and value.is_integer():
            return [kind for kind, fits in self.part.fits.items() if fits(value)]
        kind = self.part.type_of(value)
        return [] if kind is None else [kind]

    def _of_known(self, row: _Row, known: Known) -> Iterator[Breach]:
        ours = known.made_here or self.knowledge.profile.isolation != "none"
        for field in row.definition if ours else (self.part.typed,):
            want, got = known.fields.get(field), row.definition.get(field)
            if field not in known.fields or same(want, got):
                continue
            if field == self.part.named and row.name == self.part.folded(want):
                continue
            sentence = f"shows {field} = {got!r} of {row.name!r} where {want!r} must stand."
            yield self._breach(DEFINED, sentence, "changed")

    def _ordered(self) -> Iterator[Breach]:
        """Yield definitions in another order than before; what a call makes comes last."""
        if self.order is None:
            return
        wanted = [*self.order, *(self.part.folded(one[self.part.named]) for one in self.made)]
        shown = [row.name for row in self.rows or () if row.name in wanted]
        if shown != wanted:
            first = next(b for a, b in zip(wanted, shown, strict=False) if a != b)
            sentence = f"shows {first!r} at another place than in the order of making."
            yield self._breach(DEFINED, sentence, "order")

    # -- values -----------------------------------------------------------------------------------

    def _valued(self) -> Iterator[Breach]:
        if not self.ours:
            return
        for row in self.rows or ():
            sure, want = self.wanted(row.name)
            if sure:
                wrong = self._differing(row, want)
                if wrong:
                    yield wrong
        yield from self._still()

    def _differing(self, row: _Row, want: Mapping[str, Json] | None) -> Breach | None:
        state = row.state
        if want is None or not isinstance(state, Mapping):
            if want is None and state is None:
                return None
            got = state.get(self.part.value) if isinstance(state, Mapping) else state
            return self._wrong(row, want.get(self.part.value) if want else None, got)
        for field in sorted(want, key=lambda one: one != self.part.value):
            if field in state and not equal(want[field], state[field]):
                return self._wrong(row, want[field], state[field], field)
        return None

    def _wrong(self, row: _Row, want: Json, got: Json, field: str = "") -> Breach:
        law, by, why = self._responsible(row.name, got)
        stamp = field if field in self.part.stamps else ""
        spot = f"{row.name}.{stamp}" if stamp else row.name
        detail = f"/{self.part.name}{f'/{stamp}' if stamp else ''}"
        return Breach(
            law,
            by,
            f"{self.name} shows {spot} = {got!r} where {want!r} must stand: {why}",
            detail if law == READ_YOUR_WRITES else "",
            expected=f"{spot} = {want!r}",
            got=f"{spot} = {got!r}",
        )

    def _responsible(self, name: str, got: Json) -> tuple[str, str, str]:
        """Return the law, the operation and the reason behind a wrong entry."""
        setting = [one for one in self.since if name in one.values]
        for one in reversed(setting):
            if not one.accepted and equal(one.values[name], got):
                why = f"{one.operation} was refused and set it all the same."
                return REFUSED, one.operation, why
        accepted = [one for one in self.since if one.accepted]
        if any(one.accepted for one in setting):
            by = setting[-1].operation
            return READ_YOUR_WRITES, by, f"that is not what {by} has accepted."
        for number, one in enumerate(self.knowledge.sendings):
            value = one.values.get(name)
            here = one.record == self.place and number >= (self.record.born if self.record else 0)
            if one.accepted and not here and value is not None and equal(value, got):
                return self._elsewhere(one)
        if accepted:
            by = accepted[-1].operation
            return ENTRIES, by, f"{by} changed an entry that the request did not name."
        if self.since:
            by = self.since[-1].operation
            return REFUSED, by, f"{by} was refused and changed it all the same."
        return PURE, self.name, "nothing was written in between."

    def _elsewhere(self, one: Sending) -> tuple[str, str, str]:
        """Return what is behind an entry that was set before this record, or on another one."""
        if one.record == self.place:
            return GONE, one.operation, "it was set on a record that is gone."
        return ENTRIES, one.operation, f"{one.operation} set it on another record."

    def _still(self) -> Iterator[Breach]:
        """Yield times of change that stay although the value is new and the clock has gone on."""
        for row in self.rows or ():
            before = (self.states or {}).get(row.name)
            state = row.state
            if not isinstance(state, Mapping) or before is None or row.name not in self.given:
                continue
            if equal(state.get(self.part.value), before.get(self.part.value)):
                continue
            for field, how in self.part.stamps.items():
                stays = how == "changed" and state.get(field) == before.get(field)
                if stays and self._passed(before.get(field)):
                    sentence = f"leaves {field} of {row.name!r} as it was, though it is set anew."
                    yield self._breach(READ_YOUR_WRITES, sentence, f"/{self.part.name}/{field}")

    def _passed(self, stamp: Json) -> bool:
        """Tell whether the record's entries show a later time than this."""
        then = moment(stamp)
        shown = [
            moment(state.get(field))
            for state in (self.states or {}).values()
            for field in self.part.stamps
        ]
        return then is not None and any(one is not None and one > then for one in shown)

    # -- proving ----------------------------------------------------------------------------------

    def proofs(self) -> Iterator[str]:
        """Yield the rows of the ledger that the answer proves: laws that it could have broken."""
        if len(self.defined) > 1 and any(row.state is None for row in self.rows or ()):
            yield f"{self.name}: {DEFINED}"
        if self._strangers() - self.defined.keys():
            yield f"{self.name}: {TENANTS}"
        if self.effect.action != "entries" or self.states is None or not self.ours:
            return
        if not self.since and self.states:
            yield f"{self.name}: {PURE}"
        for one in self.since:
            yield from (f"{one.operation}: {law}" for law in self._confirmed(one))

    def _confirmed(self, one: Sending) -> Iterator[str]:
        if not one.accepted:
            yield REFUSED
            return
        yield READ_YOUR_WRITES
        if (self.states or {}).keys() - one.values.keys():
            yield ENTRIES

    def _strangers(self) -> set[str]:
        """Return the folded names of the known definitions of others."""
        every = self.knowledge.of_kind(self.part.definitions)
        return {
            self.part.folded(one.fields.get(self.part.named))
            for one in every
            if one.alive
            and self.knowledge.sees(one.kind, self.scope, self.knowledge.owner(one)) is False
        }


def _state(part: Part, row: Mapping[str, Any]) -> Json:
    return row.get(part.shows_state)


def equal(left: Json, right: Json) -> bool:
    """Tell whether two values of entries are equal; numbers are as exact as a double is."""
    if same(left, right):
        return True
    if not (_is_number(left) and _is_number(right)):
        return False
    try:
        return float(left) == float(right)
    except OverflowError:
        return False


def _is_number(value: Json) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)

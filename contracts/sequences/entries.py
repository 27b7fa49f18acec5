"""Sequences of entries: values set, read, unset, and left alone, on one record and on others.

Every sequence first reads the entries of a record of its own, so that it knows which definitions
there are; new ones stay for good, so that only a few are made. `parts` judges every answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from contracts.oracle import laws
from contracts.reach.drafts import Draft, Made
from contracts.reach.links import SAMPLES, defined
from contracts.reach.scenarios import (
    Scenario,
    deleted,
    elsewhere,
    homes,
    read_back,
    read_entries,
    users,
)
from contracts.sequences.subject import Subject
from contracts.steps import Template
from contracts.walk import Unreached, Walk
from spec import SUCCESS, Json, Part

_MOST_VALUES = 4


def reading(subject: Subject) -> Iterator[Scenario]:
    """Yield the sequences of an operation that shows the entries of a record."""
    about = (laws.PURE, laws.DEFINED, laws.TENANTS)
    yield subject.scenario(" twice", partial(_read_twice, subject), *about)
    yield subject.scenario(" by everybody", partial(_read_by_everybody, subject), laws.DEFINED)
    yield subject.scenario(" of the known records", partial(_read_known, subject), laws.PURE)
    yield from _of_nobody(subject)


def setting(subject: Subject) -> Iterator[Scenario]:
    """Yield the sequences of an operation that sets entries of a record."""
    part = _part(subject)
    both = (laws.READ_YOUR_WRITES, laws.ENTRIES)
    for kind in part.types:
        each = partial(_each_value, subject, kind)
        yield subject.scenario(f" of a {kind}, then read", each, laws.READ_YOUR_WRITES)
    for label, run in (
        (" of one of two, then read", _one_of_two),
        (" with null, then read", _unset),
        (" in another case, then read", _other_case),
        (" of one name twice, then read", _same_twice),
        (" of new definitions, then read", _new_definitions),
        (" of new definitions in one project", _new_beside),
        (" beside another record", _beside),
    ):
        yield subject.scenario(label, partial(run, subject), *both)
    unknown = partial(_null_for_new, subject)
    yield subject.scenario(" of an unknown name with null", unknown, laws.DEFINED)
    leaves = partial(_leaves_record, subject)
    yield subject.scenario(", then read the record", leaves, laws.UNTOUCHED)
    for label, last in (("mistyped", _mistyped), ("misshapen", _misshapen), ("forbidden", None)):
        run = partial(_refused, subject, last)
        yield subject.scenario(f" refused as {label}, then read", run, laws.REFUSED)
    if subject.doing("delete") and subject.resource.made == "client":
        again = partial(_made_again, subject)
        yield subject.scenario(", then delete and make again", again, laws.GONE)
    yield from _of_nobody(subject)


def _of_nobody(subject: Subject) -> Iterator[Scenario]:
    """Yield calls on a record that is gone, and on one that belongs to somebody else."""
    if subject.doing("delete"):
        yield subject.scenario(" after delete", partial(_after_delete, subject), laws.GONE)
    stranger = partial(_of_a_stranger, subject)
    yield subject.scenario(" of somebody else's record", stranger, laws.TENANTS)


# -- moves ----------------------------------------------------------------------------------------


def _part(subject: Subject) -> Part:
    effect = subject.operation.effect
    assert effect is not None
    assert effect.part is not None
    return effect.part


def _made(subject: Subject, walk: Walk) -> Made:
    """Make a record and read its entries, so that all definitions are known."""
    made = subject.make(walk)
    _read(subject, walk, made)
    return made


def _read(subject: Subject, walk: Walk, made: Made) -> None:
    read_entries(subject.drafts, walk, made)


def _draft(subject: Subject, walk: Walk, made: Made, items: Sequence[Template]) -> Draft:
    """Return a draft that sets entries, by the record's maker.

    Raises: Unreached: no operation does.
    """
    operations = subject.doing("upsert")
    if not operations:
        raise Unreached(f"no operation sets the {_part(subject).name} of a {subject.kind}")
    draft = subject.drafts.draft(walk, operations[0])
    draft.key, draft.home, draft.credential = made.key, dict(made.home), made.credential or None
    draft.made, draft.body = made, list(items)
    return draft


def _set(subject: Subject, walk: Walk, made: Made, *items: Template) -> None:
    """Set entries by a call that is sure to be accepted, and read what it left.

    What an answer shows wrongly after a second call could not be laid to one of the two.

    Raises: Unreached: nobody is sure to be allowed it.
    """
    draft = _draft(subject, walk, made, items)
    names = [name for name in users(walk, made) if name]
    if not draft.allowed(names):
        raise Unreached(f"no credential of the profile is sure to be allowed {draft.operation.id}")
    draft.send()
    _read(subject, walk, made)


def _item(subject: Subject, name: Template, value: Json) -> dict[str, Template]:
    part = _part(subject)
    return {part.named: name, part.value: value}


def _values(part: Part, kind: str) -> list[Json]:
    """Return values of a type, the plainest first."""
    return [one for one in SAMPLES if part.fits[kind](one)]


def _entry(
    subject: Subject, walk: Walk, made: Made, kind: str | None = None, *, but: Template = None
) -> tuple[Template, list[Json]]:
    """Return the name of an entry of a type, or of any, with values that it takes.

    It is a new one where no definition is known that fits, but for the one named `but`.
    """
    part = _part(subject)
    for known in defined(_draft(subject, walk, made, []), part):
        typed, name = str(known.fields.get(part.typed)), known.fields.get(part.named)
        values = _values(part, typed) if typed in part.fits else []
        if kind in {None, typed} and len(values) > 1 and name != but:
            return name, values
    return _fresh_entry(subject, walk, made, kind or next(iter(part.types)))


def _fresh_entry(
    subject: Subject, walk: Walk, made: Made, kind: str
) -> tuple[Template, list[Json]]:
    """Return an unused name, with values that make a definition of a type under it."""
    values = [one for one in SAMPLES if _part(subject).type_of(one) == kind]
    return _unused(subject, walk, made), [one for one in values if not _is_open(one)]


def _is_open(value: Json) -> bool:
    """Tell whether readers differ on what type a value is of."""
    return isinstance(value, float) and value.is_integer()


def _unused(subject: Subject, walk: Walk, made: Made) -> Template:
    """Return a name, in letters of both cases, that no definition has."""
    part = _part(subject)
    known = defined(_draft(subject, walk, made, []), part)
    taken = {part.folded(one.fields.get(part.named)) for one in known}
    while True:
        name = walk.fresh("-New")
        if part.folded(walk.text(name)) not in taken:
            return name


# -- reading --------------------------------------------------------------------------------------


def _read_twice(subject: Subject, walk: Walk) -> None:
    made = _made(subject, walk)
    if subject.doing("upsert"):
        name, values = _entry(subject, walk, made)
        _set(subject, walk, made, _item(subject, name, values[0]))
    for _ in range(3):
        _read(subject, walk, made)


def _read_by_everybody(subject: Subject, walk: Walk) -> None:
    made = subject.make(walk)
    draft = subject.drafts.draft(walk, subject.operation)
    draft.key, draft.home = made.key, dict(made.home)
    for name in walk.callers:
        draft.credential = name
        judgement = draft.judged()
        if judgement is not None and judgement.sole is not None:
            draft.send()


def _read_known(subject: Subject, walk: Walk) -> None:
    """Read the entries of every record that the profile knows of, two times."""
    for _ in range(2):
        for known in list(walk.knowledge.of_kind(subject.kind)):
            draft = subject.drafts.draft(walk, subject.operation)
            draft.key = known.key
            if draft.allowed(walk.callers):
                draft.send()


# -- setting --------------------------------------------------------------------------------------


def _each_value(subject: Subject, kind: str, walk: Walk) -> None:
    made = _made(subject, walk)
    name, values = _entry(subject, walk, made, kind)
    for value in values[:_MOST_VALUES]:
        _set(subject, walk, made, _item(subject, name, value))


def _one_of_two(subject: Subject, walk: Walk) -> None:
    made = _made(subject, walk)
    first, values = _entry(subject, walk, made)
    second, others = _entry(subject, walk, made, but=first)
    _set(subject, walk, made, _item(subject, first, values[0]), _item(subject, second, others[0]))
    _set(subject, walk, made, _item(subject, second, others[1]))
    _set(subject, walk, made, _item(subject, first, values[1]))


def _unset(subject: Subject, walk: Walk) -> None:
    made = _made(subject, walk)
    name, values = _entry(subject, walk, made)
    other, others = _entry(subject, walk, made, but=name)
    _set(subject, walk, made, _item(subject, name, values[0]), _item(subject, other, others[0]))
    for value in (None, None, values[0]):
        _set(subject, walk, made, _item(subject, name, value))


def _null_for_new(subject: Subject, walk: Walk) -> None:
    made = _made(subject, walk)
    _set(subject, walk, made, _item(subject, _unused(subject, walk, made), None))


def _other_case(subject: Subject, walk: Walk) -> None:
    made = _made(subject, walk)
    name, values = _entry(subject, walk, made)
    written = str(walk.value(name))
    _set(subject, walk, made, _item(subject, written, values[0]))
    for other in (written.upper(), written.lower(), written.swapcase()):
        for value in values[:2]:
            _set(subject, walk, made, _item(subject, other, value))


def _same_twice(subject: Subject, walk: Walk) -> None:
    made = _made(subject, walk)
    name, values = _entry(subject, walk, made)
    for first, last in ((values[0], values[1]), (values[1], values[0]), (values[0], None)):
        items = [_item(subject, name, first), _item(subject, name, last)]
        _set(subject, walk, made, *items)


def _new_definitions(subject: Subject, walk: Walk) -> None:
    """Make a definition of each type in one call, then look at another record."""
    made = _made(subject, walk)
    items = []
    for kind in _part(subject).types:
        name, values = _fresh_entry(subject, walk, made, kind)
        items.append(_item(subject, name, values[0]))
    _set(subject, walk, made, *items)
    _read(subject, walk, subject.make(walk, credential=made.credential))


def _new_beside(subject: Subject, walk: Walk) -> None:
    """Make a definition, and look for it where it must not be: among another tenant's."""
    made = _made(subject, walk)
    others = []
    for home in homes(walk, subject.resource):
        try:
            others.append(subject.drafts.make(walk, subject.kind, home=home))
        except Unreached:
            continue
        _read(subject, walk, others[-1])
    name, values = _fresh_entry(subject, walk, made, next(iter(_part(subject).types)))
    _set(subject, walk, made, _item(subject, name, values[0]))
    for other in others:
        _read(subject, walk, other)


def _beside(subject: Subject, walk: Walk) -> None:
    """Set entries of one record while those of another one stay."""
    made = _made(subject, walk)
    other = subject.make(walk, credential=made.credential)
    name, values = _entry(subject, walk, made)
    second, others = _entry(subject, walk, made, but=name)
    _set(subject, walk, other, _item(subject, second, others[0]))
    _set(subject, walk, made, _item(subject, name, values[0]))
    _set(subject, walk, made, _item(subject, second, others[1]))
    _read(subject, walk, other)


def _leaves_record(subject: Subject, walk: Walk) -> None:
    made = _made(subject, walk)
    read_back(subject.drafts, walk, made)
    name, values = _entry(subject, walk, made)
    _set(subject, walk, made, _item(subject, name, values[0]))
    read_back(subject.drafts, walk, made)


# -- refusals -------------------------------------------------------------------------------------


def _refused(subject: Subject, last: Callable[..., Template] | None, walk: Walk) -> None:
    """Send items that are right and one that is not: nothing of them may stay."""
    made = _made(subject, walk)
    name, values = _entry(subject, walk, made)
    other, others = _entry(subject, walk, made, but=name)
    _set(subject, walk, made, _item(subject, name, values[0]))
    new, fresh = _fresh_entry(subject, walk, made, next(iter(_part(subject).types)))
    items = [_item(subject, name, values[1]), _item(subject, new, fresh[0])]
    draft = _draft(subject, walk, made, [*items, *([last(subject, other, others)] if last else [])])
    names = [made.credential] if last else walk.callers
    if not draft.choose(names, _is_refused):
        raise Unreached(f"no credential and value at hand make {draft.operation.id} refuse")
    draft.send()
    _read(subject, walk, made)


def _mistyped(subject: Subject, name: Template, values: list[Json]) -> Template:
    """Return an item whose value is of another type than those that its entry takes."""
    part = _part(subject)
    kinds = [kind for kind, fits in part.fits.items() if all(fits(one) for one in values)]
    wrong = next(one for one in SAMPLES if not any(part.fits[kind](one) for kind in kinds))
    return _item(subject, name, wrong)


def _misshapen(subject: Subject, name: Template, values: list[Json]) -> Template:
    item = _item(subject, name, values[0])
    return {key: value for key, value in item.items() if key != _part(subject).value}


def _is_refused(draft: Draft) -> bool:
    judgement = draft.judged()
    return judgement is not None and judgement.certain and judgement.sole not in {None, SUCCESS}


# -- nobody's records -----------------------------------------------------------------------------


def _call(subject: Subject, walk: Walk, made: Made) -> Draft:
    """Return a draft of the operation on a record."""
    if subject.operation.effect and subject.operation.effect.action == "entries":
        draft = subject.drafts.draft(walk, subject.operation)
        draft.key, draft.credential = made.key, made.credential or None
        return draft
    name, values = _entry(subject, walk, made)
    return _draft(subject, walk, made, [_item(subject, name, values[0])])


def _after_delete(subject: Subject, walk: Walk) -> None:
    made = _made(subject, walk)
    draft = _call(subject, walk, made)
    deleted(subject.drafts, walk, made)
    if draft.choose(walk.callers, _is_refused):
        draft.send()


def _made_again(subject: Subject, walk: Walk) -> None:
    made = _made(subject, walk)
    name, values = _entry(subject, walk, made)
    _set(subject, walk, made, _item(subject, name, values[0]))
    deleted(subject.drafts, walk, made)
    same = {subject.resource.key: made.key}
    again = subject.make(walk, credential=made.credential, fields=same)
    _read(subject, walk, again)


def _of_a_stranger(subject: Subject, walk: Walk) -> None:
    """Call by a key that is somebody else's, then look whether it is as it was there."""
    mine = _made(subject, walk)
    other = elsewhere(subject.drafts, walk, subject.kind, mine.credential)
    _read(subject, walk, other)
    draft = _call(subject, walk, mine)
    draft.key, draft.home = other.key, {}
    if not draft.choose([mine.credential], _is_refused):
        raise Unreached("nobody can tell whether the key is one of the caller's own as well")
    draft.send()
    _read(subject, walk, other)

"""A step for the one side, put into the other side's terms: its own keys, moments and secrets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from contracts import keys, steps
from contracts.compare.pairs import DISTINCTIVE, Pair, Pairs
from contracts.compare.roles import ANY, Roles
from contracts.steps import Fresh, Ref, Spelt, Step, Template
from contracts.walk import Unreached, Walk
from spec import ABSENT, Json

_Change: TypeAlias = Callable[[Template, str, bool], Template]
"""Changes one value, which stands under a name; tells whether it is written as a text there."""


@dataclass
class Mirror:
    """Puts the left side's steps into the right side's terms; `secrets` are each one's own.

    `alike` says that both sides have the same records, those that nobody has told of included.
    """

    roles: Roles
    pairs: Pairs
    secrets: Mapping[str, str]
    left: Walk
    alike: bool

    def anchored(self, step: Step) -> Step:
        """Return the step with references in the place of values that earlier answers have told.

        The bytes are the same; but they can be had again from a fresh start.
        """
        return _changed(step, self._of_left)

    def mirrored(self, step: Step) -> Step:
        """Return the step as the right side is to get it.

        Raises: Unreached: it names a record that has no counterpart there.
        """
        found = _changed(step, self._of_right)
        return replace(
            found,
            credential=self._credential(step.credential),
            headers=tuple((name, self._said(value)) for name, value in step.headers),
            raw=self._bytes(step.raw),
        )

    # -- values -----------------------------------------------------------------------------------

    def _of_left(self, value: Template, name: str, written: bool) -> Template:
        if isinstance(value, Ref | Fresh):
            return value
        pair = self._pair(value, name)
        if pair is None or pair.spots is None or self._was_there(pair, name):
            return value
        return pair.spots[0] if written or _alike(value, pair.left) else value

    def _of_right(self, value: Template, name: str, written: bool) -> Template:
        if isinstance(value, Fresh):
            return value
        plain = self.left.value(value)
        if written and isinstance(plain, str) and "," in plain and self.roles.kind(name):
            return ",".join(str(self._of_right(one, name, written)) for one in plain.split(","))
        pair = self._pair(plain, name)
        if pair is None:
            self._must_be_nobodys(plain, name)
            return self._text(value) if isinstance(value, str) else value
        literal = not isinstance(value, Ref) and self._was_there(pair, name)
        if pair.spots is None or literal or not (written or _alike(plain, pair.left)):
            return type(plain)(pair.right)
        return pair.spots[1]

    def _was_there(self, pair: Pair, name: str) -> bool:
        """Tell whether a key is that of a record which both sides had from the beginning."""
        kind = self.roles.kind(name)
        known = self.left.latest(kind, str(pair.left)) if kind else None
        return pair.left == pair.right and known is not None and not known.made_here

    def _pair(self, value: Json, name: str) -> Pair | None:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return None
        kind = self.roles.kind(name)
        if kind:
            whole = int(value) if isinstance(value, float) and value.is_integer() else value
            found = self.pairs.of_left(kind, whole)
            if found is not None:
                return found
        if kind == ANY or (isinstance(value, str) and len(value) >= DISTINCTIVE):
            found = self.pairs.anywhere(value)
            return found or self.pairs.moment_of(str(value))
        return None

    def _must_be_nobodys(self, value: Json, name: str) -> None:
        """Make sure that a key without a pair names no record, or the same one on both sides."""
        kind = self.roles.kind(name)
        if not kind or isinstance(value, bool) or not isinstance(value, str | int):
            return
        if self.left.latest(kind, str(value)):
            raise Unreached(f"the other side has no record that stands for the {kind} {value}")
        made = self.left.contract.resources[kind].made
        absent = (kind, str(value), None) in self.left.knowledge.absent
        # A small number may be anybody's; a longer id that nobody has told of is hardly there.
        if self.alike or made != "sequence" or absent or keys.nobodys(made, str(value)):
            return
        raise Unreached(f"nobody knows of the {kind} {value}, which only one side may have")

    def _text(self, text: str) -> str:
        given = self._said(text, least=DISTINCTIVE)
        lower = self.pairs.anywhere(given.lower()) if given.isupper() else None
        if lower is not None and len(given) >= DISTINCTIVE:
            return str(lower.right).upper()
        return self.pairs.moved(given) or self.pairs.reworded(given)

    # -- what is sent as it is --------------------------------------------------------------------

    def _credential(self, name: str | None) -> str | None:
        """Return a credential's name, or the literal one with the right side's secret in it."""
        return self._said(name) if name is not None and name.startswith("=") else name

    def _said(self, given: str, *, least: int = 1) -> str:
        """Return a text with the right side's secrets in the place of the left side's.

        Those shorter than `least` may well be a part of any text.
        """
        for secret in sorted(self.secrets, key=len, reverse=True):
            if len(secret) >= least and secret in given:
                return given.replace(secret, self.secrets[secret])
        return given

    def _bytes(self, raw: bytes | None) -> bytes | None:
        if raw is None:
            return None
        return self.pairs.reworded(raw.decode("latin-1")).encode("latin-1")


def _alike(value: Json, other: Json) -> bool:
    return type(value) is type(other)


def _changed(step: Step, change: _Change) -> Step:
    return replace(
        step,
        path={name: _inside(value, name, change, True) for name, value in step.path.items()},
        query=tuple((name, _inside(value, name, change, True)) for name, value in step.query),
        body=step.body if step.body is ABSENT else _inside(step.body, "", change, False),
    )


def _inside(value: Template, name: str, change: _Change, written: bool) -> Template:
    if isinstance(value, Mapping):
        return {key: _inside(inner, key, change, written) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_inside(inner, name, change, written) for inner in value]
    if isinstance(value, Spelt):
        told = change(value.value, name, True)
        if isinstance(told, Ref):
            return replace(value, value=told)
        return f"{value.before}{steps.text(told)}{value.after}"
    return change(value, name, written)

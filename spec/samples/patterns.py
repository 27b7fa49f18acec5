"""The simplest text that a pattern takes: the regular expressions that JSON Schema recommends.

That is the part of ECMA-262 that most engines agree on; lookarounds are passed over, so that a text
has to be tried on the pattern before use.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from string import ascii_letters, ascii_lowercase, ascii_uppercase, digits, punctuation
from typing import TypeAlias

_MOST = 2_000
_ALPHABET = ascii_lowercase + digits + ascii_uppercase + punctuation + " éßЖ中\t\n"
_MIXED = "Aa1!"

Takes: TypeAlias = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class _Char:
    """One character out of a class."""

    takes: Takes


@dataclass(frozen=True, slots=True)
class _Repeat:
    """A node so many times; without `most` any number of times."""

    node: _Node
    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class _Group:
    """Alternatives, each a sequence; its text is referred to by `number`, 0 where it cannot be."""

    ways: tuple[tuple[_Node, ...], ...]
    number: int = 0


@dataclass(frozen=True, slots=True)
class _Again:
    """The text of an earlier group."""

    number: int


_Node: TypeAlias = _Char | _Repeat | _Group | _Again


class _UnreadableError(ValueError):
    """The pattern is none that we can read."""


def texts(pattern: str, least: int = 0, number: int = 0) -> Iterator[str]:
    """Yield texts that a pattern probably takes, the shortest of at least `least` characters first.

    Another `number` asks for other texts of the same form.
    """
    try:
        tree = _parsed(pattern)
    except _UnreadableError:
        return
    for more in (0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024):
        text = _text(tree, number, more, {})
        if len(text) >= least or more >= least:
            yield text
            break
    # Passwords: lookaheads ask for characters of several classes somewhere.
    for size in dict.fromkeys((max(least, 8), 12, 16, 24)):
        yield (_MIXED * size)[:size]


@lru_cache(maxsize=1024)
def _parsed(pattern: str) -> _Group:
    return _Reader(pattern).whole()


def _text(node: _Node, number: int, more: int, groups: dict[int, str]) -> str:
    if isinstance(node, _Char):
        return _character(node.takes, number)
    if isinstance(node, _Again):
        return groups.get(node.number, "")
    if isinstance(node, _Repeat):
        most = node.least + more if node.most is None else min(node.least + more, node.most)
        return "".join(_text(node.node, number, more, groups) for _ in range(min(most, _MOST)))
    way = node.ways[number % len(node.ways)]
    text = "".join(_text(one, number, more, groups) for one in way)
    groups[node.number] = text
    return text


def _character(takes: Takes, number: int) -> str:
    fitting = [one for one in _ALPHABET if takes(one)]
    if not fitting:
        return next((one for one in map(chr, range(0x20, 0x3000)) if takes(one)), "")
    return fitting[number % len(fitting)]


# -- reading --------------------------------------------------------------------------------------

_CLASSES: dict[str, Takes] = {
    "d": lambda one: one in digits,
    "w": lambda one: one in ascii_letters + digits + "_",
    "s": str.isspace,
}
_PLAIN = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "0": "\0"}


def _not(takes: Takes) -> Takes:
    return lambda one: not takes(one)


def _is(char: str) -> Takes:
    return lambda one: one == char


def _between(first: str, last: str) -> Takes:
    return lambda one: first <= one <= last


def _any_of(parts: list[Takes]) -> Takes:
    return lambda one: any(takes(one) for takes in parts)


def _category(name: str) -> Takes:
    """Return the class of a Unicode property; of scripts and the like, any letter."""
    value = name.rpartition("=")[2]
    if len(value) <= 2 and value[:1] in "LMNPSZC":
        return lambda one: unicodedata.category(one).startswith(value)
    return str.isalpha


class _Reader:
    """Reads one pattern from its beginning to its end."""

    def __init__(self, pattern: str) -> None:
        self._rest = pattern
        self._groups = 0

    def whole(self) -> _Group:
        """Return the whole pattern.

        Raises: _UnreadableError: it is none.
        """
        ways = self._ways()
        if self._rest:
            raise _UnreadableError(self._rest)
        return _Group(ways)

    def _take(self, text: str) -> bool:
        found = self._rest.startswith(text)
        self._rest = self._rest[len(text) :] if found else self._rest
        return found

    def _next(self) -> str:
        if not self._rest:
            raise _UnreadableError("it ends too soon")
        char, self._rest = self._rest[0], self._rest[1:]
        return char

    def _until(self, mark: str) -> str:
        text, found, self._rest = self._rest.partition(mark)
        if not found:
            raise _UnreadableError(f"there is no {mark!r}")
        return text

    def _ways(self) -> tuple[tuple[_Node, ...], ...]:
        ways = [self._sequence()]
        while self._take("|"):
            ways.append(self._sequence())
        return tuple(ways)

    def _sequence(self) -> tuple[_Node, ...]:
        found: list[_Node] = []
        while self._rest and self._rest[0] not in "|)":
            atom = self._atom()
            if atom is not None:
                found.append(self._repeated(atom))
        return tuple(found)

    def _repeated(self, atom: _Node) -> _Node:
        bounds = self._bounds()
        if bounds is None:
            return atom
        if not self._take("?"):
            self._take("+")
        return _Repeat(atom, *bounds)

    def _bounds(self) -> tuple[int, int | None] | None:
        for mark, bounds in {"*": (0, None), "+": (1, None), "?": (0, 1)}.items():
            if self._take(mark):
                return bounds
        inside, brace, rest = self._rest.partition("}")
        least, comma, most = inside[1:].partition(",")
        if not brace or inside[:1] != "{" or not least.isdecimal():
            return None
        if comma and most and not most.isdecimal():
            return None
        self._rest = rest
        return int(least), int(most or least) if most or not comma else None

    def _atom(self) -> _Node | None:
        char = self._next()
        if char in "^$":
            return None
        if char == ".":
            return _Char(lambda one: one != "\n")
        if char == "(":
            return self._group()
        if char == "[":
            return self._class()
        if char == "\\":
            return self._escape()
        return _Char(_is(char))

    def _group(self) -> _Node | None:
        number = 0
        around, captured = False, True
        if self._take("?"):
            around = any(self._take(mark) for mark in ("=", "!", "<=", "<!"))
            captured = not around and not self._take(":")
            if captured:
                self._take("P")
                if not self._take("<"):
                    raise _UnreadableError("an unknown kind of group")
                self._until(">")
        if captured:
            self._groups += 1
            number = self._groups
        ways = self._ways()
        if not self._take(")"):
            raise _UnreadableError("a group without end")
        return None if around else _Group(ways, number)

    def _class(self) -> _Node:
        negative = self._take("^")
        parts: list[Takes] = []
        while not self._take("]"):
            first = self._member()
            if isinstance(first, str) and self._rest[:1] == "-" and self._rest[1:2] != "]":
                self._next()
                last = self._member()
                if not isinstance(last, str):
                    raise _UnreadableError("a range without end")
                parts.append(_between(first, last))
            else:
                parts.append(_is(first) if isinstance(first, str) else first)
        takes = _any_of(parts)
        return _Char(_not(takes) if negative else takes)

    def _member(self) -> str | Takes:
        char = self._next()
        if char != "\\":
            return char
        return "\b" if self._take("b") else self._escaped()

    def _escape(self) -> _Node | None:
        if self._rest[:1] in {"b", "B"}:
            self._next()
            return None
        if self._rest[:1] in digits[1:] and self._rest:
            return _Again(int(self._next()))
        found = self._escaped()
        return _Char(_is(found) if isinstance(found, str) else found)

    def _escaped(self) -> str | Takes:
        """Return what stands behind a backslash: a character, or a class of them."""
        char = self._next()
        if char.lower() in _CLASSES:
            takes = _CLASSES[char.lower()]
            return _not(takes) if char.isupper() else takes
        if char in "pP" and self._take("{"):
            takes = _category(self._until("}"))
            return _not(takes) if char == "P" else takes
        if char in "xu":
            return self._code(2 if char == "x" else 4)
        return _PLAIN.get(char, char)

    def _code(self, size: int) -> str:
        """Return the character whose number follows, in as many digits or in braces."""
        if self._take("{"):
            text = self._until("}")
        else:
            text, self._rest = self._rest[:size], self._rest[size:]
        try:
            return chr(int(text, 16))
        except (ValueError, OverflowError):
            raise _UnreadableError(f"{text!r} is no number of a character") from None

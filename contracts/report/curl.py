"""The steps of a finding as a shell script: what a reader pastes to see it for himself.

Secrets stand as `$WRITER_TOKEN`; values out of earlier answers become shell variables; where
the target keeps what is created, fresh texts carry `$RUN`, so that the script can run again.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias
from urllib.parse import quote, urlsplit, urlunsplit

from contracts.profile import Profile
from contracts.run.findings import Finding
from contracts.steps import Exchange, Fresh, Ref, Step, mapped, request_of
from contracts.waiting import awaits
from spec import ABSENT, Contract, Json, encode, pick
from spec.document import tokens

_FRESH = re.compile(rb"cfk-([0-9a-f]{8})-[0-9]+-")
_MARK = re.compile(rb'"?cfqref([0-9]+)x"?')
_RUN = "RUN"
_PLAIN_IN_QUOTES = re.compile(rb'[^"$`\\!\x00-\x1f\x7f-\xff]*')
_REPEATED = re.compile(rb"(.{1,8}?)\1{63,}", re.DOTALL)
_LARGE = 4096
_LONGEST_ARGUMENT = 100_000


@dataclass(frozen=True, slots=True)
class Var:
    """A shell variable inside a word."""

    name: str


Part: TypeAlias = bytes | Var


def shown_url(url: str) -> str:
    """Return a URL without the user, password, query and fragment that it may carry."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def script(
    finding: Finding, profile: Profile, contract: Contract, *, aim: str | None = None
) -> str:
    """Return the finding's steps as lines for bash, ending with a line feed.

    The last request shows its whole answer, after a comment that says what is due, or `aim`.
    """
    return "\n".join(_Script(finding, profile, contract, aim).lines()) + "\n"


# -- words ----------------------------------------------------------------------------------------


def word(parts: Sequence[Part]) -> str:
    """Return a shell word for texts and variables, quoted as simply as is safe."""
    if not any(isinstance(one, Var) for one in parts):
        return _literal(b"".join(one for one in parts if isinstance(one, bytes)))
    if all(isinstance(one, Var) or _PLAIN_IN_QUOTES.fullmatch(one) for one in parts):
        return f'"{_quotable(parts)}"'
    return "".join(
        f'"${one.name}"' if isinstance(one, Var) else _literal(one) for one in parts if one
    )


def _quotable(parts: Sequence[Part]) -> str:
    text = ""
    for number, one in enumerate(parts):
        if isinstance(one, bytes):
            text += one.decode("ascii")
            continue
        following = parts[number + 1] if number + 1 < len(parts) else b""
        glued = isinstance(following, bytes) and re.match(rb"\w", following)
        text += f"${{{one.name}}}" if glued else f"${one.name}"
    return text


def _literal(data: bytes) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return _ansi(data)
    return shlex.quote(text) if all(one.isprintable() for one in text) else _ansi(data)


def _ansi(data: bytes) -> str:
    """Return bytes as `$'…'`, which can hold all but NUL."""
    return "$'" + "".join(_escaped(byte) for byte in data) + "'"


def _escaped(byte: int) -> str:
    named = {0x0A: "\\n", 0x09: "\\t", 0x0D: "\\r", 0x27: "\\'", 0x5C: "\\\\"}
    if byte in named:
        return named[byte]
    return chr(byte) if 0x20 <= byte < 0x7F else f"\\x{byte:02x}"


def _printf(data: bytes) -> str:
    """Return a command that prints bytes, NUL included."""
    plain = "".join(
        chr(one) if 0x20 <= one < 0x7F and chr(one) not in "%\\'" else f"\\{one:03o}"
        for one in data
    )
    return f"printf '{plain}'"


def _repeating(data: bytes) -> str | None:
    """Return a command that prints long bytes from what repeats in them, None if little does."""
    pieces: list[str] = []
    end = 0
    for match in _REPEATED.finditer(data):
        pieces += [repr(data[end : match.start()])] if match.start() > end else []
        unit = match.group(1)
        pieces.append(f"{unit!r} * {len(match.group()) // len(unit)}")
        end = match.end()
    pieces += [repr(data[end:])] if end < len(data) else []
    code = f"import sys; sys.stdout.buffer.write({' + '.join(pieces)})"
    return f"python3 -c {shlex.quote(code)}" if len(code) * 2 < len(data) else None


# -- the script -----------------------------------------------------------------------------------


@dataclass
class _Script:
    finding: Finding
    profile: Profile
    contract: Contract
    aim: str | None = None
    _names: dict[tuple[int, str, str], str] = field(default_factory=dict)
    _needed: list[Ref] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        steps = self.finding.steps
        bodies = [
            "\n".join(self._step(number, number == len(steps) - 1)) for number in range(len(steps))
        ]
        yield f"URL={shlex.quote(shown_url(self.profile.url))}"
        text = "\n".join(bodies)
        for name in dict.fromkeys(self._variables.values()):
            if f"${name}" in text or f"${{{name}}}" in text:
                yield f': "${{{name}:?put the secret of this credential into it}}"'
        if f"${_RUN}" in text or f"${{{_RUN}}}" in text:
            yield f"{_RUN}=$(date +%s | tail -c 9)  # makes the names new in each run"
        for number, body in enumerate(bodies):
            if self.profile.isolation == "reset" and number == 0:
                yield f"curl -sS -o /dev/null -X POST {self._reset()}"
            yield from self._settled(number, body)

    def _settled(self, number: int, body: str) -> Iterator[str]:
        """Yield a step's lines: its answer kept where later steps refer to it."""
        wanted = {key: name for key, name in self._names.items() if key[0] == number}
        if number == len(self.finding.steps) - 1:
            yield self._aim()
            yield body
        elif not wanted:
            state = awaits(self.contract, self.finding.steps, number)
            yield f"until {body} | {_shows(*state)}; do sleep 1; done" if state else body
        elif len(wanted) == 1:
            ((key, name),) = wanted.items()
            yield f"{name}=$({body} | {_taken(key[1], key[2])})"
        else:
            yield f"ANSWER{number + 1}=$({body})"
            for key, name in wanted.items():
                yield f'{name}=$(printf %s "$ANSWER{number + 1}" | {_taken(key[1], key[2])})'

    def _aim(self) -> str:
        one = self.finding.contradiction
        if self.aim is not None:
            return f"# {_line(self.aim)}"
        if ": " in one.row:  # a law, of which several answers speak
            return f"# {_line(one.expected)}: {_line(one.sentence)}"
        return f"# due: {_line(one.expected)}; was: {_line(one.got)}"

    # -- one request ------------------------------------------------------------------------------

    def _step(self, number: int, last: bool) -> Iterator[str]:
        step, exchange = self.finding.steps[number], self.finding.exchanges[number]
        request = exchange.request
        target, body = self._template(step, exchange)
        command = ["curl", "-isS" if last else "-sS"]
        waits = awaits(self.contract, self.finding.steps, number)
        if not last and not waits and not self._is_needed(number):
            command += ["-o", "/dev/null", "-w", r"'%{http_code}\n'"]
        path = target.partition(b"?")[0]
        if re.search(rb"/\.{1,2}(/|$)", path):
            command.append("--path-as-is")
        command += ["--head"] if request.method == "HEAD" else []
        command += ["-X", request.method] if request.method not in {"GET", "HEAD"} else []
        for name, value in request.headers:
            command += ["-H", self._header(name, value)]
        before = ""
        if body:
            if request.header("Content-Type") is None:
                command += ["-H", "'Content-Type:'"]
            if len(body) > _LARGE:
                command += ["-H", "'Expect:'"]
            before, given = self._data(body)
            command += given
        command.append(word([Var("URL"), *self._parts(target, in_json=False)]))
        yield before + " ".join(command)

    def _is_needed(self, number: int) -> bool:
        return any(number in step.refs() for step in self.finding.steps)

    def _template(self, step: Step, exchange: Exchange) -> tuple[bytes, bytes]:
        """Return target (below the base) and body, with marks where earlier answers come in."""
        sent = exchange.request
        marks: list[Ref] = []
        seen = _FRESH.search(sent.target.encode()) or _FRESH.search(sent.body)
        prefix = seen.group().decode() if seen else "cfk-00000000-0-"

        def marked(one: Ref | Fresh) -> str | Ref:
            if isinstance(one, Fresh):
                return f"{prefix}{one.number}{one.suffix}"
            source = self.finding.exchanges[one.step].body
            if pick(source, one.pointer, ABSENT) is ABSENT:
                return one
            marks.append(one)
            return f"cfqref{len(self._needed) + len(marks) - 1}x"

        templated = Step(
            operation=step.operation,
            credential=None,
            path=mapped(dict(step.path), marked),
            query=tuple((name, mapped(value, marked)) for name, value in step.query),
            body=step.body if step.body is ABSENT else mapped(step.body, marked),
            raw=step.raw,
            suffix=step.suffix,
        )
        request = request_of(
            self.contract,
            "",
            templated,
            credentials={},
            exchanges=self.finding.exchanges,
            fresh=lambda one: f"{prefix}{one.number}{one.suffix}",
        )
        self._needed += marks
        return request.target.encode(), request.body

    def _header(self, name: str, value: str) -> str:
        if not value:
            return shlex.quote(f"{name};")
        session = self.profile.isolation == "session" and name == self.profile.session_header
        if session:
            return word([f"{name}: ".encode(), Var(_RUN)])
        return word(self._parts(f"{name}: {value}".encode(), in_json=False))

    def _data(self, body: bytes) -> tuple[str, list[str]]:
        """Return what stands before curl, and curl's own arguments, to send a body."""
        parts = self._parts(body, in_json=True)
        piped = ["--data-binary", "@-"]
        if len(body) > _LARGE and all(isinstance(one, bytes) for one in parts):
            command = _repeating(body)
            if command:
                return f"{command} | ", piped
        if b"\0" in body or len(body) > _LONGEST_ARGUMENT:
            return f"{_printf(body)} | ", piped
        return "", ["--data-raw" if body.startswith(b"@") else "--data-binary", word(parts)]

    def _parts(self, data: bytes, *, in_json: bool) -> list[Part]:
        """Return bytes cut at secrets, marks and the run's own number."""
        parts: list[Part] = [data]
        for secret, name in self._variables.items():
            parts = _cut(parts, re.compile(re.escape(secret)), partial(_variable, name))
        parts = _cut(parts, _MARK, lambda match: Var(self._name(match, in_json=in_json)))
        nonce = self._nonce
        if nonce:
            parts = _cut(parts, re.compile(re.escape(nonce), re.IGNORECASE), lambda _: Var(_RUN))
        return parts

    def _name(self, match: re.Match[bytes], *, in_json: bool) -> str:
        ref = self._needed[int(match.group(1))]
        value = pick(self.finding.exchanges[ref.step].body, ref.pointer, None)
        form = _form(value, in_json=in_json)
        key = (ref.step, ref.pointer, form)
        if key not in self._names:
            leaf = re.sub(r"\W", "_", tokens(ref.pointer)[-1] if ref.pointer else "value").upper()
            name = f"{leaf if leaf[:1].isalpha() else 'VALUE'}{ref.step + 1}"
            name += "_JSON" if in_json and form else ""
            while name in self._names.values():
                name += "_"
            self._names[key] = name
        return self._names[key]

    @property
    def _variables(self) -> Mapping[bytes, str]:
        """The variable of each secret, in the ways in which it may stand in a request."""
        found: dict[bytes, str] = {}
        for secret, placeholder in self.profile.secrets.items():
            name = placeholder.removeprefix("$")
            for form in (secret, quote(secret, safe="")):
                found.setdefault(form.encode(), name)
        return dict(sorted(found.items(), key=lambda one: -len(one[0])))

    @property
    def _nonce(self) -> bytes | None:
        """The run's own number, where fresh texts must be new in each run of the script."""
        if self.profile.isolation != "none":
            return None
        sent = (one.request for one in self.finding.exchanges)
        found = (_FRESH.search(f"{one.target}\n".encode() + one.body) for one in sent)
        return next((one.group(1) for one in found if one), None)

    def _reset(self) -> str:
        parts = urlsplit(shown_url(self.profile.url))
        return shlex.quote(f"{parts.scheme}://{parts.netloc}{self.profile.reset}")


def _variable(name: str, _: re.Match[bytes]) -> Var:
    return Var(name)


def _cut(
    parts: Sequence[Part], pattern: re.Pattern[bytes], made: Callable[[re.Match[bytes]], Part]
) -> list[Part]:
    result: list[Part] = []
    for part in parts:
        if isinstance(part, Var):
            result.append(part)
            continue
        end = 0
        for match in pattern.finditer(part):
            result += [part[end : match.start()], made(match)]
            end = match.end()
        result.append(part[end:])
    return [one for one in result if one != b""]


def _form(value: Json, *, in_json: bool) -> str:
    """Return how Python writes a value where it is used; nothing for what prints as it is."""
    if isinstance(value, int) and not isinstance(value, bool):
        return ""
    if in_json or not isinstance(value, str):
        return "json.dumps({})"
    return "" if quote(value, safe="") == value else 'urllib.parse.quote({}, safe="")'


def _taken(pointer: str, form: str) -> str:
    """Return the one-liner that prints a value of the JSON answer on its standard input."""
    steps = "".join(f"[{_index(token)}]" for token in tokens(pointer)) if pointer else ""
    value = f"json.load(sys.stdin){steps}"
    needed = "json, sys, urllib.parse" if form.startswith("urllib") else "json, sys"
    code = f"import {needed}; print({form.format(value) if form else value})"
    return f"python3 -c {shlex.quote(code)}"


def _shows(name: str, value: str) -> str:
    """Return the command that tells whether the JSON on its standard input has such a member."""
    member = f'"{re.escape(name)}" *: *"{re.escape(value)}"'
    return f"grep -Eq {shlex.quote(member)}"


def _index(token: str) -> str:
    return token if token.isdecimal() else repr(token).replace("'", '"')


def _line(text: str) -> str:
    return encode(text).decode()[1:-1].replace('\\"', '"')[:160]

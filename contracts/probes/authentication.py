"""Probes of authentication: calls without a credential, or with something that is none."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from functools import partial

from contracts.oracle.rows import row_of
from contracts.probes.single import refusal, send_if_sole, valid
from contracts.probes.witness import Change, Rank, Witness
from contracts.reach.drafts import Draft, Drafts
from contracts.reach.scenarios import Scenario
from contracts.walk import Unreached, Walk
from spec import SUCCESS, Contract, Operation, carried
from spec.contract import Scheme, Stage


def scenarios(drafts: Drafts, operation: Operation, stage: Stage) -> Iterator[Scenario]:
    """Yield the probes of one operation that needs a credential."""
    yield refusal(drafts, operation, stage, anonymity())
    for witness in pretence(drafts.contract):
        yield refusal(drafts, operation, stage, witness)
    for label, change in _bent(drafts.contract):
        yield refusal(drafts, operation, stage, Witness(label, change, Rank.WIRE))
    if operation is _first_secured(drafts.contract):
        for label, change in _elsewhere(drafts.contract):
            yield refusal(drafts, operation, stage, Witness(label, change, Rank.WIRE))
    yield from welcomes(drafts, operation)


def _first_secured(contract: Contract) -> Operation:
    return next(one for one in contract.operations.values() if one.secured)


def anonymity() -> Witness:
    """Return the plainest way to fail authentication."""
    return Witness("no credential", _leave_out, Rank.WIRE)


def pretence(contract: Contract) -> Iterator[Witness]:
    """Yield a credential of each scheme that nobody has."""
    for scheme in contract.schemes:
        label = f"unknown credential ({scheme.word or scheme.name})"
        yield Witness(label, partial(_make_up, scheme), Rank.WIRE)


def _bent(contract: Contract) -> Iterator[tuple[str, Change]]:
    """Yield what is nearly a valid credential."""
    worded = [one for one in contract.schemes if one.word]
    for scheme in contract.schemes:
        name = scheme.word or scheme.name
        if scheme.word:
            yield f"no secret ({name})", partial(_say, scheme, scheme.word)
            yield f"the secret alone ({name})", partial(_spell, scheme, "{secret}")
        else:
            yield "the secret after a scheme's name", partial(_spell, scheme, "Bearer {secret}")
        if scheme.exact and scheme.word:
            lower = f"{scheme.word.lower()} {{secret}}"
            yield f"the scheme in lower case ({name})", partial(_spell, scheme, lower)
        if not scheme.basic:
            yield f"a secret with more behind it ({name})", partial(_bend, scheme, _longer)
            yield f"a secret cut short ({name})", partial(_bend, scheme, _shorter)
            yield f"a secret in another case ({name})", partial(_bend, scheme, str.swapcase)
        if scheme.basic:
            yield "no base64", partial(_say, scheme, f"{scheme.word} !!!")
            yield "no colon between user and password", partial(_say, scheme, "Basic bm9ib2R5")
            yield "another user", _other_user
            yield "another password", _other_password
    if worded and not any(one.basic for one in worded):
        yield "another scheme", partial(_say, worded[0], "Basic bm9ib2R5OnNlY3JldA==")


def _elsewhere(contract: Contract) -> Iterator[tuple[str, Change]]:
    """Yield a valid secret in the places where it does not belong."""
    given = {(one.location, one.parameter.lower()) for one in contract.schemes}
    scheme = next((one for one in contract.schemes if not one.basic), None)
    if scheme is None:
        return
    for name in ("access_token", "api_key", "token"):
        if ("query", name) not in given:
            yield f"the secret in the query, as {name}", partial(_ask, scheme, name)
    for name in ("X-Api-Key", "Authorization"):
        if ("header", name.lower()) not in given:
            yield f"the secret in the header {name}", partial(_head, scheme, name)


def _ask(scheme: Scheme, name: str, draft: Draft) -> None:
    draft.anonymous = True
    draft.query[name] = _secret(draft, basic=False, scheme=scheme.name)


def _head(scheme: Scheme, name: str, draft: Draft) -> None:
    draft.anonymous = True
    draft.headers = (*draft.headers, (name, _secret(draft, basic=False, scheme=scheme.name)))


def _longer(secret: str) -> str:
    return f"{secret}x"


def _shorter(secret: str) -> str:
    return secret[:-1]


def _bend(scheme: Scheme, change: Callable[[str], str], draft: Draft) -> None:
    """Send what is nearly a valid secret.

    Raises: Unreached: there is none, or the change leaves it as it is.
    """
    secret = _secret(draft, basic=False, scheme=scheme.name)
    if change(secret) == secret:
        raise Unreached("the secret looks the same")
    draft.anonymous = False
    draft.credential = f"={scheme.name} {change(secret)}"


def _leave_out(draft: Draft) -> None:
    draft.anonymous = True


def _make_up(scheme: Scheme, draft: Draft) -> None:
    draft.anonymous = False
    secret = f"cfk_unknown_{draft.walk.number}"
    draft.credential = f"={scheme.name} {f'nobody:{secret}' if scheme.basic else secret}"


def _other_user(draft: Draft) -> None:
    """Send somebody's password under another user's name."""
    _, _, password = _secret(draft, basic=True).partition(":")
    scheme = next(one for one in draft.contract.schemes if one.basic)
    draft.anonymous = False
    draft.credential = f"={scheme.name} cfk_nobody:{password}"


def _other_password(draft: Draft) -> None:
    """Send a wrong password for a user whom the target knows."""
    user, _, _ = _secret(draft, basic=True).partition(":")
    scheme = next(one for one in draft.contract.schemes if one.basic)
    draft.anonymous = False
    draft.credential = f"={scheme.name} {user}:cfk_unknown"


def _say(scheme: Scheme, value: str, draft: Draft) -> None:
    """Send a text of one's own where the credential stands."""
    draft.anonymous = True
    draft.headers = (*draft.headers, (scheme.parameter, value))


def _spell(scheme: Scheme, pattern: str, draft: Draft) -> None:
    """Send a valid secret in a form that is not the documented one."""
    secret = _secret(draft, basic=scheme.basic, scheme=scheme.name)
    if scheme.basic:
        secret = base64.b64encode(secret.encode()).decode()
    _say(scheme, pattern.replace("{secret}", secret), draft)


def _secret(draft: Draft, *, basic: bool, scheme: str | None = None) -> str:
    """Return a valid secret of the profile, the draft's own where it is of that scheme.

    Raises: Unreached: there is none.
    """
    known = draft.walk.world.credentials
    names = [name for name in (draft.credential, *known) if name is not None and name in known]
    for name in names:
        one = draft.contract.scheme(known[name].scheme or None)
        if one is not None and one.basic is basic and scheme in {None, one.name}:
            return known[name].secret
    raise Unreached("the profile has no such credential")


# -- other ways of being welcome ------------------------------------------------------------------


def welcomes(drafts: Drafts, operation: Operation) -> Iterator[Scenario]:
    """Yield the calls that each security scheme must let in."""
    row = row_of(operation, SUCCESS, drafts.contract)
    everybody = partial(_everybody, drafts, operation)
    yield Scenario(f"{operation.id} lets in all that may", (row,), everybody)
    for scheme in drafts.contract.schemes:
        if len(drafts.contract.schemes) > 1:
            run = partial(_welcomed, drafts, operation, scheme, None)
            yield Scenario(f"{operation.id} takes {scheme.name}", (row,), run)
        if scheme.word and not scheme.exact:
            for word in (scheme.word.lower(), scheme.word.upper()):
                run = partial(_welcomed, drafts, operation, scheme, word)
                yield Scenario(f"{operation.id} takes the word {word}", (row,), run)


def _everybody(drafts: Drafts, operation: Operation, walk: Walk) -> None:
    """Call with each credential that is sure to be allowed, on a record that it sees."""
    welcome = 0
    for name in walk.callers:
        draft = valid(drafts, walk, operation)
        if draft.allowed([name]):
            draft.send()
            welcome += 1
    if not welcome:
        raise Unreached(f"no credential of the profile is sure to be allowed {operation.id}")


def _welcomed(
    drafts: Drafts, operation: Operation, scheme: Scheme, word: str | None, walk: Walk
) -> None:
    draft = valid(drafts, walk, operation)
    known = walk.world.credentials
    names = [name for name in known if known[name].scheme == scheme.name]
    if not draft.allowed(names):
        raise Unreached(f"no credential of the profile for {scheme.name} is sure to be allowed")
    name = draft.credential or ""
    if word is not None:
        _, value = carried(drafts.contract, known[name])
        _say(scheme, f"{word}{value[len(scheme.word or '') :]}", draft)
    send_if_sole(drafts, draft, SUCCESS)

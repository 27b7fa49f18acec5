"""Probes of authentication: calls without a credential, or with something that is none."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from contracts.drafts import Draft, Drafts
from contracts.probes.single import refusal
from contracts.probes.witness import Change, Rank, Witness
from contracts.scenarios import Scenario
from contracts.walk import Unreached
from spec import Contract, Operation
from spec.contract import Stage


def scenarios(drafts: Drafts, operation: Operation, stage: Stage) -> Iterator[Scenario]:
    """Yield the probes of one operation that needs a credential."""
    for label, change in _anonymities(drafts.contract):
        yield refusal(drafts, operation, stage, Witness(label, change, Rank.WIRE))


def anonymity() -> Witness:
    """Return the plainest way to fail authentication."""
    return Witness("no credential", _leave_out, Rank.WIRE)


def _anonymities(contract: Contract) -> Iterator[tuple[str, Change]]:
    yield "no credential", _leave_out
    yield "unknown credential", _make_up
    scheme = contract.scheme
    if scheme is None or scheme.word is None:
        return
    yield "another scheme", partial(_say, "Basic bm9ib2R5OnNlY3JldA==")
    yield "no secret", partial(_say, scheme.word)
    yield "the secret alone", partial(_spell, "{secret}")
    if scheme.exact:
        yield "the scheme in lower case", partial(_spell, f"{scheme.word.lower()} {{secret}}")


def _leave_out(draft: Draft) -> None:
    draft.anonymous = True


def _make_up(draft: Draft) -> None:
    draft.anonymous = False
    draft.credential = f"=cfk_unknown_{draft.walk.number}"


def _say(value: str, draft: Draft) -> None:
    """Send a text of one's own where the credential stands."""
    draft.anonymous = True
    scheme = draft.contract.scheme
    if scheme is not None:
        draft.headers = (*draft.headers, (scheme.parameter, value))


def _spell(pattern: str, draft: Draft) -> None:
    """Send a valid secret in a form that is not the documented one."""
    secret = draft.walk.world.secrets.get(draft.credential or "")
    if not secret:
        raise Unreached("the profile has no credential")
    _say(pattern.replace("{secret}", secret), draft)

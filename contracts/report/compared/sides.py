"""The two sides of a divergence, each as a reader sees it: what it was asked, and what it said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from contracts.compare import Comparison, Divergence
from contracts.profile import Profile
from contracts.report import curl
from contracts.report.hidden import forms
from contracts.steps import Exchange, Step, redacted
from spec import Contract

_LONGEST = 200


@dataclass(frozen=True)
class Side:
    """One side of a divergence; `secrets` are those of both."""

    name: str
    contract: Contract
    profile: Profile
    divergence: Divergence
    steps: tuple[Step, ...]
    exchanges: tuple[Exchange, ...]
    secrets: Mapping[str, str]

    @property
    def said(self) -> str:
        """What it answered to the last step: the status and the beginning of the body."""
        if not self.exchanges:
            return "nothing"
        answer = self.exchanges[-1].answer
        body = answer.body.decode("utf-8", "replace")
        cut = body if len(body) <= _LONGEST else f"{body[:_LONGEST]}…"
        return self.hidden(f"{answer.status or 'nothing'} {cut}".strip())

    @property
    def script(self) -> str:
        """The steps as lines for bash."""
        own = replace(self.divergence, steps=self.steps, exchanges=self.exchanges)
        aim = f"{self.name} said: {self.said}"
        return self.hidden(curl.script(own, self.profile, self.contract, aim=aim))

    def hidden(self, text: str) -> str:
        """Return a text without a secret in it."""
        return redacted(text, self.secrets)


def sides(found: Comparison, one: Divergence) -> Iterator[Side]:
    """Yield both sides of a divergence, A first."""
    grounds = found.grounds
    all_ = secrets(found)
    for name, profile, steps, exchanges in (
        ("A", grounds.left, one.steps, one.exchanges),
        ("B", grounds.right, one.others, one.answers),
    ):
        yield Side(name, found.contract, profile, one, steps, exchanges, all_)


def secrets(found: Comparison) -> Mapping[str, str]:
    """Return every form of the secrets of both sides, with its placeholder."""
    return {**forms(found.grounds.right), **forms(found.grounds.left)}

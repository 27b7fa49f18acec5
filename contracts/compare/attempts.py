"""Steps sent again to both sides: do they still differ as they did?"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from contracts.compare.divergences import Divergence, divergence
from contracts.compare.grounds import Grounds
from contracts.compare.walks import Agreed, Both, Diverged, Pace, both, walked
from contracts.oracle.clocks import COARSE
from contracts.steps import Exchange, Step
from contracts.target import Target
from contracts.walk import Unreached

PACES = (Pace(), Pace(patient=False), Pace(pause=1.5 * COARSE))
"""The ways of sending a sequence again: some defects show in work, some when a clock has moved."""


@dataclass(frozen=True)
class Attempt:
    """What came of some steps: a divergence or none, and what each side was asked and said.

    `alike` says that both contradicted the document, and did it alike; `missing` why the next step
    could not be put into the second side's terms, if it could not.
    """

    found: Divergence | None
    exchanges: tuple[Exchange, ...]
    answers: tuple[Exchange, ...]
    alike: bool = False
    missing: str = ""

    def shows(self, verdict: str, cause: tuple[str, ...]) -> bool:
        """Tell whether it is the divergence of that verdict and cause that came."""
        found = self.found
        return found is not None and (found.verdict, found.contradiction.cause) == (verdict, cause)


def attempt(sides: Both, steps: Sequence[Step], pace: Pace, scenario: str = "") -> Attempt:
    """Send steps to a fresh start of both sides."""
    lead = sides.start()
    found: Divergence | None = None
    alike, missing = False, ""
    try:
        walked(lead, steps, pace)
    except Diverged as diverged:
        found = divergence(lead, diverged, scenario)
    except Agreed:
        alike = True
    except Unreached as unreached:
        missing = str(unreached)
    finally:
        exchanges, answers = tuple(lead.exchanges), tuple(lead.follower.exchanges)
        lead.clean()
    return Attempt(found, exchanges, answers, alike, missing)


@dataclass(frozen=True)
class Sought:
    """A divergence that was seen once: its steps for A, and the spots that were passed over."""

    verdict: str
    cause: tuple[str, ...]
    steps: tuple[Step, ...]
    passed: Collection[str] = ()


def again(grounds: Grounds, left: Target, right: Target, sought: Sought, nonce: str) -> Attempt:
    """Send a divergence's steps to both sides, at one pace after the other until it shows.

    Where it does not, returns what showed in its place.

    Raises: TargetUnreachable.
    """
    sides = both(grounds, left, right, nonce)
    sides.passed |= set(sought.passed)
    found = list(_until(sides, sought))
    shown = [one for one in found if one.shows(sought.verdict, sought.cause)]
    other = [one for one in found if one.found is not None]
    return (shown or other or found)[0]


def _until(sides: Both, sought: Sought) -> Iterator[Attempt]:
    for pace in PACES:
        one = attempt(sides, sought.steps, pace)
        yield one
        if one.shows(sought.verdict, sought.cause):
            return

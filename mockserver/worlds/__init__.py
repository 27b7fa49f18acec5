"""Isolated worlds: each has its own records, jobs, clock and history, forked from the base."""

from mockserver.worlds.difference import Difference
from mockserver.worlds.history import Step
from mockserver.worlds.naming import HEADER
from mockserver.worlds.premise import Premise
from mockserver.worlds.sessions import MOST_SESSIONS, Sessions
from mockserver.worlds.snapshots import Snapshot
from mockserver.worlds.world import World

__all__ = [
    "HEADER",
    "MOST_SESSIONS",
    "Difference",
    "Premise",
    "Sessions",
    "Snapshot",
    "Step",
    "World",
]

"""Isolated worlds: each has its own records, jobs, clock and journal, forked from the base."""

from mockserver.worlds.premise import Premise
from mockserver.worlds.sessions import HEADER, MOST_SESSIONS, Sessions
from mockserver.worlds.world import World

__all__ = ["HEADER", "MOST_SESSIONS", "Premise", "Sessions", "World"]

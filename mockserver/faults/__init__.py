"""Faults on demand: what goes wrong with the next calls of a session, and how often.

A fault is a declared error, a status, a latency or a broken connection, for the calls that a
pattern means. It fires so many times, or with a probability of which the seed decides.
"""

from mockserver.faults.delays import Delay
from mockserver.faults.delivery import Breaking, Delivery, Dribble, pause
from mockserver.faults.reading import read
from mockserver.faults.table import MOST_FAULTS, Due, Fault, Faults

__all__ = [
    "MOST_FAULTS",
    "Breaking",
    "Delay",
    "Delivery",
    "Dribble",
    "Due",
    "Fault",
    "Faults",
    "pause",
    "read",
]

"""The suite's commands: `test`, `replay`, `power` and `demo`.

The mock is reached by name alone, as any other implementation would be: nothing of it is imported.
"""

from contracts.cli.demo import demo
from contracts.cli.powering import power
from contracts.cli.replaying import replay
from contracts.cli.testing import test

__all__ = ["demo", "power", "replay", "test"]

"""How Hypothesis runs here: the same examples each time, nothing kept, no clock."""

from hypothesis import HealthCheck, settings


def examples(number: int) -> settings:
    return settings(
        max_examples=number,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )

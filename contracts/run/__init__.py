"""One run of the suite, from its plan to its findings; the commands import this."""

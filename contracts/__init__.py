"""A conformance suite that trusts nobody: it believes answers, never its own model."""

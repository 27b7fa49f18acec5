"""What is blotted out, and what is left as it is."""

from __future__ import annotations

import pytest

from mockserver.redaction import REDACTED, Redaction
from spec import RawRequest

KNOWN = Redaction.of(["s3cret", "s3cret-and-more", "user:pass word"])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a s3cret here", f"a {REDACTED} here"),
        ("s3cret-and-more", REDACTED),
        ("s3cretive", f"{REDACTED}ive"),
        ("user%3Apass%20word", REDACTED),
        ("user%3Apass+word", REDACTED),
        ("dXNlcjpwYXNzIHdvcmQ=", REDACTED),
        ("S3CRET", "S3CRET"),
        ("", ""),
    ],
)
def test_a_text_is_shown_without_secrets(text: str, shown: str) -> None:
    assert KNOWN.text(text) == shown


def test_values_are_shown_without_secrets_in_names_and_members() -> None:
    value = {"s3cret": ["s3cret", 1, None, {"a": "s3cret"}]}

    assert KNOWN.value(value) == {REDACTED: [REDACTED, 1, None, {"a": REDACTED}]}


def test_what_carries_credentials_is_never_shown() -> None:
    headers = [("Authorization", "x"), ("COOKIE", "x"), ("X-Other", "s3cret x")]

    assert KNOWN.named(headers) == [
        ("Authorization", REDACTED),
        ("COOKIE", REDACTED),
        ("X-Other", f"{REDACTED} x"),
    ]


def test_who_knows_nothing_hides_nothing() -> None:
    assert Redaction.of([]).text("s3cret") == "s3cret"
    assert Redaction.of([]).target(RawRequest("GET", "/a", "b=c&d")) == "/a?b=c&d"


def test_two_together_hide_what_either_knows() -> None:
    both = KNOWN.beside(Redaction.of(["other"]))

    assert both.text("other s3cret") == f"{REDACTED} {REDACTED}"

"""Nothing that leaves the suite may hold a secret: every artefact goes through here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import quote

from contracts.profile import Profile
from contracts.steps import redacted
from spec import Json


def forms(profile: Profile) -> Mapping[str, str]:
    """Return each secret, as it is and as JSON and URLs write it, with its placeholder."""
    found: dict[str, str] = {}
    for secret, placeholder in profile.secrets.items():
        for form in (secret, json.dumps(secret)[1:-1], quote(secret), quote(secret, safe="")):
            found.setdefault(form, placeholder)
    return found


def hidden(value: Json, secrets: Mapping[str, str]) -> Json:
    """Return plain values with each secret in them replaced, keys included."""
    if isinstance(value, str):
        return redacted(value, secrets)
    if isinstance(value, Mapping):
        return {redacted(str(key), secrets): hidden(inner, secrets) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [hidden(inner, secrets) for inner in value]
    return value

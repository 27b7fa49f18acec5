"""`conformock replay`: the requests of a finding or a divergence once more."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

import click

from contracts.cli.running import own_mock, own_profile, own_url
from contracts.cli.sides import MOCK, Source, sides
from spec import ConfigurationError, Contract, read

if TYPE_CHECKING:
    from contracts.compare import Attempt
    from contracts.profile import Profile
    from contracts.replay import Saved
    from contracts.steps import Exchange
    from contracts.target import Target

_REPLAY_HELP = f"""Send the requests in FILE again, from a fresh start.

FILE holds a finding of `conformock test`, or a divergence of `conformock compare`, whose requests
go to A and to B. Without --profile, the secrets are taken from environment variables such as
WRITER_TOKEN; where B had a profile of its own, from some such as REFERENCE_WRITER_TOKEN. Exits with
1 when the contradiction or the divergence is still there, with 0 when it is gone.

\b
Example:
  conformock replay conformock-report/findings/F-5c79e8a7.json --profile staging.toml
  conformock replay conformock-comparison/divergences/D-ce4fa61e.json --reference {MOCK}
"""


@click.command(help=_REPLAY_HELP)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--url", metavar="URL", help="The target; in place of the one in FILE.")
@click.option("--profile", "profile_path", metavar="FILE", type=click.Path(path_type=Path),
              help="What you know of the target; in place of what is in FILE.")  # fmt: skip
@click.option("--reference", metavar=f"URL|{MOCK}",
              help="B of a divergence; in place of the one in FILE.")  # fmt: skip
@click.option("--reference-profile", "other_path", metavar="FILE",
              type=click.Path(path_type=Path), help="What you know of B alone.")  # fmt: skip
@click.pass_context
def replay(
    ctx: click.Context,
    file: Path,
    url: str | None,
    profile_path: Path | None,
    reference: str | None,
    other_path: Path | None,
) -> None:
    """Replay one finding or divergence."""
    from contracts import replay as replaying

    saved = replaying.read(file)
    if saved.reference is None and (reference or other_path):
        raise click.UsageError(f"{file.name} holds a finding, which has no reference.")
    contract = read(saved.document, overlays=saved.overlays)
    if saved.reference is None:
        ctx.exit(_finding(saved, contract, url, profile_path))
    ctx.exit(_divergence(saved, contract, url, profile_path, reference, other_path))


def _profile(saved: Saved, contract: Contract, url: str | None, path: Path | None) -> Profile:
    from contracts import replay as replaying
    from contracts.profile import load

    recorded = url or str(saved.data["target"]["url"])
    return load(path, contract, url=recorded) if path else replaying.profile(saved, recorded)


# -- findings -------------------------------------------------------------------------------------


def _finding(saved: Saved, contract: Contract, url: str | None, path: Path | None) -> int:
    """Send a finding's requests, tell what came, and return the exit code."""
    from contracts import replay as replaying
    from contracts.report.hidden import forms
    from contracts.steps import redacted
    from contracts.target import HttpTarget

    target: Target
    if saved.mock and not url:
        profile = own_profile(contract, path)
        target = own_mock(contract, saved.document, overlays=saved.overlays)
    else:
        profile = _profile(saved, contract, url, path)
        target = HttpTarget(profile.url, profile.timeout)
    secrets = forms(profile)
    try:
        found = replaying.replay(
            saved, contract, profile, target, show=lambda one: _show(one, secrets)
        )
    finally:
        target.close()
    if found is None:
        click.echo("gone: every answer is as documented")
        return 0
    still = "still there" if found.cause == saved.cause else "another contradiction"
    click.echo(redacted(f"{still}: {found.sentence}", secrets))
    click.echo(f"document: {found.place}")
    return 1


def _show(exchange: Exchange, secrets: Mapping[str, str], side: str = "") -> None:
    from contracts.steps import redacted

    request = exchange.request
    line = redacted(f"{request.method} {request.target}", secrets)
    click.echo(f"{side}{line} -> {exchange.answer.status}")


# -- divergences ----------------------------------------------------------------------------------


def _divergence(
    saved: Saved,
    contract: Contract,
    url: str | None,
    path: Path | None,
    reference: str | None,
    other_path: Path | None,
) -> int:
    """Send a divergence's requests to both sides, tell what came, and return the exit code."""
    from contracts import compare as comparing
    from contracts import replay as replaying
    from contracts.report.hidden import forms

    mock = saved.mock if reference is None else reference == MOCK
    profile = _profile(saved, contract, url, path)
    url = None if mock or reference is None else reference
    other = _other(saved, contract, profile, url, other_path, mock=mock)
    nonce = token_hex(4)
    source = Source(contract, saved.document, saved.overlays, nonce)
    with sides(source, profile, other, mock=mock) as (grounds, left, right):
        replaying.check(saved, contract, grounds.left)
        sought = comparing.Sought(saved.verdict, saved.cause, saved.steps, saved.passed)
        found = comparing.again(grounds, left, right, sought, nonce)
    secrets = {**forms(grounds.right), **forms(grounds.left)}
    for number, exchange in enumerate(found.exchanges):
        _show(exchange, secrets, "A: ")
        for answer in found.answers[number : number + 1]:
            _show(answer, secrets, "B: ")
    return _told(saved, found, secrets)


def _other(
    saved: Saved,
    contract: Contract,
    left: Profile,
    url: str | None,
    path: Path | None,
    *,
    mock: bool,
) -> Profile | None:
    """Return what is known of B, None of a mock that is furnished with what is known of A."""
    from contracts import replay as replaying
    from contracts.profile import load

    if path is not None:
        recorded = str(saved.reference["target"]["url"]) if saved.reference else None
        return load(path, contract, url=own_url(contract) if mock else url or recorded)
    if mock and not (saved.mock and saved.has_own):
        return None
    return replaying.second_profile(saved, left, url)


def _told(saved: Saved, found: Attempt, secrets: Mapping[str, str]) -> int:
    from contracts.report.compared.text import told
    from contracts.steps import redacted

    if found.missing:
        raise ConfigurationError(
            f"{saved.file}: step {len(found.exchanges) + 1}",
            f"it cannot be sent to B: {found.missing}",
            "profiles that tell of the same records",
        )
    if found.found is None:
        alike = ", though both contradict the document: `conformock test` tells how"
        click.echo(f"gone: A and B answer alike{alike if found.alike else ''}")
        return 0
    same = found.shows(saved.verdict, saved.cause)
    still = "still there" if same else "another divergence"
    click.echo(redacted(f"{still}: {told(found.found)}", secrets))
    click.echo(f"document: {found.found.contradiction.place}")
    return 1

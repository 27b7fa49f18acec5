"""`conformock replay`: a finding's requests once more."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from contracts.cli.running import own_mock, own_profile
from spec import read

if TYPE_CHECKING:
    from contracts.profile import Profile
    from contracts.steps import Exchange
    from contracts.target import Target

_REPLAY_HELP = """Send the requests of the finding in FILE again, from a fresh start.

Without --profile, the secrets are taken from environment variables such as WRITER_TOKEN. Exits
with 1 when the contradiction is still there, with 0 when it is gone.

\b
Example:
  conformock replay conformock-report/findings/F-5c79e8a7.json --profile staging.toml
"""


@click.command(help=_REPLAY_HELP)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--url", metavar="URL", help="The target; in place of the one in FILE.")
@click.option("--profile", "profile_path", metavar="FILE", type=click.Path(path_type=Path),
              help="What you know of the target; in place of what is in FILE.")  # fmt: skip
@click.pass_context
def replay(ctx: click.Context, file: Path, url: str | None, profile_path: Path | None) -> None:
    """Replay one finding."""
    from contracts import replay as replaying
    from contracts.profile import load
    from contracts.target import HttpTarget

    saved = replaying.read(file)
    contract = read(saved.document, overlays=saved.overlays)
    target: Target
    if saved.mock and not url:
        profile = own_profile(contract, profile_path)
        target = own_mock(contract, saved.document, overlays=saved.overlays)
    else:
        recorded = url or str(saved.data["target"]["url"])
        if profile_path:
            profile = load(profile_path, contract, url=recorded)
        else:
            profile = replaying.profile(saved, recorded)
        target = HttpTarget(profile.url, profile.timeout)
    show = partial(_show, profile)
    try:
        found = replaying.replay(saved, contract, profile, target, show=show)
    finally:
        target.close()
    if found is None:
        click.echo("gone: every answer is as documented")
        return
    from contracts.report.hidden import forms
    from contracts.steps import redacted

    still = "still there" if found.cause == saved.cause else "another contradiction"
    click.echo(redacted(f"{still}: {found.sentence}", forms(profile)))
    click.echo(f"document: {found.place}")
    ctx.exit(1)


def _show(profile: Profile, exchange: Exchange) -> None:
    from contracts.report.hidden import forms
    from contracts.steps import redacted

    request = exchange.request
    line = redacted(f"{request.method} {request.target}", forms(profile))
    click.echo(f"{line} -> {exchange.answer.status}")

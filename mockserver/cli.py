"""`conformock serve`: the mock for people, with all they need to make their first call."""

from __future__ import annotations

import gc
import json
import shlex
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from secrets import token_urlsafe
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import quote

import click

from mockserver.clock import EARLIEST, LATEST, MOST_FACTOR
from mockserver.jobs import FASTEST, MODES, RATE, Mode, Pace
from spec import (
    ConfigurationError,
    ConformockError,
    Contract,
    Credential,
    Operation,
    carried,
)
from spec.cli import overlaid
from spec.document import shipped
from spec.times import moment, written

if TYPE_CHECKING:
    from mockserver.app import Mock
    from mockserver.server import Options
    from mockserver.site import Site

READY = "READY"
"""The first word of the last line printed, once the server answers; its second is the URL."""

_SHIPPED = tuple(shipped())
_HELP = f"""Serve DOCUMENTs as a stateful mock; all shipped ones when none is named.

A DOCUMENT is a shipped name ({", ".join(_SHIPPED)}) or the path of an OpenAPI file, with our
vocabulary or without: what it does not say of its records is inferred. The state lives in memory: a
restart begins anew, unless there is a --state FILE, and so does POST /__admin/reset.

\b
Example:
  conformock serve {_SHIPPED[0]} --port 4010
  curl http://127.0.0.1:4010/__admin/version

The mock prints its keys and a curl line for each document when it starts.
"""


@click.command(help=_HELP)
@click.argument("documents", nargs=-1, metavar="[DOCUMENT]...")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    default=4010,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="The port to listen on; 0 takes a free one.",
)
@overlaid
@click.option("--fixtures", metavar="FILE", help="First records, in place of the shipped ones.")
@click.option("--seed", default=0, show_default=True, help="The seed of everything random.")
@click.option("--admin-token", metavar="TOKEN", help="The admin API's token; made up if not given.")
@click.option(
    "--clock",
    default="real",
    show_default=True,
    metavar="TIME",
    help="The sessions' clock: real, or the RFC 3339 time at which it stands still.",
)
@click.option(
    "--speed",
    metavar="FACTOR",
    type=click.FloatRange(0, MOST_FACTOR, min_open=True),
    help="Let the clock go from there, so many times as fast as real time.",
)
@click.option(
    "--jobs",
    default="time",
    show_default=True,
    type=click.Choice(MODES),
    help="How work goes on after its answer: at once, at --rate, or as the admin API is told.",
)
@click.option(
    "--rate",
    default=RATE,
    show_default=True,
    type=click.FloatRange(0, FASTEST, min_open=True),
    help="How many items a second each job does.",
)
@click.option(
    "--state",
    metavar="FILE",
    help="Keep all sessions in FILE, and go on with what it has; made if it is not there.",
)
@click.option(
    "--reload",
    is_flag=True,
    help="Let edits of documents, overlays and fixtures take effect; the state stays.",
)
@click.option(
    "--magic/--no-magic",
    default=True,
    help="Whether a value mock-error:NAME in a request provokes a declared error.",
)
@click.option(
    "--cors-origin",
    "origins",
    metavar="ORIGIN",
    multiple=True,
    help="An origin that may call from a browser; repeatable. Any origin may if not given.",
)
@click.option(
    "--allowed-host",
    "allowed_hosts",
    metavar="NAME",
    multiple=True,
    help="A host name under which the admin API is served too; repeatable.",
)
def serve(
    documents: tuple[str, ...],
    host: str,
    port: int,
    overlays: tuple[str, ...],
    fixtures: str | None,
    seed: int,
    admin_token: str | None,
    clock: str,
    speed: float | None,
    jobs: Mode,
    rate: float,
    state: str | None,
    reload: bool,
    magic: bool,
    origins: tuple[str, ...],
    allowed_hosts: tuple[str, ...],
) -> None:
    """Check everything that can be wrong, then serve until Ctrl-C."""
    gc.disable()  # what a start makes stays; to look through it again and again takes long
    try:
        from mockserver.server import Options, free_port
        from mockserver.server import serve as run

        options = Options(
            documents=documents or _SHIPPED,
            overlays=overlays,
            fixtures=fixtures,
            seed=seed,
            frozen=frozen_at(clock),
            speed=speed,
            jobs=Pace(jobs, rate),
            cors=origins or True,
            admin_token=admin_token or token_urlsafe(24),
            state=state,
            reload=reload,
            magic=magic,
            allowed_hosts=allowed_hosts,
            host=host,
            port=port,
        )
        options.app().close()
        options = replace(options, port=free_port(host, port))
    except ModuleNotFoundError as error:
        _give_up(f"{error}. Install what the mock needs: pip install 'conformock[mock]'", 2)
    except ConformockError as error:
        _give_up(str(error), error.exit_code)
    finally:
        gc.enable()
    run(options, _welcome)


def frozen_at(clock: str) -> float | None:
    """Return the time at which the clock stands still, None when it goes.

    Raises: ConfigurationError: the text is neither a time nor `real`.
    """
    if clock == "real":
        return None
    found = moment(clock)
    if found is None or not EARLIEST <= found <= LATEST:
        example = "real, or a time from 1970 to 9999 such as 2024-05-03T09:15:00Z"
        raise ConfigurationError("--clock", f"{clock!r} is no RFC 3339 time with a zone", example)
    return found


def _give_up(reason: str, code: int) -> NoReturn:
    click.echo(f"conformock serve: {reason}", err=True)
    sys.exit(code)


def _welcome(url: str, options: Options, app: Mock) -> None:
    lines = [line for site in app.sites for line in _about(url, site, app)]
    lines += times(options)
    lines.append(f"admin       {url}/__admin   token {options.admin_token}")
    # What stands after # is kept by the browser and sent to nobody.
    lines.append(
        f"console     {url}/__admin/console#token={quote(options.admin_token or '', safe='')}"
    )
    kept = "lives in memory only" if options.state is None else f"is kept in {options.state}"
    lines.append(f"Ctrl-C stops the mock. Its state {kept}.")
    lines.append(f"{READY} {url}")
    click.echo("\n".join(lines))
    sys.stdout.flush()


def times(options: Options) -> Iterator[str]:
    """Yield what is unusual about the clock and the pace of jobs."""
    since = None if options.frozen is None else written(options.frozen, "micros-Z")
    if options.speed is not None:
        begun = "" if since is None else f" from {since} on"
        yield f"clock       goes {options.speed:,.10g} times as fast{begun}"
    elif since is not None:
        yield f"clock       stands still at {since}"
    match options.jobs.mode:
        case "manual":
            yield "jobs        wait for POST /__admin/jobs/advance"
        case "immediate":
            yield "jobs        are done at once"
        case "time":
            if options.jobs.rate != RATE:
                yield f"jobs        each at a rate of {options.jobs.rate:,.10g} items a second"


def _about(url: str, site: Site, app: Mock) -> Iterator[str]:
    accounts = app.premise.fixtures[site.contract.name].credentials
    yield f"{site.contract.name:<11} {url}{site.base}"
    yield f"  document  {url}{site.base}/openapi.json"
    if site.contract.inferred:
        kinds = ", ".join(site.contract.resources) or "no records"
        yield f"  inferred  {kinds} (see: conformock init {site.contract.document.file})"
    width = max((len(one.secret) for one in accounts), default=0)
    for one in accounts:
        facts = ", ".join(f"{name} {value}" for name, value in one.facts.items())
        kind = " (user:password)" if one.basic else ""
        yield f"  key       {one.secret:<{width}}  {one.name}{kind}: {facts}"
    # One credential for each way of sending it.
    given = {one.credential.scheme: one.credential for one in reversed(accounts)}
    for line in _examples(url, site.contract, [*reversed(given.values())]):
        yield f"  {line}"


def _examples(url: str, contract: Contract, given: Sequence[Credential]) -> Iterator[str]:
    """Yield curl lines that read, one for each credential, and one that writes.

    They go as far as the document shows how: where a path has parameters, it needs an example of
    each.
    """
    shown = [(one, path) for one in contract.operations.values() if (path := _path(contract, one))]
    shown.sort(key=lambda pair: pair[0].path.count("{"))
    carries = [_carry(contract, one) for one in given] or [""]
    for carry in carries:
        for path in [path for one, path in shown if one.method == "GET"][:1]:
            yield f"curl{carry} {shlex.quote(url + path)}"
    for one, path in shown:
        body = _smallest_example(contract, one)
        if body is not None:
            data = f"-H 'Content-Type: application/json' -d {shlex.quote(body)}"
            yield f"curl -X {one.method}{carries[0]} {data} {shlex.quote(url + path)}"
            return


def _carry(contract: Contract, given: Credential) -> str:
    """Return the words by which curl sends a credential."""
    scheme = contract.scheme(given.scheme)
    if scheme is not None and scheme.basic:
        return f" -u {shlex.quote(given.secret)}"
    return f" -H {shlex.quote(': '.join(carried(contract, given)))}"


def _path(contract: Contract, operation: Operation) -> str | None:
    """Return an operation's path on the server, None where a parameter has no example."""
    path = operation.path
    for one in operation.parameters:
        if one.location == "path":
            example = contract.document.get(f"{one.pointer.rpartition('/')[0]}/example")
            if example is None:
                return None
            path = path.replace(f"{{{one.name}}}", quote(str(example), safe=""))
    return contract.base_path + path


def _smallest_example(contract: Contract, operation: Operation) -> str | None:
    content = f"{operation.pointer}/requestBody/content/application~1json/examples"
    examples = contract.document.get(content) or {}
    bodies = [json.dumps(one.get("value")) for one in examples.values() if isinstance(one, dict)]
    return min(bodies, key=len, default=None)

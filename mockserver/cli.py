"""`conformock serve`: the mock for people, with all they need to make their first call."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterator
from dataclasses import replace
from secrets import token_urlsafe
from typing import TYPE_CHECKING, NoReturn

import click

from spec import ConformockError, Contract, Operation, carried
from spec.document import shipped

if TYPE_CHECKING:
    from mockserver.app import Mock, Site
    from mockserver.server import Options

READY = "READY"
"""The first word of the last line printed, once the server answers; its second is the URL."""

_SHIPPED = tuple(shipped())
_HELP = f"""Serve DOCUMENTs as a stateful mock; all shipped ones when none is named.

A DOCUMENT is a shipped name ({", ".join(_SHIPPED)}) or the path of an OpenAPI file. The state lives
in memory: a restart begins anew, and so does POST /__admin/reset.

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
@click.option("--fixtures", metavar="FILE", help="First records, in place of the shipped ones.")
@click.option("--seed", default=0, show_default=True, help="The seed of everything random.")
@click.option("--admin-token", metavar="TOKEN", help="The admin API's token; made up if not given.")
@click.option(
    "--cors-origin",
    "origins",
    metavar="ORIGIN",
    multiple=True,
    help="An origin that may call from a browser; repeatable. Any origin may if not given.",
)
def serve(
    documents: tuple[str, ...],
    host: str,
    port: int,
    fixtures: str | None,
    seed: int,
    admin_token: str | None,
    origins: tuple[str, ...],
) -> None:
    """Check everything that can be wrong, then serve until Ctrl-C."""
    try:
        from mockserver.server import Options, free_port
        from mockserver.server import serve as run
    except ModuleNotFoundError as error:
        _give_up(f"{error}. Install what the mock needs: pip install 'conformock[mock]'", 2)
    options = Options(
        documents=documents or _SHIPPED,
        fixtures=fixtures,
        seed=seed,
        cors=origins or True,
        admin_token=admin_token or token_urlsafe(24),
        host=host,
        port=port,
    )
    try:
        options.app()
        options = replace(options, port=free_port(host, port))
    except ConformockError as error:
        _give_up(str(error), error.exit_code)
    run(options, _welcome)


def _give_up(reason: str, code: int) -> NoReturn:
    click.echo(f"conformock serve: {reason}", err=True)
    sys.exit(code)


def _welcome(url: str, options: Options, app: Mock) -> None:
    lines = [line for site in app.sites for line in _about(url, site, app)]
    lines.append(f"admin       {url}/__admin   token {options.admin_token}")
    lines.append("Ctrl-C stops the mock. Its state lives in memory only.")
    lines.append(f"{READY} {url}")
    click.echo("\n".join(lines))
    sys.stdout.flush()


def _about(url: str, site: Site, app: Mock) -> Iterator[str]:
    credentials = app.premise.fixtures[site.contract.name].credentials
    yield f"{site.contract.name:<11} {url}{site.base}"
    yield f"  document  {url}{site.base}/openapi.json"
    for one in credentials:
        facts = ", ".join(f"{name} {value}" for name, value in one.facts.items())
        yield f"  key       {one.secret:<18} {one.name}: {facts}"
    for line in _examples(url, site.contract, credentials[0].secret if credentials else None):
        yield f"  {line}"


def _examples(url: str, contract: Contract, secret: str | None) -> Iterator[str]:
    """Yield a curl line that reads and one that writes, as far as the document shows how."""
    carry = f" -H {shlex.quote(': '.join(carried(contract, secret)))}" if secret else ""
    plain = [one for one in contract.operations.values() if "{" not in one.path]
    for one in [one for one in plain if one.method == "GET"][:1]:
        yield f"curl{carry} {url}{contract.base_path}{one.path}"
    for one in plain:
        body = _smallest_example(contract, one)
        if body is not None:
            data = f"-H 'Content-Type: application/json' -d {shlex.quote(body)}"
            yield f"curl -X {one.method}{carry} {data} {url}{contract.base_path}{one.path}"
            return


def _smallest_example(contract: Contract, operation: Operation) -> str | None:
    content = f"{operation.pointer}/requestBody/content/application~1json/examples"
    examples = contract.document.get(content) or {}
    bodies = [json.dumps(one.get("value")) for one in examples.values() if isinstance(one, dict)]
    return min(bodies, key=len, default=None)

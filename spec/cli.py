"""The command `conformock`: a group that finds its commands by name, and the command `lint`.

The mock and the suite bring commands of their own through the entry-point group
`conformock.commands`. They are imported when they are called and not before, so that a base
installation works without them and `--help` is quick.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import EntryPoint, PackageNotFoundError, entry_points, version
from pathlib import Path
from typing import Any

import click

from spec.document import shipped
from spec.exceptions import ConfigurationError, ConformockError, DocumentError, nearest

_GROUP = "conformock.commands"
_EXTRAS = {"mockserver": "mock", "contracts": "suite"}
_SUMMARIES = {
    "certify": "Test a target and write a certificate.",
    "cleanup": "Delete what an interrupted run left on a target.",
    "compare": "Send the same sequences to two implementations.",
    "demo": "Start the mock and certify it: the main job in one word.",
    "diff": "Tell which changes of a document break its users.",
    "init": "Write an overlay with the vocabulary inferred from a document.",
    "lint": "Check documents: house rules and proofs.",
    "power": "Measure the suite against mutants.",
    "replay": "Send the sequence of a finding again.",
    "serve": "Serve documents as a mock that keeps its state.",
    "test": "Test a target against a document.",
    "verify": "Check and replay a certificate.",
}


class Commands(click.Group):
    """The group; its commands come from entry points and are imported when they are called."""

    def __init__(self, *args: Any, found: Mapping[str, EntryPoint] | None = None, **kw: Any):
        """Take the commands from `found`, or from what is installed."""
        super().__init__(*args, **kw)
        self._found = found

    @property
    def _installed(self) -> Mapping[str, EntryPoint]:
        if self._found is None:
            self._found = {one.name: one for one in entry_points(group=_GROUP)}
        return self._found

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, without importing any."""
        return sorted({*super().list_commands(ctx), *self._installed})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, or one that says which extra it needs."""
        own = super().get_command(ctx, cmd_name)
        if own is not None or cmd_name not in self._installed:
            return own
        return _loaded(self._installed[cmd_name])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is called; of an unknown one, the name that comes nearest."""
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            close = nearest(name, self.list_commands(ctx))
            ctx.fail(f"No such command {name!r}." + (f" Did you mean {close!r}?" if close else ""))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table of commands without importing them."""
        rows = [(name, _SUMMARIES.get(name, "")) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run, and turn every mistake of a user into one sentence and an exit code."""

        def run() -> Any:
            return super(Commands, self).main(args, prog_name, complete_var, False, **extra)

        return sys.exit(_exit_code(run)) if standalone_mode else run()


def _exit_code(run: Callable[[], Any]) -> int:
    try:
        result = run()
    except ConformockError as error:
        click.echo(str(error), err=True)
        return error.exit_code
    except click.ClickException as error:
        error.show()
        # Click's other errors (a file that cannot be read …) are the user's as well.
        return 2
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted", err=True)
        return 130
    return result if isinstance(result, int) else 0


def _loaded(point: EntryPoint) -> click.Command:
    try:
        command = point.load()
    except ImportError as error:
        return _unavailable(point, error)
    assert isinstance(command, click.Command), f"{point.value} is no command"
    return command


def _unavailable(point: EntryPoint, error: ImportError) -> click.Command:
    extra = _EXTRAS.get(point.module.partition(".")[0])
    advice = f"Install it with: pip install 'conformock[{extra}]'" if extra else "Reinstall it."
    missing = f"the module {error.name!r} is missing" if error.name else str(error)

    def refuse() -> None:
        raise click.UsageError(
            f"The command '{point.name}' is not installed: {missing}. {advice}"
        ) from error

    return click.Command(
        point.name,
        callback=refuse,
        add_help_option=False,
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    )


def _show_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if not wanted or ctx.resilient_parsing:
        return
    try:
        click.echo(f"conformock {version('conformock')}")
    except PackageNotFoundError:
        click.echo("conformock (not installed: run from its sources)")
    ctx.exit()


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="A DOCUMENT is the path of an OpenAPI file or a shipped name: "
    + ", ".join(shipped())
    + ".",
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_version,
    help="Show the version and exit.",
)  # fmt: skip
@click.pass_context
def main(ctx: click.Context) -> None:
    """Mock an API and test implementations of it, both from its OpenAPI document."""
    if os.environ.get("NO_COLOR"):
        ctx.color = False


_COLORS = {"error": "red", "warning": "yellow", "note": "cyan"}


def overlaid(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option `--overlay`, whose files come as `overlays`."""
    return click.option(
        "--overlay",
        "overlays",
        metavar="FILE",
        multiple=True,
        help="An OpenAPI overlay to lay over the DOCUMENT; repeatable, in their order.",
    )(command)


@main.command()
@click.argument("documents", nargs=-1, metavar="[DOCUMENT]…")
@click.option("--quiet", "-q", is_flag=True, help="Leave out the notes.")
@overlaid
def lint(documents: tuple[str, ...], quiet: bool, overlays: tuple[str, ...]) -> None:
    r"""Check documents: validity, house rules, and proofs about the rules of their operations.

    Without a DOCUMENT, all shipped ones. Exits with 1 when there is an error, else with 0;
    warnings and notes are advice.

    \b
    Example:
      conformock lint openapi.yaml
      conformock lint ./openapi.yaml --quiet
      conformock lint openapi.yaml --overlay vocabulary.yaml
    """
    # Only lint needs a validator of whole documents, which is slow to import.
    from spec.lint import examine

    if overlays and len(documents) != 1:
        raise click.UsageError("--overlay is for one DOCUMENT: which one is it to be laid over?")
    failed = False
    for source in documents or tuple(shipped()):
        report = examine(source, overlays=overlays)
        for remark in report.remarks:
            if remark.severity == "note" and quiet:
                continue
            severity = click.style(remark.severity, fg=_COLORS[remark.severity])
            click.echo(f"{remark.where}: {severity}: {remark.text}")
        click.echo(f"{source}: {report.summary}")
        failed = failed or report.failed
    if failed:
        click.get_current_context().exit(1)


@main.command()
@click.argument("document")
@overlaid
@click.option("--out", metavar="FILE", help="Write to FILE, which must not be there yet.")
def init(document: str, overlays: tuple[str, ...], out: str | None) -> None:
    r"""Write an overlay with the vocabulary that can be inferred from DOCUMENT.

    It says which records there are and what operations do to them, and in comments why, and what to
    refine. `serve` and `test` infer the same by themselves from a document that says nothing of it;
    with the overlay at hand you can say more, and correct it.

    \b
    Example:
      conformock init openapi.yaml --out vocabulary.yaml
      conformock serve openapi.yaml --overlay vocabulary.yaml
    """
    from spec.infer import infer, text
    from spec.vocabulary import prepared, speaks

    found = prepared(document, overlays)
    if speaks(found):
        raise DocumentError(
            found.file,
            "the document says already which records there are",
            "one without x-contract-resources and x-contract-effect",
        )
    written = text(infer(found))
    if out is None:
        click.echo(written, nl=False)
        return
    try:
        with Path(out).open("x", encoding="utf-8") as file:
            file.write(written)
    except OSError as error:
        raise ConfigurationError(out, f"the file cannot be written ({error.strerror})") from None
    click.echo(f"{out} is written; read it before you rely on it.", err=True)

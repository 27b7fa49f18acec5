"""The command: how it finds its commands, and that no mistake of a user ends in a traceback."""

import subprocess
import sys
from importlib.metadata import EntryPoint

import click
import pytest
from click.testing import CliRunner

from spec import ConfigurationError, TargetUnreachable, read
from spec.cli import Commands, main
from tests.spec.scratch import NOTES, changed

GROUP = "conformock.commands"


@click.command()
@click.argument("how")
def fail(how):
    """A command that fails in a way that is asked for."""
    match how:
        case "configuration":
            raise ConfigurationError("profile.toml", "no url", "a url")
        case "unreachable":
            raise TargetUnreachable("http://nowhere.test", "refused")
        case "interrupt":
            raise KeyboardInterrupt
        case "usage":
            raise click.UsageError("not so")
        case "file":
            raise click.FileError("x", "cannot be opened")
        case "five":
            click.get_current_context().exit(5)
        case "bug":
            raise AssertionError("ours")


ENTRIES = {
    name: EntryPoint(name, value, GROUP)
    for name, value in {
        "fail": "tests.spec.test_cli:fail",
        "serve": "tests.spec.needs_a_missing_module:serve",
        "gone": "mockserver.no_such_module:serve",
        "tried": "contracts.no_such_module:test",
    }.items()
}


@pytest.fixture
def group():
    return Commands("conformock", found=ENTRIES, callback=lambda: None)


def run(command, *args, **more):
    return CliRunner().invoke(command, list(args), **more)


@pytest.mark.parametrize(
    ("how", "code", "sentence"),
    [
        ("configuration", 2, "profile.toml: no url. Expected a url."),
        ("unreachable", 3, "http://nowhere.test: no answer (refused)."),
        ("interrupt", 130, "interrupted"),
        ("usage", 2, "not so"),
        ("file", 2, "cannot be opened"),
        ("five", 5, ""),
        ("fine", 0, ""),
    ],
)
def test_an_error_is_one_sentence_and_an_exit_code(group, how, code, sentence):
    result = run(group, "fail", how)

    assert result.exit_code == code
    assert sentence in result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.output


def test_a_bug_of_ours_is_not_hidden(group):
    assert isinstance(run(group, "fail", "bug").exception, AssertionError)


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["fali"], "Did you mean 'fail'?"),
        (["xyzzy"], "No such command 'xyzzy'."),
        (["fail"], "Missing argument"),
        (["fail", "a", "b"], "unexpected extra argument"),
        (["--nonsense"], "No such option"),
    ],
)
def test_a_wrong_call_is_told_what_is_wrong(group, args, words):
    result = run(group, *args)

    assert result.exit_code == 2
    assert words in result.stderr


@pytest.mark.parametrize(("name", "extra"), [("gone", "mock"), ("tried", "suite")])
def test_a_command_of_a_missing_extra_says_which_one_to_install(group, name, extra):
    for args in ([], ["--port", "1"], ["--help"]):
        result = run(group, name, *args)

        assert result.exit_code == 2
        assert f"pip install 'conformock[{extra}]'" in result.stderr


def test_help_lists_commands_without_importing_them(group):
    result = run(group, "--help")

    assert result.exit_code == 0
    assert "Serve documents" in result.stdout
    assert "tests.spec.needs_a_missing_module" not in sys.modules


def test_no_command_shows_the_help(group):
    result = run(group)

    assert "Commands:" in result.output


def test_help_is_quick_and_imports_neither_mock_nor_suite():
    code = (
        "import sys\nfrom spec.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "heavy = {'flask', 'schemathesis', 'hypothesis', 'openapi_core'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "[]"
    assert "lint" in done.stdout


def test_the_version_is_told():
    result = run(main, "--version")

    assert result.exit_code == 0
    assert result.stdout.startswith("conformock ")


# -- lint -----------------------------------------------------------------------------------------


@pytest.fixture
def notes(tmp_path):
    def write(text=NOTES):
        path = tmp_path / "notes.yaml"
        path.write_text(text, "utf-8")
        return str(path)

    return write


def test_lint_of_a_shipped_document_succeeds_and_sums_up():
    result = run(main, "lint", "fleet")

    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1].startswith("fleet: 5 operations, ")


def test_lint_without_a_document_reads_all_shipped_ones():
    result = run(main, "lint", "--quiet")

    assert result.exit_code == 0
    summaries = [line.partition(" operations")[0] for line in result.stdout.splitlines()]
    assert summaries == ["edgeiq: 10", "fleet: 5", "memfault: 7"]


def test_lint_prints_file_line_severity_and_sentence(notes):
    result = run(main, "lint", notes(changed("{enum: [darn, dash]}", "{const: ''}")))

    assert result.exit_code == 1
    assert "notes.yaml:48:11: error: no call that passes the shape stage meets" in result.stdout


def test_a_warning_is_no_failure(notes):
    result = run(main, "lint", notes(changed("      operationId: createNote\n", "")))

    assert result.exit_code == 0
    assert ": warning: POST /notes has no operationId" in result.stdout


def test_a_document_that_cannot_be_understood_fails(notes):
    result = run(main, "lint", notes(changed("stage: existence, when", "stage: exist, when")))

    assert result.exit_code == 1
    assert "unknown stage 'exist'" in result.stdout


@pytest.mark.parametrize(
    ("name", "words"), [("fleeet", "Did you mean 'fleet'?"), ("./no/such.yaml", "no such document")]
)
def test_a_document_that_is_not_there_is_a_usage_error(name, words):
    result = run(main, "lint", name)

    assert result.exit_code == 2
    assert words in result.stderr


def test_a_file_that_is_no_text_is_a_usage_error(tmp_path):
    path = tmp_path / "picture.yaml"
    path.write_bytes(b"\x89PNG\r\n\x1a\n")

    result = run(main, "lint", str(path))

    assert result.exit_code == 2
    assert "picture.yaml" in result.stderr


def test_colours_are_for_terminals_that_want_them(notes):
    path = notes(changed("{enum: [darn, dash]}", "{const: ''}"))

    assert "\x1b[" in run(main, "lint", path, color=True).stdout
    assert "\x1b[" not in run(main, "lint", path, color=True, env={"NO_COLOR": "1"}).stdout
    assert "\x1b[" not in run(main, "lint", path).stdout


def test_the_help_of_lint_shows_an_example():
    result = run(main, "lint", "--help")

    assert "conformock lint ./openapi.yaml" in result.stdout


# -- overlays and inference -----------------------------------------------------------------------

BARE = """\
openapi: 3.1.0
info: {title: Jars, version: '1'}
paths:
  /jars:
    post:
      operationId: addJar
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/NewJar'}}}}
      responses: {'201': {description: It., content: {application/json: {schema: {$ref: '#/components/schemas/Jar'}}}}}
  /jars/{jar_id}:
    parameters: [{name: jar_id, in: path, required: true, schema: {type: integer}}]
    get:
      operationId: showJar
      responses: {'200': {description: It., content: {application/json: {schema: {$ref: '#/components/schemas/Jar'}}}}}
components:
  schemas:
    NewJar: {type: object, properties: {label: {type: string}}}
    Jar: {type: object, properties: {id: {type: integer}, label: {type: string}}}
"""  # noqa: E501


@pytest.fixture
def bare(tmp_path):
    path = tmp_path / "jars.yaml"
    path.write_text(BARE, "utf-8")
    return path


def test_init_prints_an_overlay_that_says_what_was_inferred(bare, tmp_path):
    result = run(main, "init", str(bare))

    assert result.exit_code == 0
    assert "# GET /jars/{jar_id}: GET on the item shows the record." in result.stdout
    written = tmp_path / "words.yaml"
    written.write_text(result.stdout, "utf-8")
    assert read(bare, overlays=[written]).operations["showJar"].effect.kind == "jar"


def test_init_writes_a_file_but_none_over_another(bare, tmp_path):
    out = tmp_path / "words.yaml"

    first = run(main, "init", str(bare), "--out", str(out))
    before = out.read_text("utf-8")
    second = run(main, "init", str(bare), "--out", str(out))

    assert (first.exit_code, first.stdout) == (0, "")
    assert second.exit_code == 2
    assert "cannot be written" in second.stderr
    assert out.read_text("utf-8") == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["init", "fleet"], "says already which records there are"),
        (["init", "nothing.yaml"], "there is no such document"),
        (["init"], "Missing argument"),
        (["lint", "--overlay", "o.yaml"], "for one DOCUMENT"),
        (["lint", "fleet", "edgeiq", "--overlay", "o.yaml"], "for one DOCUMENT"),
        (["lint", "fleet", "--overlay", "o.yaml"], "o.yaml: there is no such overlay"),
    ],
)
def test_what_cannot_be_inferred_or_laid_over_is_told_in_a_sentence(arguments, words):
    result = run(main, *arguments)

    assert result.exit_code == 2
    assert words in result.stderr


def test_lint_reads_a_document_with_its_overlays(bare, tmp_path):
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(
        "overlay: 1.0.0\nactions:\n  - target: $\n    update: {x-contract-resorces: {}}\n", "utf-8"
    )

    result = run(main, "lint", str(bare), "--overlay", str(wrong))

    assert result.exit_code == 1
    assert "wrong.yaml:4:14: error: unknown key 'x-contract-resorces'" in result.stdout


def test_lint_does_not_examine_what_nobody_has_written(bare):
    result = run(main, "lint", str(bare))

    assert "x-contract" not in result.stdout.replace("x-contract-provenance", "")

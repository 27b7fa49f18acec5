"""The root of a document: problems, stages, principals, kinds and facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from spec.contract import ABSENT, Fact, Problem, Reading, Resource, Scheme, Stage, Unroutable
from spec.document import Document, Json, escape, pick
from spec.exceptions import DocumentError
from spec.schemas import Schemas
from spec.vocabulary.conditions import Terms, facts
from spec.vocabulary.meta import PREFIX, fit, root_word
from spec.vocabulary.names import check_known
from spec.vocabulary.resources import resource
from spec.vocabulary.schemas import check_schema, compiling

_DEFAULT_STAGES = (
    Stage("authentication", None, frozenset()),
    Stage("shape", None, frozenset({"path", "query", "header", "cookie", "body"})),
)


@dataclass(frozen=True, slots=True)
class Root:
    """What the root of a document says, and all its operations build upon."""

    terms: Terms
    problems: Mapping[str, Problem]
    stages: tuple[Stage, ...]
    schemes: tuple[Scheme, ...]
    resources: Mapping[str, Resource]
    facts: Mapping[str, Fact]
    reading: Reading
    unroutable: Unroutable

    @property
    def document(self) -> Document:
        """The document itself."""
        return self.terms.document

    @property
    def schemas(self) -> Schemas:
        """Its schemas, compiled when they are asked for."""
        return self.terms.schemas


def read_root(document: Document) -> Root:
    """Return what the root says.

    Raises: DocumentError: the first thing in it that cannot be understood.
    """
    schemas = compiling(document, "", lambda: Schemas(document))
    for name in document.get("/components/schemas", {}):
        check_schema(document, f"/components/schemas/{escape(name)}")
    problems = dict(_problems(document))
    stages = tuple(_stages(document, problems))
    terms = Terms(document, schemas, _principal_facts(document))
    resources = {kind: resource(terms, kind) for kind in root_word(document, "resources", {})}
    terms = replace(terms, resources=resources)
    return Root(
        terms=terms,
        problems=problems,
        stages=stages,
        schemes=tuple(_schemes(document)),
        resources=resources,
        facts=facts(terms, f"/{PREFIX}facts"),
        reading=Reading(**root_word(document, "reading", {})),
        unroutable=_unroutable(document, problems),
    )


def _principal_facts(document: Document) -> Mapping[str, Json]:
    found: Mapping[str, Json] = root_word(document, "principals", {}).get("facts", {})
    for name in found:
        check_schema(document, f"/{PREFIX}principals/facts/{escape(name)}")
    return found


def _problems(document: Document) -> Iterator[tuple[str, Problem]]:
    root = f"/{PREFIX}problems"
    code = document.get(f"{root}/code")
    for name, given in document.get(f"{root}/catalogue", {}).items():
        body = given["body"]
        stated = pick(body, code, ABSENT) if code else ABSENT
        yield (
            name,
            Problem(
                name=name,
                status=given["status"],
                reach=given["reach"],
                body=body,
                message=given.get("message", name.replace("_", " ").capitalize() + "."),
                code=ABSENT if stated == "{message}" else stated,
                place=document.place(f"{root}/catalogue/{escape(name)}"),
            ),
        )


def _stages(document: Document, problems: Mapping[str, Problem]) -> Iterator[Stage]:
    given = root_word(document, "precedence", None)
    if given is None:
        yield from _DEFAULT_STAGES
        return
    for number, stage in enumerate(given):
        pointer = f"/{PREFIX}precedence/{number}"
        problem = stage.get("problem")
        if problem is not None:
            check_known(document, problem, problems, f"{pointer}/problem", "problem")
        covers = stage.get("of", ["path", "query", "header", "cookie", "body"])
        yield Stage(stage["stage"], problem, frozenset(covers))


def _unroutable(document: Document, problems: Mapping[str, Problem]) -> Unroutable:
    pointer = f"/{PREFIX}problems/unrouted"
    given = document.get(pointer) or {}
    for word, name in given.items():
        check_known(document, name, problems, f"{pointer}/{word}", "problem")
    return Unroutable(**{word: problems[name] for word, name in given.items()})


def _schemes(document: Document) -> Iterator[Scheme]:
    """Yield the schemes that the document chooses; all that carry something where it does not."""
    given = root_word(document, "principals", None)
    known = document.get("/components/securitySchemes", {})
    if given is None:
        for name in known:
            if carries(document, name):
                yield _scheme(document, name, exact=False)
        return
    named = given.get("scheme", list(known)[:1])
    for name in [named] if isinstance(named, str) else named:
        check_known(document, name, known, f"/{PREFIX}principals/scheme", "security scheme")
        yield _scheme(document, name, exact=given.get("word") == "exact")


def carries(document: Document, name: str) -> bool:
    """Tell whether requests carry something by a security scheme.

    A certificate is not in them, and by one that the document does not have nobody could.
    """
    _, scheme = document.follow(f"/components/securitySchemes/{escape(name)}")
    return isinstance(scheme, dict) and scheme.get("type") != "mutualTLS"


def _scheme(document: Document, name: str, *, exact: bool) -> Scheme:
    at, _ = document.follow(f"/components/securitySchemes/{escape(name)}")
    scheme = fit(document, at, "security scheme")
    if scheme.get("type") == "apiKey":
        return Scheme(name, None, True, scheme["in"], scheme["name"])
    word = str(scheme.get("scheme", "bearer")).capitalize()
    return Scheme(name, word, exact, "header", "Authorization", basic=word == "Basic")


def base_paths(document: Document) -> tuple[str, ...]:
    """Return the paths of all servers, each once, without a slash at the end; the first counts."""
    servers = document.data.get("servers") or [{"url": "/"}]
    found = [_base_path(document, server, f"/servers/{n}") for n, server in enumerate(servers)]
    return tuple(dict.fromkeys(found))


def _base_path(document: Document, server: Mapping[str, Json], pointer: str) -> str:
    url = str(server.get("url", "/"))
    for name, variable in (server.get("variables") or {}).items():
        url = url.replace("{" + name + "}", str(variable.get("default", "")))
    try:
        # A relative one is relative to where the document is served.
        path = urlsplit(url).path
    except ValueError as error:
        raise DocumentError(
            document.place(f"{pointer}/url"), f"{url!r} is no URL ({error})"
        ) from None
    steps = [step for step in path.split("/") if step not in {"", ".", ".."}]
    return "".join(f"/{step}" for step in steps)

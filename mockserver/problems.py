"""What the mock says in its own name, as problem details (RFC 9457).

The documents' refusals have the documents' bodies; these are for what no document speaks of: no
route, a preference that cannot be met, a wrong call of the admin API, a defect of the mock itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from spec import Contract, Json, Operation, Unrouted, Violation, encode, listed

MEDIA_TYPE = "application/problem+json"


class ProblemError(Exception):
    """A request that the mock cannot or will not carry out, for a reason of its own."""

    def __init__(
        self,
        status: int,
        title: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        wrong: tuple[Violation, ...] = (),
        **members: Json,
    ) -> None:
        """Say it in a title that is always the same and a detail that names the case.

        `wrong` are the violations of a request that is refused for not fitting the document.
        """
        super().__init__(f"{title}: {detail}")
        self.status = status
        self.title = title
        self.detail = detail
        self.headers = dict(headers or {})
        self.wrong = wrong
        self.members = members

    def body(self) -> bytes:
        """Return the problem document."""
        return encode(
            {
                "type": "about:blank",
                "title": printable(self.title),
                "status": self.status,
                "detail": printable(self.detail),
                **self.members,
            }
        )


def unrouted(
    contract: Contract, found: Unrouted, method: str, path: str, *, others: Mapping[str, str]
) -> ProblemError:
    """Return why no operation answers a request, and which one nearly does.

    `others` are the base paths of all documents by name.
    """
    if found.allowed:
        allow = allowed(found)
        return ProblemError(
            405,
            HTTPStatus.METHOD_NOT_ALLOWED.phrase,
            f"{path} has no {method}. Allowed: {allow}",
            headers={"Allow": allow},
            allowed=allow.split(", "),
        )
    nearest = found.nearest
    detail = f"No operation answers {method} {path}."
    if nearest is not None:
        detail += f" Nearest: {_named(contract, nearest)}; {difference(contract, nearest, path)}"
    return ProblemError(
        404,
        "No such operation",
        detail,
        nearest=_named(contract, nearest) if nearest else None,
        documents=dict(others),
    )


def challenges(contract: Contract) -> str:
    """Return how one may authenticate, as the value of a WWW-Authenticate header."""
    found = [
        f'{one.word} realm="{contract.name}"' if one.basic else one.word
        for one in contract.schemes
        if one.word
    ]
    return ", ".join(dict.fromkeys(found))


def allowed(found: Unrouted) -> str:
    """Return the value of an Allow header."""
    methods = {*found.allowed, "OPTIONS"} | ({"HEAD"} if "GET" in found.allowed else set())
    return ", ".join(sorted(methods))


def _named(contract: Contract, operation: Operation) -> str:
    return f"{operation.id}, {operation.method} {contract.base_path}{operation.path}"


def difference(contract: Contract, operation: Operation, path: str) -> str:
    """Say where a path first parts from an operation's."""
    if not path.startswith(contract.base_path + "/"):
        return f"its path begins with {contract.base_path}/"
    wanted = operation.path.strip("/").split("/")
    given = path[len(contract.base_path) + 1 :].split("/")
    for want, got in zip(wanted, given, strict=False):
        if "{" not in want and want != got:
            return f"it has {want!r} where the request has {got[:80]!r}"
        if "{" in want and not got:
            return f"{want} is empty in the request"
    if len(given) > len(wanted):
        rest = "/" + "/".join(given[len(wanted) :])[:80]
        return f"the request goes on with {rest!r} (some servers hand over '%2F' as '/')"
    if len(given) < len(wanted):
        return f"the request stops before {'/'.join(wanted[len(given) :])!r}"
    return f"its method is {operation.method}"


def unknown(what: str, name: str, known: Mapping[str, object] | list[str]) -> ProblemError:
    """Return the 404 for a name that is none of the known ones."""
    return ProblemError(
        404,
        f"Unknown {what}",
        f"There is no {what} {name[:200]!r}. Known: {listed(known)}",
        known=list(known),
    )


def printable(text: str, most: int = 1_000) -> str:
    """Return text for people: control characters and lone surrogates escaped, not too long."""
    cut = text if len(text) <= most else text[: most - 1] + "…"
    if cut.isprintable():
        return cut
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in cut
    )

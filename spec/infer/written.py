"""An inference as an overlay: plain data for us, YAML with reasons for people."""

from __future__ import annotations

import json
from collections.abc import Iterator

import yaml

from spec.document import Json
from spec.infer.findings import Found, Inference, Kind

_PREFIX = "x-contract-"


def overlay(inference: Inference) -> dict[str, Json]:
    """Return the overlay that says what was inferred."""
    actions = [{"target": "$", "update": _root(inference)}]
    for one in inference.found:
        if one.words:
            actions.append({"target": target(one), "update": _update(one)})
    return {
        "overlay": "1.0.0",
        "info": {"title": f"What {inference.title} most probably means", "version": "1"},
        "extends": inference.file,
        "actions": actions,
    }


def target(found: Found) -> str:
    """Return the JSONPath of an operation."""
    return f"$.paths[{_quoted(found.path)}].{found.method}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _root(inference: Inference) -> dict[str, Json]:
    return {f"{_PREFIX}resources": {one.name: one.word() for one in inference.kinds}}


def _update(found: Found) -> dict[str, Json]:
    words = {f"{_PREFIX}{word}": one for word, one in found.words.items()}
    return {**words, f"{_PREFIX}provenance": "inferred"}


# -- for people -----------------------------------------------------------------------------------

_HEAD = """\
# What Conformock inferred from {file}; nothing of it is written in the document itself.
# Read it, correct it, and give it along: conformock serve {file} --overlay THIS_FILE
#
# Not inferred, since no document says it by its form:
#   * when an operation refuses: x-contract-problems, x-contract-precedence and x-contract-rules
#   * who may do what: x-contract-principals
#   * filters of lists, and unique fields
#
"""


def text(inference: Inference) -> str:
    """Return the overlay as YAML, with comments that say why, and what to refine."""
    return "".join(_lines(inference))


def _lines(inference: Inference) -> Iterator[str]:
    data = overlay(inference)
    yield _HEAD.format(file=inference.file)
    yield from (f"# {one}\n" for one in inference.remarks)
    yield _yaml({name: data[name] for name in ("overlay", "info", "extends")}, 0)
    yield "actions:\n  - target: $\n    update:\n"
    yield f"      {_PREFIX}resources:{'' if inference.kinds else ' {}'}\n"
    for kind in inference.kinds:
        yield from _kind(kind)
    for one in inference.found:
        yield from _operation(one)


def _kind(kind: Kind) -> Iterator[str]:
    paths = " and ".join(one for one in (kind.pair.collection, kind.pair.item) if one)
    yield f"        # Records of {paths}.\n"
    yield f"        # Key: {kind.key.field}, since {kind.key.why}. {_MADE[kind.made]}\n"
    if kind.tenant:
        yield "        # The rest of the path says whose a record is.\n"
    yield "        # `stated`: what requests alone decide. The server fills in all other fields;\n"
    yield "        # add those that it never touches, or take the word out when it touches none.\n"
    yield _yaml({kind.name: kind.word()}, 8)


_MADE = {
    "client": "A creation must carry it.",
    "given": "No operation makes such records.",
    "number": "The server makes it; say `sequence` if a number is never given twice.",
    "text": "The server makes it, nobody knows how.",
    "uuid": "The server makes it.",
    "sequence": "",
    "objectid": "",
}


def _operation(found: Found) -> Iterator[str]:
    name = f"{found.method.upper()} {found.path}"
    if not found.words:
        yield f"  # {name}: nothing inferred, since {found.why}.\n"
        return
    yield f"  # {name}: {found.why}.\n"
    if found.advice:
        yield f"  # {found.advice}\n"
    yield f"  - target: {json.dumps(target(found), ensure_ascii=False)}\n    update:\n"
    yield _yaml(_update(found), 6)


def _yaml(value: Json, indent: int) -> str:
    written = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=88)
    return "".join(f"{' ' * indent}{line}\n" for line in written.splitlines())

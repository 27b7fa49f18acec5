from __future__ import annotations

from contracts.oracle.contradictions import Contradiction
from contracts.run.findings import Finding, Findings
from contracts.steps import Step
from spec import Place


def finding(
    *cause: str, strange: tuple[str, str] | None = None, steps: int = 1, says: str = ""
) -> Finding:
    one = Contradiction(
        cause=(cause[0], cause[1], cause[2]),
        row=f"{cause[1]} 200",
        operation=cause[1],
        sentence=says or " ".join(cause),
        expected="200",
        got="500",
        place=Place("some.yaml", "", 1, 1),
    )
    return Finding(one, (Step(cause[1], None),) * steps, (), "by hand", frozenset({cause[1]}),
                   strange=strange)  # fmt: skip


def taken(*found: Finding) -> Findings:
    findings = Findings()
    for one in found:
        findings.add(one)
    return findings


def test_findings_of_one_cause_are_one() -> None:
    findings = taken(finding("form", "a", "", steps=3), finding("form", "a", "", steps=2))

    (one,) = findings
    assert (one.seen, len(one.steps)) == (2, 2)


def test_findings_that_a_suspect_explains_are_one_and_others_stay_apart() -> None:
    findings = taken(
        finding("refusal", "rule", "a"),
        finding("refusal", "rule", "b"),
        finding("refusal", "other", "c"),
        finding("form", "rule", "a"),
    )
    ids = [one.id for one in findings]

    renamed = findings.group()

    assert [one.contradiction.cause[:2] for one in findings] == [
        ("refusal", "rule"), ("refusal", "other"), ("form", "rule"),
    ]  # fmt: skip
    assert renamed[ids[0]] == renamed[ids[1]] != renamed[ids[2]]


def test_findings_that_send_the_same_strange_field_are_one() -> None:
    field = ("updateDevice", "nickname")
    findings = taken(
        finding("effect", "updateDevice", "/nickname", strange=field, steps=3),
        finding("form", "updateDevice", "", strange=("updateDevice", "colour")),
        finding("refused", "400", "updateDevice", strange=field, steps=2),
    )
    ids = [one.id for one in findings]

    renamed = findings.unite()

    assert len(findings) == 2
    assert renamed[ids[0]] == renamed[ids[2]]
    assert renamed[ids[1]] == ids[1]
    united = next(one for one in findings if one.seen == 2)
    assert len(united.notes) == 1


def test_findings_that_say_the_same_are_one_whatever_leads_from_one_to_the_next() -> None:
    field = ("updateDevice", "nickname")
    findings = taken(
        finding("shape", "pattern", "serial", says="404 where 400 is due", steps=3),
        finding("refusal", "other", "", says="another"),
        finding("refusal", "rule", "", says="404 where 400 is due", strange=field, steps=2),
        finding("effect", "updateDevice", "/nickname", says="it is stored", strange=field),
    )
    ids = [one.id for one in findings]

    renamed = findings.unite()

    assert [one.seen for one in findings] == [3, 1]
    assert {renamed[one] for one in (ids[0], ids[2], ids[3])} == {ids[2]}
    assert renamed[ids[1]] == ids[1]

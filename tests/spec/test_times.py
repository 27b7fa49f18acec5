"""How moments are written, and which moment a written one is."""

from datetime import UTC, datetime, timedelta, timezone

import jsonschema_rs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from spec.times import FORMS, grain, moment, written
from tests.spec.drawing import examples

NOON = 1_714_737_600.0  # 2024-05-03T12:00:00Z


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("seconds-Z", "2024-05-03T12:00:00Z"),
        ("seconds-offset", "2024-05-03T12:00:00+00:00"),
        ("millis-Z", "2024-05-03T12:00:00.250Z"),
        ("millis-offset", "2024-05-03T12:00:00.250+00:00"),
        ("micros-Z", "2024-05-03T12:00:00.250000Z"),
        ("micros-offset", "2024-05-03T12:00:00.250000+00:00"),
    ],
)
def test_a_moment_is_written_in_its_form(form, text):
    assert written(NOON + 0.25, form) == text


def test_a_whole_second_is_written_with_all_its_digits():
    assert written(NOON, "millis-Z") == "2024-05-03T12:00:00.000Z"
    assert written(NOON, "micros-offset") == "2024-05-03T12:00:00.000000+00:00"


def test_every_form_is_a_precision_and_a_zone():
    assert len(FORMS) == len(set(FORMS)) == 6
    assert {one.partition("-")[2] for one in FORMS} == {"Z", "offset"}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2024-05-03T12:00:00Z", 0),
        ("2024-05-03T12:00:00z", 0),
        ("2024-05-03t12:00:00Z", 0),
        ("2024-05-03T12:00:00+00:00", 0),
        ("2024-05-03T12:00:00-00:00", 0),
        ("2024-05-03T14:00:00+02:00", 0),
        ("2024-05-03T06:30:00-05:30", 0),
        ("2024-05-04T01:00:00+13:00", 0),
        ("2024-05-03T12:00:00.5Z", 0.5),
        ("2024-05-03T12:00:00.250Z", 0.25),
        ("2024-05-03T12:00:00.000001Z", 0.000001),
        ("2024-05-03T11:59:59Z", -1),
        # A leap second is taken for the one before it.
        ("2024-05-03T11:59:60Z", -1),
        ("2024-05-03T11:59:60.5Z", -0.5),
    ],
)
def test_a_text_names_a_moment(text, seconds):
    assert moment(text) == pytest.approx(NOON + seconds, abs=1e-6)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2024",
        "2024-05-03",
        "2024-05-03T12:00Z",
        "2024-05-03T12:00:00",
        "2024-05-03T12:00:00.Z",
        "2024-05-03 12:00:00Z",
        "2024-05-03T12:00:00 00:00",
        "2024-05-03T12:00:00+0000",
        "2024-05-03T12:00:00+00",
        "2024-05-03T12:00:00+25:00",
        "20240503T120000Z",
        "2024-13-03T12:00:00Z",
        "2023-02-29T12:00:00Z",
        "2024-05-03T24:00:00Z",
        "2024-05-03T12:60:00Z",
        "2024-05-03T12:00:61Z",
        "0000-01-01T00:00:00Z",
        " 2024-05-03T12:00:00Z",
        "2024-05-03T12:00:00Z\n",
        "\uff12024-05-03T12:00:00Z",
        "2024-W18-5T12:00:00Z",
    ],
)
def test_what_is_no_date_time_names_no_moment(text):
    assert moment(text) is None


@pytest.mark.parametrize("value", [None, True, 0, 1_714_737_600, 1.5, [], {}, ["2024"]])
def test_what_is_no_text_names_no_moment(value):
    assert moment(value) is None


MOMENTS = st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1)).map(
    lambda one: one.replace(tzinfo=UTC).timestamp()
)


@examples(200)
@given(MOMENTS, st.sampled_from(FORMS))
def test_what_is_written_is_read_back_to_the_grain(at, form):
    found = moment(written(at, form))

    assert found is not None
    assert 0 <= at - found + 1e-6 < grain(form) + 2e-6


@examples(200)
@given(MOMENTS, MOMENTS, st.sampled_from(FORMS))
def test_texts_of_one_form_are_in_the_order_of_their_moments(one, other, form):
    first, second = sorted([one, other])

    assert written(first, form) <= written(second, form)


@examples(200)
@given(MOMENTS, st.sampled_from(FORMS))
def test_moments_that_are_a_grain_apart_are_written_differently(at, form):
    assert written(at, form) != written(at + grain(form) + 1e-6, form)


@examples(200)
@given(st.datetimes(datetime(1970, 1, 3), datetime(2100, 1, 1)), st.integers(-1439, 1439))
def test_the_zone_of_a_text_changes_nothing_of_its_moment(at, minutes):
    here = at.replace(tzinfo=UTC)
    there = here.astimezone(timezone(timedelta(minutes=minutes)))

    assert moment(there.isoformat(timespec="microseconds")) == here.timestamp()


FORMAT = jsonschema_rs.Draft202012Validator({"format": "date-time"}, validate_formats=True)
NEARLY = st.from_regex(
    r"[0-9]{4}-[01][0-9]-[0-3][0-9][Tt ][0-2][0-9]:[0-6][0-9]:[0-6][0-9]([.,][0-9]{0,7})?"
    r"([Zz]|[-+ ][0-2][0-9]:?[0-6][0-9])?",
    fullmatch=True,
)


@examples(400)
@given(NEARLY)
def test_what_the_schema_takes_names_a_moment(text):
    """Or else a filter would be taken and match nothing."""
    assume(not text.startswith("0000"))  # Python counts years from 1.

    if FORMAT.is_valid(text):
        assert moment(text) is not None
    elif moment(text) is not None:
        assert ":60" in text, "a leap second where there never was one is all that we take too much"


@examples(300)
@given(st.text(st.sampled_from("0123456789-+:.TtZz 6"), max_size=32) | st.text(max_size=12))
def test_any_text_is_read_without_a_crash(text):
    assert moment(text) is None or isinstance(moment(text), float)

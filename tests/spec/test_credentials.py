"""How a request says who calls, and how a caller is made to say it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spec import Call, Credential, RawRequest, carried, decode
from tests.spec import lamps
from tests.spec.drawing import examples
from tests.spec.worlds import EDGEIQ, FLEET, MEMFAULT, basic

LAMPS = lamps.contract()
USERS = st.text(st.characters(codec="utf-8", exclude_characters=":"), max_size=12)
PASSWORDS = st.text(st.characters(codec="utf-8"), max_size=12)
TOKENS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=20)


def read(contract, *headers):
    """The credential of a request with these headers."""
    operation = next(iter(contract.operations.values()))
    path = contract.base_path + operation.path.replace("{", "").replace("}", "")
    call = decode(contract, RawRequest(operation.method, path, "", headers))
    assert isinstance(call, Call)
    return call.credential


@examples(200)
@given(USERS, PASSWORDS)
def test_a_user_and_a_password_that_are_carried_are_read_back(user, password):
    given_ = Credential("basicAuth", f"{user}:{password}")

    name, value = carried(MEMFAULT, given_)

    assert value.isascii()
    assert read(MEMFAULT, (name, value)) == given_


@examples(100)
@given(TOKENS, st.sampled_from([FLEET, EDGEIQ, MEMFAULT, LAMPS]))
def test_a_token_that_is_carried_is_read_back(token, contract):
    given_ = Credential(contract.schemes[0].name, token)

    assert read(contract, carried(contract, given_)) == given_


@pytest.mark.parametrize(
    ("value", "secret"),
    [
        ("Basic " + basic("user:key"), "user:key"),
        ("basic " + basic("user:key"), "user:key"),
        ("bAsIc   " + basic("user:key") + " ", "user:key"),
        ("Basic " + basic(":key"), ":key"),
        ("Basic " + basic("user:"), "user:"),
        ("Basic " + basic(":"), ":"),
        ("Basic " + basic("user:k:e:y"), "user:k:e:y"),
        ("Basic " + basic("üser:kéy"), "üser:kéy"),
        ("Basic " + basic("user"), None),
        ("Basic " + basic(""), None),
        ("Basic", None),
        ("Basic ", None),
        ("Basic user:key", None),
        ("Basic " + basic("user:key").rstrip("="), None),
        ("Basic /w==", None),
        ("Basic " + basic("user:key") + "é", None),
        ("Basic " + basic("user:key")[:5] + " " + basic("user:key")[5:], None),
        ("Basic,Bearer x", None),
        (basic("user:key"), None),
    ],
)
def test_basic_is_read_as_rfc_7617_has_it(value, secret):
    found = read(MEMFAULT, ("Authorization", value))

    assert found == (None if secret is None else Credential("basicAuth", secret))


@pytest.mark.parametrize("word", ["Bearer", "bearer", "BEARER", "bEARER"])
def test_where_any_case_goes_any_case_goes(word):
    assert read(MEMFAULT, ("Authorization", f"{word} k")) == Credential("bearerAuth", "k")
    assert (read(FLEET, ("Authorization", f"{word} k")) is not None) is (word == "Bearer")


def test_a_secret_by_one_scheme_is_none_by_another():
    bearer = read(MEMFAULT, ("Authorization", "Bearer user:key"))
    by_basic = read(MEMFAULT, ("Authorization", "Basic " + basic("user:key")))

    assert bearer is not None
    assert by_basic is not None
    assert bearer.secret == by_basic.secret
    assert bearer != by_basic


@pytest.mark.parametrize(
    ("value", "secret"),
    [("tok", "tok"), ("Bearer tok", "Bearer tok"), (" ", " "), ("", None)],
)
def test_a_bare_token_is_the_whole_header(value, secret):
    found = read(EDGEIQ, ("Authorization", value))

    assert found == (None if secret is None else Credential("apiToken", secret))


def test_of_two_headers_the_first_counts():
    found = read(FLEET, ("Authorization", "Bearer a"), ("authorization", "Bearer b"))

    assert found == Credential("bearerAuth", "a")


def test_a_credential_of_an_unknown_scheme_is_carried_by_the_first():
    assert carried(FLEET, Credential("nothing", "k")) == ("Authorization", "Bearer k")


def test_a_secret_is_not_shown():
    assert "k3y" not in repr(Credential("bearerAuth", "k3y"))

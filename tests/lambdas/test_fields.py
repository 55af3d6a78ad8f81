from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.processor.fields import canonical_amount, check
from lambdas.processor.numbers import account_kind, hides_card, luhn, masked
from lambdas.processor.tokens import Tokens

GOOD: dict[str, object] = {
    "transaction_id": "T-1",
    "account": "DE89 3704 0044 0532 0130 00",
    "amount": "10.00",
    "currency": "EUR",
    "booked_at": "2026-11-23T09:15:00Z",
}


def with_check_digit(payload: str) -> str:
    return next(payload + digit for digit in "0123456789" if luhn(payload + digit))


cards = st.from_regex(r"[1-9][0-9]{11,17}", fullmatch=True).map(with_check_digit)
separators = st.sampled_from(["", " ", "-"])


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("transaction_id", "", "is missing"),
        ("transaction_id", "a" * 65, "1 to 64"),
        ("transaction_id", "Ä-1", "1 to 64"),
        ("transaction_id", "T-1\n", "1 to 64"),
        ("account", "DE89370400440532013001", "neither"),
        ("account", "DE8937040044053201300", "neither"),
        ("account", "4111111111111112", "neither"),
        ("account", "41111111111", "neither"),
        ("account", 4111111111111111, "is not a text"),
        ("amount", "1.001", "more fraction digits than EUR has (2)"),
        ("amount", "1,00", "decimal"),
        ("amount", "1e3", "decimal"),
        ("amount", ".5", "decimal"),
        ("amount", "٣", "decimal"),
        ("amount", 10.0, "is not a text"),
        ("amount", "1000000000000000", "10^15"),
        ("currency", "eur", "ISO 4217"),
        ("currency", "XAU", "ISO 4217"),
        ("currency", "DEM", "ISO 4217"),
        ("booked_at", "2026-11-23T09:15:00", "offset"),
        ("booked_at", "2026-11-23 09:15:00Z", "RFC 3339"),
        ("booked_at", "2026-02-30T09:15:00Z", "calendar"),
        ("booked_at", "2026-11-23T24:00:00Z", "time of day"),
        ("booked_at", "2026-11-23T09:15:60Z", "time of day"),
        ("booked_at", "2026-11-23T09:15:00+24:00", "time of day"),
        ("kind", "transfer", "one of"),
        ("counterparty", "x" * 141, "140"),
        ("memo", "x" * 501, "500"),
        ("memo", "card 5555 5555 5555 4444 of mine", "card number"),
        ("memo", "\ud800", "Unicode"),
    ],
)
def test_a_field_that_breaks_its_rule_rejects_the_record_without_quoting_the_value(
    field: str, value: Any, rule: str
) -> None:
    reasons = check({**GOOD, field: value}).reasons
    assert len(reasons) == 1
    assert reasons[0].startswith(f"{field}: ")
    assert rule in reasons[0]
    assert len(str(value)) < 5 or str(value) not in reasons[0]


def test_a_good_record_leaves_with_its_fields_and_without_its_account() -> None:
    checked = check({**GOOD, "kind": "", "memo": None})
    assert checked.reasons == []
    assert checked.values == {name: GOOD[name] for name in ("transaction_id", "amount", "currency", "booked_at")}


def test_all_reasons_of_a_record_are_told() -> None:
    assert [reason.split(":")[0] for reason in check({}).reasons] == [
        "transaction_id",
        "account",
        "amount",
        "currency",
        "booked_at",
    ]


@pytest.mark.parametrize(
    ("given_amount", "digits", "canonical"),
    [
        ("+007", 0, "7"),
        ("-0", 0, "0"),
        ("-0.00", 2, "0.00"),
        ("0.10", 2, "0.10"),
        ("-012.5", 3, "-12.5"),
        ("999999999999999.99", 2, "999999999999999.99"),
    ],
)
def test_an_amount_loses_its_plus_its_leading_zeros_and_the_sign_of_zero(
    given_amount: str, digits: int, canonical: str
) -> None:
    assert canonical_amount(given_amount, digits, "EUR") == (canonical, None)


@given(st.decimals(min_value=-(10**14), max_value=10**14, places=2))
def test_a_canonical_amount_is_exactly_the_amount(value: Decimal) -> None:
    canonical, reason = canonical_amount(f"{value:+f}", 2, "EUR")
    assert reason is None
    assert Decimal(canonical) == value


@given(cards, st.lists(separators, min_size=19, max_size=19), st.sampled_from(["", "card ", "(", "x"]))
def test_a_hidden_card_number_is_found_however_it_is_grouped(card: str, gaps: list[str], before: str) -> None:
    grouped = "".join(digit + gap for digit, gap in zip(card, [*gaps], strict=False)).rstrip(" -")
    assert hides_card(f"{before}{grouped}.") == (len(card) >= 13)


@given(cards, st.lists(separators, min_size=19, max_size=19), st.text(max_size=20))
def test_nothing_that_may_be_a_card_number_survives_masking(card: str, gaps: list[str], around: str) -> None:
    grouped = "".join(digit + gap for digit, gap in zip(card, [*gaps], strict=False))
    hidden = masked(f"{around}{grouped}{around}")
    assert card[:-4] not in hidden.replace(" ", "").replace("-", "")
    assert not any(luhn(part) for part in [hidden] if part.isdigit() and part.isascii() and len(part) >= 12)


@pytest.mark.parametrize(
    "text",
    [
        "DE89370400440532013000",
        "de89 3704 0044 0532 0130 00",
        "xDE89370400440532013000y",
        '{"account": "\\u0034111111111111111"}',
        "4111-1111-1111-1111",
        "４１１１１１１１１１１１１１１１",
    ],
)
def test_account_numbers_are_masked_in_every_spelling(text: str) -> None:
    hidden = masked(text)
    assert "*" in hidden
    for number in ("37040044", "3704 0044", "11111111", "1111-1111-", "１１１１１１１１"):
        assert number not in hidden


def test_the_accounts_own_text_is_masked_even_when_it_is_no_account() -> None:
    assert masked("A-1,12345678,5", "12345678") == "A-1,****5678,5"


@pytest.mark.parametrize(
    ("canonical", "kind"),
    [
        ("GB82WEST12345698765432", "iban"),
        ("4111111111111111", "card"),
        ("6304000000000000", "card"),
        ("GB82WEST1234569876543", None),
        ("XX8237040044", None),
    ],
)
def test_an_account_is_an_iban_or_a_card_or_neither(canonical: str, kind: str | None) -> None:
    assert account_kind(canonical) == kind


def test_the_same_account_has_the_same_token_and_another_key_another() -> None:
    one, other = Tokens(b"k" * 32), Tokens(b"l" * 32)
    token = one.token("iban", "DE89370400440532013000")
    assert token == one.token("iban", "DE89370400440532013000")
    assert token != one.token("card", "DE89370400440532013000")
    assert token != other.token("iban", "DE89370400440532013000")
    assert len(token) == len("v1.") + 64

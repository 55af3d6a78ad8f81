import string
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lambdas.processor.records.reference_data import CURRENCY_DIGITS, IBAN_LENGTHS
from lambdas.processor.records.totals import Total
from tests.lambdas.processor.material import CARD, GOOD, IBAN, cards, csv_of, ibans, jsonl_of, process_record, run


@pytest.mark.parametrize("field", ["transaction_id", "account", "amount", "currency", "booked_at"])
@pytest.mark.parametrize("value", ["", None])
def test_a_required_field_without_a_value_is_missing(field: str, value: str | None) -> None:
    assert process_record({**GOOD, field: value}).reasons == [[f"{field}: missing"]]


@pytest.mark.parametrize("field", ["kind", "counterparty", "memo"])
@pytest.mark.parametrize("value", ["", None])
def test_an_empty_optional_field_counts_as_absent(field: str, value: str | None) -> None:
    (record,) = process_record({**GOOD, field: value}).accepted
    assert field not in record


@pytest.mark.parametrize("field", [*GOOD, "kind", "counterparty", "memo"])
@pytest.mark.parametrize("value", [5, 1.5, True, [], ["x"], {}, {"a": "b"}])
def test_what_is_not_a_text_is_rejected_and_its_field_named(field: str, value: object) -> None:
    assert process_record({**GOOD, field: value}).reasons == [[f"{field}: not a string"]]


@pytest.mark.parametrize("identity", ["a", "A-Z_0.9", "x" * 64])
def test_a_transaction_id_of_the_allowed_characters_is_accepted(identity: str) -> None:
    assert process_record({**GOOD, "transaction_id": identity}).accepted[0]["transaction_id"] == identity


@pytest.mark.parametrize("identity", ["x" * 65, "a b", "ä", "a/b", "a\n", "\u0661", "ａ", "a#"])
def test_a_transaction_id_of_other_characters_is_rejected(identity: str) -> None:
    assert process_record({**GOOD, "transaction_id": identity}).reasons == [
        ["transaction_id: must be 1 to 64 of the characters A-Z a-z 0-9 . _ -"]
    ]


@given(ibans() | cards(), st.data())
def test_any_spelling_of_an_account_gives_the_same_token(number: str, data: st.DataObject) -> None:
    spelled = "".join(
        data.draw(st.sampled_from(["", " ", "  "])) + (character.lower() if data.draw(st.booleans()) else character)
        for character in number
    )
    plain, other = (process_record({**GOOD, "account": account}).accepted[0] for account in (number, f" {spelled} "))
    assert plain == other
    assert plain["account_last4"] == number[-4:]
    assert "account" not in plain


def test_different_accounts_have_different_tokens_of_64_hex_digits() -> None:
    tokens = {
        str(process_record({**GOOD, "account": account}).accepted[0]["account_token"]) for account in (IBAN, CARD)
    }
    assert len(tokens) == 2
    assert all(
        token.startswith("v1.") and len(token) == 67 and set(token[3:]) <= set("0123456789abcdef") for token in tokens
    )


def test_the_last_four_can_be_switched_off() -> None:
    (record,) = run(jsonl_of([GOOD]), "file.jsonl", last4=False).accepted
    assert "account_last4" not in record
    assert "account_token" in record


@pytest.mark.parametrize(
    ("account", "rule"),
    [
        ("DE89370400440532013001", "wrong check digits for an IBAN"),
        ("DE8937040044053201300", "IBAN has 21 characters, its country requires 22"),
        ("US89370400440532013000", "country code does not issue IBANs"),
        ("4111111111111112", "wrong check digit for a card number"),
        ("41111111111", "not an IBAN or a card number"),
        ("4" * 20, "not an IBAN or a card number"),
        ("4111-1111-1111-1111", "not an IBAN or a card number"),
        ("4111\u00a01111\u00a01111\u00a01111", "not an IBAN or a card number"),
        ("٤١١١١١١١١١١١١١١١", "not an IBAN or a card number"),
        ("E\u017f9121000418450200051332", "not an IBAN or a card number"),
        ("nonsense", "not an IBAN or a card number"),
    ],
)
def test_an_account_that_is_none_is_rejected_with_the_rule_it_breaks(account: str, rule: str) -> None:
    outcome = process_record({**GOOD, "account": account})
    assert outcome.reasons == [[f"account: {rule}"]]


def test_an_iban_has_one_pair_of_check_digits_only() -> None:
    # 97 and 00 leave the same remainder: the second would be another token for the same account.
    rest = next(f"{number:018d}" for number in range(200) if _check(f"{number:018d}") == 97)
    assert process_record({**GOOD, "account": f"DE97{rest}"}).accepted
    assert process_record({**GOOD, "account": f"DE00{rest}"}).reasons == [["account: wrong check digits for an IBAN"]]


def _check(rest: str) -> int:
    return 98 - int(f"{rest}131400") % 97


@given(ibans(), st.integers(4, 33), st.sampled_from(string.digits))
def test_no_wrong_digit_of_an_iban_goes_unnoticed(number: str, place: int, digit: str) -> None:
    place = 4 + place % (len(number) - 4)
    assume(number[place].isdecimal())
    wrong = number[:place] + digit + number[place + 1 :]
    assert bool(process_record({**GOOD, "account": wrong}).accepted) == (wrong == number)


def test_every_country_of_the_registry_has_a_length_that_ibans_can_have() -> None:
    assert len(IBAN_LENGTHS) == 89
    assert all(15 <= length <= 33 for length in IBAN_LENGTHS.values())
    assert (IBAN_LENGTHS["NO"], IBAN_LENGTHS["RU"], IBAN_LENGTHS["LC"]) == (15, 33, 32)


@pytest.mark.parametrize(
    ("given_amount", "canonical"),
    [
        ("1", "1"), ("+1", "1"), ("-1", "-1"), ("007.50", "7.50"), ("+0.5", "0.5"), ("-0", "0"), ("-0.00", "0.00"),
        ("-000.10", "-0.10"), ("0", "0"), ("000", "0"), ("999999999999999.99", "999999999999999.99"),
        ("00000000000000001", "1"),
    ],
)  # fmt: skip
def test_an_amount_stays_as_it_came_but_for_plus_and_leading_zeros(given_amount: str, canonical: str) -> None:
    assert process_record({**GOOD, "amount": given_amount}).accepted[0]["amount"] == canonical


@pytest.mark.parametrize(
    "amount",
    ["1,5", "1.", ".5", "1e3", "--1", "+-1", " 1", "1 ", "1\n", "٣", "１", "NaN", "Infinity", "0x1", "1_0", "+"],
)
def test_what_is_no_decimal_number_is_no_amount(amount: str) -> None:
    assert process_record({**GOOD, "amount": amount}).reasons == [["amount: not a decimal number"]]


@pytest.mark.parametrize("amount", ["1000000000000000", "-1000000000000000.00", "9" * 400])
def test_an_amount_is_under_a_million_billion(amount: str) -> None:
    assert process_record({**GOOD, "amount": amount}).reasons == [["amount: must be less than 10^15"]]


@given(st.sampled_from(sorted(CURRENCY_DIGITS.items())), st.integers(1, 6))
def test_an_amount_has_no_more_fraction_digits_than_its_currency(currency: tuple[str, int], digits: int) -> None:
    code, allowed = currency
    outcome = process_record({**GOOD, "currency": code, "amount": "1." + "0" * digits})
    if digits <= allowed:
        assert outcome.accepted
    else:
        assert outcome.reasons == [[f"amount: too many decimal places, {code} has {allowed}"]]


@pytest.mark.parametrize(("code", "digits"), [("JPY", 0), ("EUR", 2), ("KWD", 3), ("CLF", 4), ("MRU", 2), ("ISK", 0)])
def test_a_currency_has_the_minor_units_that_iso_4217_says(code: str, digits: int) -> None:
    assert CURRENCY_DIGITS[code] == digits


@pytest.mark.parametrize("code", ["XAU", "XXX", "XTS", "XDR", "DEM", "HRK", "BGN", "eur", "EU", "EUR ", "€", "ＥＵＲ"])
def test_a_code_that_is_not_active_or_has_no_minor_units_is_no_currency(code: str) -> None:
    assert process_record({**GOOD, "currency": code}).reasons == [
        ["currency: not an active ISO 4217 code with minor units"]
    ]


@pytest.mark.parametrize(
    "moment",
    [
        "2026-11-23T09:15:00Z", "2026-11-23t09:15:00z", "2024-02-29T23:59:59.999999999+23:59",
        "2000-02-29T00:00:00-00:00", "0001-01-01T00:00:00.1Z", "9999-12-31T23:59:59-12:00",
    ],
)  # fmt: skip
def test_a_time_of_rfc_3339_is_accepted_as_it_came(moment: str) -> None:
    assert process_record({**GOOD, "booked_at": moment}).accepted[0]["booked_at"] == moment


@pytest.mark.parametrize(
    ("moment", "rule"),
    [
        ("2026-11-23T09:15:00", "not an RFC 3339 date-time with an offset"),
        ("2026-11-23 09:15:00Z", "not an RFC 3339 date-time with an offset"),
        ("2026-11-23", "not an RFC 3339 date-time with an offset"),
        ("2026-11-23T09:15Z", "not an RFC 3339 date-time with an offset"),
        ("2026-11-23T09:15:00+0100", "not an RFC 3339 date-time with an offset"),
        ("2026-11-23T09:15:00,5Z", "not an RFC 3339 date-time with an offset"),
        ("2026-11-23T09:15:00.Z", "not an RFC 3339 date-time with an offset"),
        ("2026-11-23T09:15:00.1234567890Z", "not an RFC 3339 date-time with an offset"),
        ("2026-11-23T09:15:00Z\n", "not an RFC 3339 date-time with an offset"),
        ("２０２６-11-23T09:15:00Z", "not an RFC 3339 date-time with an offset"),
        ("2026-02-29T09:15:00Z", "not a calendar date"),
        ("2026-13-01T09:15:00Z", "not a calendar date"),
        ("2026-00-10T09:15:00Z", "not a calendar date"),
        ("0000-01-01T09:15:00Z", "not a calendar date"),
        ("1900-02-29T09:15:00Z", "not a calendar date"),
        ("2026-11-23T24:00:00Z", "not a time of day"),
        ("2026-11-23T09:60:00Z", "not a time of day"),
        ("2026-12-31T23:59:60Z", "not a time of day"),
        ("2026-11-23T09:15:00+24:00", "not a valid offset"),
        ("2026-11-23T09:15:00-01:60", "not a valid offset"),
    ],
)
def test_what_is_no_time_of_rfc_3339_is_rejected(moment: str, rule: str) -> None:
    assert process_record({**GOOD, "booked_at": moment}).reasons == [[f"booked_at: {rule}"]]


@pytest.mark.parametrize("kind", ["credit", "debit", "fee", "reversal"])
def test_the_four_kinds_are_accepted(kind: str) -> None:
    assert process_record({**GOOD, "kind": kind}).accepted[0]["kind"] == kind


@pytest.mark.parametrize("kind", ["Credit", "credit ", "refund"])
def test_another_kind_is_rejected(kind: str) -> None:
    assert process_record({**GOOD, "kind": kind}).reasons == [["kind: must be one of credit, debit, fee, reversal"]]


@pytest.mark.parametrize(("field", "length"), [("counterparty", 140), ("memo", 500)])
def test_a_text_is_as_long_as_it_may_be_in_characters(field: str, length: int) -> None:
    assert process_record({**GOOD, field: "😀" * length}).accepted[0][field] == "😀" * length
    assert process_record({**GOOD, field: "x" * (length + 1)}).reasons == [
        [f"{field}: longer than {length} characters"]
    ]


@pytest.mark.parametrize(
    ("value", "rule"), [("\ud800", "contains an unpaired surrogate"), ("a\x00", "contains a NUL character")]
)
def test_a_text_that_is_no_unicode_text_is_rejected(value: str, rule: str) -> None:
    assert process_record({**GOOD, "memo": value}).reasons == [[f"memo: {rule}"]]


@pytest.mark.parametrize("field", ["transaction_id", "counterparty", "memo"])
def test_a_card_number_in_another_field_rejects_the_record(field: str) -> None:
    assert process_record({**GOOD, field: CARD}).reasons == [[f"{field}: contains a card number"]]


@given(cards(13), st.data())
def test_a_card_number_in_a_memo_rejects_the_record_however_it_is_grouped(card: str, data: st.DataObject) -> None:
    separators = st.sampled_from(["", "", "", " ", "-", " - ", "\u00a0", "\u2011"])
    grouped = card[0] + "".join(data.draw(separators) + digit for digit in card[1:])
    before, after = (data.draw(st.sampled_from(["", "card ", "7 ", "no.", "x"])) for _ in range(2))
    assert process_record({**GOOD, "memo": before + grouped + after[::-1]}).reasons == [
        ["memo: contains a card number"]
    ]


@pytest.mark.parametrize(
    "memo",
    [
        "4111111111111112",  # a wrong check digit
        "411111111111",  # twelve digits
        "00004111111111111111000",  # a longer number that merely contains one
        "4111.1111.1111.1111",
        "invoice 2026-11-23 no. 12345",
    ],
)
def test_other_digits_in_a_memo_are_no_card_number(memo: str) -> None:
    assert process_record({**GOOD, "memo": memo}).accepted


def test_an_amount_is_an_amount_even_if_its_digits_would_be_a_card_number() -> None:
    assert process_record({**GOOD, "amount": "378282246310005"}).accepted


def test_all_reasons_are_listed_in_the_order_of_the_fields() -> None:
    bad = {"memo": CARD, "kind": "x", "booked_at": "x", "currency": "x", "amount": "x", "account": "x"}
    assert [str(reason).partition(":")[0] for reason in process_record({**bad, "transaction_id": "ü"}).rejected[0]["reasons"]] == [  # type: ignore[attr-defined]
        "transaction_id", "account", "amount", "currency", "booked_at", "kind", "memo",
    ]  # fmt: skip


@given(st.dictionaries(st.sampled_from([*GOOD, "kind", "counterparty", "memo"]), st.text("QZ9 ~", min_size=3)))
def test_reasons_never_quote_a_value(values: dict[str, str]) -> None:
    outcome = process_record({**GOOD, **values})
    for reasons in outcome.reasons:
        for value in values.values():
            assert value not in str(reasons) or value.isspace()


def test_the_first_line_with_an_id_has_it_and_the_others_are_duplicates() -> None:
    records = [{**GOOD, "memo": str(number)} for number in range(3)] + [{**GOOD, "transaction_id": "t-1"}]
    outcome = run(csv_of(records))
    assert [record.get("memo") for record in outcome.accepted] == ["0", None]
    assert outcome.reasons == [["transaction_id: duplicate, first seen on an earlier line"]] * 2


def test_a_rejected_first_line_has_its_id_too() -> None:
    outcome = run(csv_of([{**GOOD, "amount": "x"}, GOOD]))
    assert outcome.reasons == [
        ["amount: not a decimal number"], ["transaction_id: duplicate, first seen on an earlier line"],
    ]  # fmt: skip


@given(
    st.sampled_from(["JPY", "EUR", "KWD", "CLF"]),
    st.lists(st.integers(-(10**15) + 1, 10**15 - 1) | st.integers(-200, 200), max_size=30),
)
def test_totals_are_exact(currency: str, minors: list[int]) -> None:
    total = Total(currency)
    digits = CURRENCY_DIGITS[currency]
    amounts = [f"{Decimal(minor).scaleb(-digits):f}" for minor in minors]
    for amount in amounts:
        total.add(amount)
    plain = total.fields()
    assert plain["count"] == len(minors)
    assert Decimal(plain["positive"]) == sum((Decimal(one) for one in amounts if Decimal(one) > 0), Decimal(0))
    assert Decimal(plain["negative"]) == sum((Decimal(one) for one in amounts if Decimal(one) < 0), Decimal(0))
    assert all(len(text.partition(".")[2]) == digits for text in (plain["positive"], plain["negative"]))


def test_totals_keep_currencies_apart_and_count_zero_as_positive() -> None:
    amounts = [("EUR", "0.1"), ("EUR", "0.2"), ("EUR", "-0.30"), ("JPY", "-5"), ("EUR", "-0.00")]
    records = [
        {**GOOD, "transaction_id": f"T{number}", "currency": currency, "amount": amount}
        for number, (currency, amount) in enumerate(amounts)
    ]
    totals = {currency: total.fields() for currency, total in run(csv_of(records)).result.totals.items()}
    assert totals == {
        "EUR": {"count": 4, "positive": "0.30", "negative": "-0.30"},
        "JPY": {"count": 1, "positive": "0", "negative": "-5"},
    }

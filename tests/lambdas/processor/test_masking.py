import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.processor.records.account_numbers import is_iban, is_luhn
from lambdas.processor.records.masking import mask
from lambdas.processor.records.reference_data import IBAN_LENGTHS
from tests.lambdas.processor.material import CARD, GOOD, IBAN, cards, ibans, jsonl_of, run

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), max_size=30) | st.sampled_from(
    ["", "x", "account ", "ref DE", "12 ", "4", ",", '","', "No.", "é"]
)


def exposed(text: str) -> list[str]:
    """Find valid numbers in a text by brute force, whatever of spaces and dashes stands between their characters."""
    compact = re.sub(r"[\s-]", "", text).upper()
    found = [
        compact[at : at + length]
        for at in range(len(compact))
        for length in range(12, 20)
        if re.fullmatch(r"[0-9]+", compact[at : at + length]) and len(compact) >= at + length
        if is_luhn(compact[at : at + length])
    ]
    for at in range(len(compact)):
        number = compact[at : at + IBAN_LENGTHS.get(compact[at : at + 2], 0)]
        if number and is_iban(number):
            found.append(number)
    return found


@st.composite
def spelled(draw: st.DrawFn, number: str) -> str:
    """A number with separators, in any case."""
    separators = st.sampled_from(["", "", "", " ", "-", "  ", " - "])
    out = number[0]
    for character in number[1:]:
        out += draw(separators) + (character.lower() if draw(st.booleans()) else character)
    return out


@given(st.lists(st.tuples(TEXT, cards() | ibans()), min_size=1, max_size=3), TEXT, st.data())
def test_no_account_or_card_number_survives_in_any_text(
    numbers: list[tuple[str, str]], end: str, data: st.DataObject
) -> None:
    text = "".join(before + data.draw(spelled(number)) for before, number in numbers) + end
    hidden = mask(text)
    assert exposed(hidden) == []
    for _, number in numbers:
        assert number[:-4] not in re.sub(r"[\s-]", "", hidden).upper()


@given(cards() | ibans(), st.data())
def test_no_number_survives_that_json_spells_with_escapes(number: str, data: st.DataObject) -> None:
    escaped = "".join(
        f"\\u{ord(character):04x}" if data.draw(st.booleans()) else character
        for character in data.draw(spelled(number))
    )
    raw = f'{{"transaction_id": "T-1", "memo": "see {escaped}", "account": "x"}}'
    hidden = mask(raw)
    assert exposed(json.loads(hidden, strict=False)["memo"] if _is_json(hidden) else hidden) == []
    assert exposed(hidden) == []
    assert number[:-4] not in re.sub(r"[\s-]", "", _unescaped(hidden)).upper()


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _unescaped(text: str) -> str:
    return re.sub(r"\\u([0-9a-f]{4})", lambda match: chr(int(match.group(1), 16)), text)


@given(cards() | ibans(), st.data())
def test_wrong_check_digits_do_not_help_a_number_out(number: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(4, len(number) - 1))
    wrong = number[:place] + data.draw(st.sampled_from("0123456789")) + number[place + 1 :]
    outcome = run(jsonl_of([{**GOOD, "account": wrong, "amount": "x"}]), "file.jsonl")
    assert wrong[:-4] not in str(outcome.rejected[0]["record"])
    assert f"{'*' * (len(wrong) - 4)}{wrong[-4:]}" in str(outcome.rejected[0]["record"])


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        (f"pay {CARD} now", "pay ************1111 now"),
        ("4111 1111 1111 1111", "**** **** **** 1111"),
        ("de89-3704 0044 0532 0130 00", "****-**** **** **** **30 00"),
        (f"x{IBAN}x", f"x{'*' * 18}3000x"),
        ("\\u0034111111111111111", "************1111"),
        ("４１１１１１１１１１１１１１１１", "************１１１１"),
        ("٤١١١ ١١١١ ١١١١ ١١١١", "**** **** **** ١١١١"),
        ("4111\u20111111\u20111111\u20111111", "****\u2011****\u2011****\u20111111"),
        ("411111\ufffd1111111111", "******\ufffd******1111"),
        ("MT84MALT011000012345MTLCAST001S", "***************************001S"),
        ("NL92ABNA0517164300", "**************4300"),
        ("Example Payments, 2026-11-23T09:15:00Z, 12.50, T-00000012", None),
        ("no12 payment for services in 2026", None),
    ],
)
def test_a_masked_text_shows_the_last_four_and_what_is_no_number(text: str, hidden: str | None) -> None:
    assert mask(text) == (text if hidden is None else hidden)


@pytest.mark.parametrize(
    ("account", "hidden"),
    [
        ('"12345678"', '"****5678"'),
        ("12345678", "****5678"),
        ('"AB 12-ÄX"', '"*B 12-ÄX"'),
        ('"hello world"', '"***** *orld"'),
        ('"1\\u00322345678"', '"*****5678"'),
        ('"12\\"345678"', '"**\\"**5678"'),
        ('"12\\u0022345678"', '"**\\u0022**5678"'),
        ('"123456789', '"*****6789'),
    ],
)
def test_the_account_of_a_json_record_is_masked_whatever_it_looks_like(account: str, hidden: str) -> None:
    assert mask(f'{{"account": {account}') == f'{{"account": {hidden}'


@pytest.mark.parametrize(
    "row", ["12345678,T-1,5", '"1234 5678",T-1,5,1,2,3,4', "12345678,T-1,5,EUR,x", '"1234"5678,T-1', '12345678,"T-1,5']
)
def test_the_account_of_a_csv_row_is_masked_even_if_the_row_is_broken(row: str) -> None:
    content = f"account,transaction_id,amount,currency,booked_at\n{row}\n".encode()
    (record,) = run(content).rejected
    assert "1234" not in str(record["record"])
    assert str(record["record"]).count("T-1") == 1


def test_the_text_of_a_rejected_record_is_cut_and_a_number_across_the_cut_is_mask() -> None:
    for before in range(4060, 4100):
        memo = "x" * before + CARD
        content = f"memo,transaction_id,account,amount,currency,booked_at\n{memo},,,,,\n".encode()
        text = str(run(content).rejected[0]["record"])
        assert len(text) <= 4096
        assert "41" not in text


def test_text_that_is_not_utf_8_is_carried_with_replacement_characters() -> None:
    content = b"transaction_id,account,amount,currency,booked_at\nT\xff-1,4111111111111111,1,EUR,x\n"
    (record,) = run(content).rejected
    assert record["reasons"] == ["record: not valid UTF-8"]
    assert record["record"] == "T\ufffd-1,************1111,1,EUR,x"

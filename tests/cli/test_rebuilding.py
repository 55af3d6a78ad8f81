"""The table is rebuilt from the output bucket: what the processor wrote there is enough."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cli.rebuilding import rebuild_table
from offline.terminal import UserError
from tests.lambdas.conftest import shared_session
from tests.lambdas.processor.conftest import Cloud, cloud
from tests.lambdas.processor.material import CARD, GOOD, IBAN, csv_of
from tests.lambdas.processor.test_handler import deliver, message

__all__ = ["cloud", "shared_session"]

RECORDS = st.fixed_dictionaries(
    {
        **{name: st.just(value) for name, value in GOOD.items()},
        "transaction_id": st.sampled_from([f"T-{number}" for number in range(40)]),
        "account": st.sampled_from([IBAN, CARD]),
        "amount": st.sampled_from(["12.50", "-1", "0", "x"]),
    }
)
FILES = st.lists(st.tuples(st.lists(RECORDS, max_size=60), st.sampled_from([".csv", ".txt", ".jsonl"])), max_size=4)
"""Files with valid and invalid records; a wrong ending, or CSV named JSON Lines, is quarantined."""


def items(cloud: Cloud) -> list[dict[str, Any]]:
    return sorted(cloud.items(), key=lambda item: (item["pk"], item["sk"]))


def lose_the_table(cloud: Cloud) -> None:
    for item in cloud.dynamodb.scan(TableName="transactions")["Items"]:
        cloud.dynamodb.delete_item(TableName="transactions", Key={"pk": item["pk"], "sk": item["sk"]})
    assert cloud.items() == []


def rebuild(cloud: Cloud) -> Counter[str]:
    return rebuild_table(cloud.s3, cloud.dynamodb, output_bucket="output", table="transactions")


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(files=FILES)
def test_a_lost_table_is_rebuilt_item_by_item_whatever_the_files_were(
    cloud: Cloud, files: list[tuple[list[dict[str, str]], str]]
) -> None:
    for number, (records, ending) in enumerate(files):
        deliver(message(cloud.upload(csv_of(records), f"in/{number}{ending}")))
    before = items(cloud)
    lose_the_table(cloud)
    rebuild(cloud)
    assert items(cloud) == before


def test_manifests_of_failed_and_quarantined_files_are_rebuilt_too(cloud: Cloud) -> None:
    sources = [
        cloud.upload(csv_of([GOOD]), "good.csv"),
        cloud.upload(b"", "empty.csv"),
        cloud.upload(b"x", f"{'k' * 950}.csv"),
    ]
    for source in sources:
        deliver(message(source))
    before = items(cloud)
    lose_the_table(cloud)
    assert rebuild(cloud) == {"COMPLETED": 1, "QUARANTINED": 1, "FAILED": 1}
    assert items(cloud) == before
    assert [cloud.item(source)["manifest_status"] for source in sources] == ["COMPLETED", "QUARANTINED", "FAILED"]


def test_a_table_that_was_not_lost_stays_as_it_is(cloud: Cloud) -> None:
    deliver(message(cloud.upload(csv_of([GOOD]))))
    before = items(cloud)
    rebuild(cloud)
    assert items(cloud) == before


def test_the_lease_of_a_file_that_is_being_processed_again_stays(cloud: Cloud) -> None:
    source = cloud.upload(csv_of([GOOD]))
    deliver(message(source))
    cloud.put(source, manifest_status="PROCESSING", lease_owner="request-2")
    rebuild(cloud)
    assert cloud.item(source)["lease_owner"] == "request-2"


def test_a_missing_part_is_an_error_that_names_it_and_the_other_files_are_rebuilt(cloud: Cloud) -> None:
    broken, whole = cloud.upload(csv_of([GOOD]), "a.csv"), cloud.upload(csv_of([GOOD]), "b.csv")
    for source in (broken, whole):
        deliver(message(source))
    cloud.s3.delete_object(Bucket="output", Key=f"{broken.file_id}/part-00000.jsonl.gz")
    lose_the_table(cloud)
    with pytest.raises(UserError, match=rf"1 files of output.*{broken.file_id}/part-00000.jsonl.gz is missing"):
        rebuild(cloud)
    assert {item["sk"] for item in cloud.items()} == {"manifest", whole.file_id}


def test_a_manifest_under_the_key_of_another_file_is_an_error_and_is_not_taken_over(cloud: Cloud) -> None:
    source = cloud.upload(csv_of([GOOD]))
    deliver(message(source))
    manifest = cloud.objects("output")[f"{source.file_id}/manifest.json"]
    cloud.s3.put_object(Bucket="output", Key="0000/manifest.json", Body=manifest)
    with pytest.raises(UserError, match=f"0000/manifest.json is the manifest of another file, {source.file_id}"):
        rebuild(cloud)

"""The events of the filters' tests have the shape that CloudTrail writes."""

import json
from typing import Any

import pytest
from botocore.model import OperationNotFoundError

from tests.components.monitoring.event_shapes import unknown_parameters
from tests.components.monitoring.filter_cases import CASES, call, nested
from tests.components.monitoring.material import STRANGER

CALLS = {json.dumps(event, sort_keys=True): event for _, _, event in CASES if "eventSource" in event}


@pytest.mark.parametrize("event", CALLS.values(), ids=lambda event: f"{event['eventSource']}:{event['eventName']}")
def test_an_event_names_an_operation_and_parameters_of_its_request(event: dict[str, Any]) -> None:
    assert unknown_parameters(event) == set()


def test_an_operation_that_a_service_does_not_have_is_found() -> None:
    with pytest.raises(OperationNotFoundError):
        unknown_parameters(call("s3", "PutIt", STRANGER))


@pytest.mark.parametrize(
    ("event", "unknown"),
    [
        (call("ec2", "CreateNatGateway", STRANGER, subnetId="subnet-0a1"), {"subnetId"}),
        (nested("CreateNatGateway", subnetId="subnet-0a1"), {"subnetId"}),
        (call("ec2", "CreateRoute", STRANGER, CreateRouteRequest={}), {"CreateRouteRequest"}),
        (call("kms", "UpdateAlias", STRANGER, keyId="k"), {"keyId"}),
        (call("s3", "PutBucketPolicy", STRANGER, bucket="b"), {"bucket"}),
    ],
)
def test_a_parameter_that_a_request_does_not_have_is_found(event: dict[str, Any], unknown: set[str]) -> None:
    assert unknown_parameters(event) == unknown

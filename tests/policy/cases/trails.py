from typing import Any

from policy.rules._helpers.resource_types import (
    BUCKET_LOGGING,
    TRAIL,
)
from tests.policy.cases import FAIL, NONE, OPEN, PASS, UNKNOWN, case, declare, made, urn
from tests.policy.support import BUCKET, TAGS

VALIDATED = "trail-validates-log-files"
COVERED, ACCESS = "trail-records-bucket-data-events", "bucket-logs-access"
REGIONS, CONTROL = "trail-covers-all-regions", "trail-records-management-events"
DATA = declare(BUCKET, "it", {"bucket": "ledger", "tags": TAGS})
UNNAMED = declare(BUCKET, "it", {"tags": TAGS})


def trail(**inputs: Any) -> Any:
    return declare(TRAIL, "trail", inputs)


def events(*values: Any, kind: str = "AWS::S3::Object", **rest: Any) -> Any:
    return trail(eventSelectors=[{"dataResources": [{"type": kind, "values": list(values)}], **rest}])


def advanced(*fields: Any) -> Any:
    basic = [{"field": "eventCategory", "equals": ["Data"]}, {"field": "resources.type", "equals": ["AWS::S3::Object"]}]
    return trail(advancedEventSelectors=[{"fieldSelectors": [*basic, *fields]}])


def selector(category: Any, **equals: Any) -> dict[str, Any]:
    fields = {"eventCategory": category, **equals}
    return {"fieldSelectors": [{"field": name, "equals": [value]} for name, value in fields.items()]}


CASES = [
    case(VALIDATED, "signed", PASS, trail(enableLogFileValidation=True)),
    case(VALIDATED, "unsigned", FAIL, trail()),
    case(VALIDATED, "disabled", FAIL, trail(enableLogFileValidation=True, enableLogging=False)),
    case(VALIDATED, "unknown", OPEN, trail(enableLogFileValidation=UNKNOWN)),
    case(COVERED, "by its ARN", PASS, DATA, events("arn:aws:s3:::ledger/")),
    case(COVERED, "all buckets", PASS, DATA, events("arn:aws:s3")),
    case(COVERED, "another bucket", FAIL, DATA, events("arn:aws:s3:::ledger-2/")),
    case(COVERED, "a part of it", FAIL, DATA, events("arn:aws:s3:::ledger/a/")),
    case(COVERED, "another kind", FAIL, DATA, events("arn:aws:lambda", kind="AWS::Lambda::Function")),
    case(COVERED, "only writes", FAIL, DATA, events("arn:aws:s3:::ledger/", readWriteType="WriteOnly")),
    case(COVERED, "no data events", FAIL, DATA, trail()),
    case(
        COVERED,
        "not created yet",
        PASS,
        UNNAMED,
        made(TRAIL, "trail", events(UNKNOWN).inputs, eventSelectors=[UNNAMED.urn]),
    ),
    case(
        COVERED,
        "not created yet, for another bucket",
        FAIL,
        UNNAMED,
        made(TRAIL, "trail", events(UNKNOWN).inputs, eventSelectors=[urn(BUCKET, "x")]),
    ),
    case(COVERED, "all objects, by fields", PASS, DATA, advanced()),
    case(
        COVERED,
        "its objects, by fields",
        PASS,
        DATA,
        advanced({"field": "resources.ARN", "startsWiths": ["arn:aws:s3:::ledger/"]}),
    ),
    case(
        COVERED,
        "other objects, by fields",
        FAIL,
        DATA,
        advanced({"field": "resources.ARN", "startsWiths": ["arn:aws:s3:::x/"]}),
    ),
    case(
        COVERED,
        "all but others, by fields",
        PASS,
        DATA,
        advanced({"field": "resources.ARN", "notStartsWiths": ["arn:aws:s3:::x/"]}),
    ),
    case(
        COVERED,
        "all but its own, by fields",
        FAIL,
        DATA,
        advanced({"field": "resources.ARN", "notStartsWiths": ["arn:aws:s3:::ledger/"]}),
    ),
    case(COVERED, "only writes, by fields", FAIL, DATA, advanced({"field": "readOnly", "equals": ["false"]})),
    case(
        COVERED,
        "management events, by fields",
        FAIL,
        DATA,
        trail(advancedEventSelectors=[{"fieldSelectors": [{"field": "eventCategory", "equals": ["Management"]}]}]),
    ),
    case(COVERED, "no trail", NONE, DATA),
    case(
        COVERED,
        "internal data",
        NONE,
        declare(BUCKET, inputs={"tags": {**TAGS, "data-classification": "internal"}}),
        trail(),
    ),
    case(COVERED, "unknown", OPEN, DATA, trail(eventSelectors=UNKNOWN)),
    case(
        ACCESS,
        "into another bucket",
        PASS,
        DATA,
        made(BUCKET_LOGGING[0], "l", {"bucket": UNKNOWN, "targetBucket": "logs"}, bucket=[DATA.urn]),
    ),
    case(
        ACCESS,
        "into itself",
        FAIL,
        DATA,
        made(BUCKET_LOGGING[1], "l", {"bucket": UNKNOWN, "targetBucket": "ledger"}, bucket=[DATA.urn]),
    ),
    case(ACCESS, "no policy", FAIL, DATA),
    case(ACCESS, "in the bucket itself", PASS, declare(BUCKET, inputs={"logging": {"targetBucket": UNKNOWN}})),
    case(ACCESS, "another's", FAIL, DATA, declare(BUCKET_LOGGING[0], "l", {"bucket": "other", "targetBucket": "logs"})),
    case(
        ACCESS,
        "what receives the logs of others",
        NONE,
        DATA,
        made(BUCKET_LOGGING[0], "x", {"bucket": "x", "targetBucket": UNKNOWN}, targetBucket=[DATA.urn]),
    ),
    case(REGIONS, "all", PASS, trail(isMultiRegionTrail=True)),
    case(REGIONS, "one", FAIL, trail()),
    case(REGIONS, "one, on purpose", FAIL, trail(isMultiRegionTrail=False)),
    case(REGIONS, "all but what has none", FAIL, trail(isMultiRegionTrail=True, includeGlobalServiceEvents=False)),
    case(REGIONS, "unknown", OPEN, trail(isMultiRegionTrail=UNKNOWN)),
    case(
        REGIONS,
        "unknown, and without what has none",
        FAIL,
        trail(isMultiRegionTrail=UNKNOWN, includeGlobalServiceEvents=False),
    ),
    *(
        case(CONTROL, name, verdict, trail(**inputs))
        for name, verdict, inputs in (
            ("by itself", PASS, {}),
            ("selected", PASS, {"advancedEventSelectors": [selector("Data"), selector("Management")]}),
            ("but for one service", PASS, {"advancedEventSelectors": [selector("Management", eventSource="kms")]}),
            ("but for reads", FAIL, {"advancedEventSelectors": [selector("Management", readOnly="false")]}),
            ("data alone", FAIL, {"advancedEventSelectors": [selector("Data")]}),
            ("a selector of nothing", FAIL, {"advancedEventSelectors": [{"fieldSelectors": []}]}),
            ("beside data, in the older selectors", PASS, {"eventSelectors": [{"dataResources": []}]}),
            ("switched off", FAIL, {"eventSelectors": [{"includeManagementEvents": False}]}),
            ("switched on", PASS, {"eventSelectors": [{"includeManagementEvents": True, "readWriteType": "All"}]}),
            ("writes alone", FAIL, {"eventSelectors": [{"readWriteType": "WriteOnly"}]}),
            ("unknown", OPEN, {"advancedEventSelectors": [selector(UNKNOWN)]}),
        )
    ),
]

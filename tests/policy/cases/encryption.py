from policy.model import Value
from policy.rules._helpers.resource_types import DATABASE, DATABASE_CLUSTER, FILE_SYSTEM, FUNCTION, KEY, SECRET, TRAIL
from tests.policy.cases import FAIL, NONE, OPEN, PASS, UNKNOWN, case, declare, made, urn
from tests.policy.support import KEY_ARN, VAULT

STREAM = "aws:kinesis/stream:Stream"
FIREHOSE = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"
VOLUME = "aws:ebs/volume:Volume"
INSTANCE = "aws:ec2/instance:Instance"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
LAUNCH = "aws:ec2/launchConfiguration:LaunchConfiguration"
PARAMETER = "aws:ssm/parameter:Parameter"
NEPTUNE = "aws:neptune/cluster:Cluster"
REDSHIFT = "aws:redshift/cluster:Cluster"
DISK: dict[str, Value] = {"encrypted": True, "kmsKeyId": KEY_ARN}
VARIABLES: dict[str, Value] = {"environment": {"variables": {"A": "b"}}}
MANAGED: dict[str, Value] = {"keyType": "AWS_OWNED_CMK", "enabled": True}
CUSTOMER: dict[str, Value] = {"keyType": "CUSTOMER_MANAGED_CMK", "enabled": True, "keyArn": KEY_ARN}

CASES = [
    case(
        "function-environment-uses-customer-key",
        "under a key",
        PASS,
        declare(FUNCTION, inputs={**VARIABLES, "kmsKeyArn": KEY_ARN}),
    ),
    case("function-environment-uses-customer-key", "under Lambda's own key", FAIL, declare(FUNCTION, inputs=VARIABLES)),
    case(
        "function-environment-uses-customer-key",
        "a key to be made",
        PASS,
        made(FUNCTION, "it", {**VARIABLES, "kmsKeyArn": UNKNOWN}, kmsKeyArn=[urn(KEY, "k")]),
    ),
    case("function-environment-uses-customer-key", "without variables", NONE, declare(FUNCTION)),
    case(
        "function-environment-uses-customer-key",
        "variables not known",
        FAIL,
        declare(FUNCTION, inputs={"environment": {"variables": UNKNOWN}}),
    ),
    case("trail-uses-customer-key", "under a key", PASS, declare(TRAIL, inputs={"kmsKeyId": KEY_ARN})),
    case("trail-uses-customer-key", "under S3's own key", FAIL, declare(TRAIL)),
    case("backup-vault-uses-customer-key", "under a key", PASS, declare(VAULT, inputs={"kmsKeyArn": KEY_ARN})),
    case(
        "backup-vault-uses-customer-key",
        "under AWS's key",
        FAIL,
        declare(VAULT, inputs={"kmsKeyArn": "alias/aws/backup"}),
    ),
    case("volume-uses-customer-key", "a volume under a key", PASS, declare(VOLUME, inputs=DISK)),
    case("volume-uses-customer-key", "a plain volume", FAIL, declare(VOLUME)),
    case("volume-uses-customer-key", "a volume under EBS's key", FAIL, declare(VOLUME, inputs={"encrypted": True})),
    case(
        "volume-uses-customer-key",
        "an instance's disks",
        PASS,
        declare(INSTANCE, inputs={"rootBlockDevice": DISK, "ebsBlockDevices": [DISK]}),
    ),
    case(
        "volume-uses-customer-key",
        "one plain disk of an instance",
        FAIL,
        declare(INSTANCE, inputs={"rootBlockDevice": DISK, "ebsBlockDevices": [DISK, {}]}),
    ),
    case(
        "volume-uses-customer-key",
        "an unknown disk beside a plain one",
        FAIL,
        declare(INSTANCE, inputs={"rootBlockDevice": UNKNOWN, "ebsBlockDevices": [{"encrypted": False}]}),
    ),
    case(
        "volume-uses-customer-key",
        "a template's disks",
        PASS,
        declare(TEMPLATE, inputs={"blockDeviceMappings": [{"ebs": {**DISK, "encrypted": "true"}}, {"noDevice": "x"}]}),
    ),
    case(
        "volume-uses-customer-key",
        "a plain disk of a template",
        FAIL,
        declare(TEMPLATE, inputs={"blockDeviceMappings": [{"ebs": {}}, {"ebs": {"encrypted": "false"}}]}),
    ),
    case(
        "volume-uses-customer-key",
        "a launch configuration knows no key",
        PASS,
        declare(LAUNCH, inputs={"rootBlockDevice": {"encrypted": True}}),
    ),
    case(
        "database-uses-customer-key",
        "an instance under a key",
        PASS,
        declare(DATABASE, inputs={"storageEncrypted": True, "kmsKeyId": KEY_ARN}),
    ),
    case("database-uses-customer-key", "a plain instance", FAIL, declare(DATABASE, inputs={"kmsKeyId": KEY_ARN})),
    case(
        "database-uses-customer-key",
        "a replica in the region",
        NONE,
        declare(DATABASE, inputs={"replicateSourceDb": "ledger"}),
    ),
    case(
        "database-uses-customer-key",
        "a replica of another region",
        FAIL,
        declare(DATABASE, inputs={"replicateSourceDb": "arn:aws:rds:eu-west-1:111122223333:db:ledger"}),
    ),
    case(
        "database-uses-customer-key",
        "a cluster under AWS's key",
        FAIL,
        declare(DATABASE_CLUSTER, inputs={"storageEncrypted": True}),
    ),
    case(
        "database-uses-customer-key",
        "a Neptune cluster",
        PASS,
        declare(NEPTUNE, inputs={"storageEncrypted": True, "kmsKeyArn": KEY_ARN}),
    ),
    case(
        "database-uses-customer-key",
        "a Redshift cluster",
        PASS,
        declare(REDSHIFT, inputs={"encrypted": "true", "kmsKeyId": KEY_ARN}),
    ),
    case(
        "database-uses-customer-key",
        "a plain Redshift cluster",
        FAIL,
        declare(REDSHIFT, inputs={"storageEncrypted": True, "kmsKeyId": KEY_ARN}),
    ),
    case("file-system-uses-customer-key", "under a key", PASS, declare(FILE_SYSTEM, inputs=DISK)),
    case("file-system-uses-customer-key", "plain", FAIL, declare(FILE_SYSTEM)),
    case(
        "secret-uses-customer-key",
        "under a key, its replica too",
        PASS,
        declare(SECRET, inputs={"kmsKeyId": KEY_ARN, "replicas": [{"region": "eu-west-1", "kmsKeyId": KEY_ARN}]}),
    ),
    case("secret-uses-customer-key", "under AWS's key", FAIL, declare(SECRET)),
    case(
        "secret-uses-customer-key",
        "a replica under AWS's key",
        FAIL,
        declare(SECRET, inputs={"kmsKeyId": KEY_ARN, "replicas": [{"region": "eu-west-1"}]}),
    ),
    case(
        "secret-uses-customer-key",
        "a secure parameter under a key",
        PASS,
        declare(PARAMETER, inputs={"type": "SecureString", "keyId": KEY_ARN}),
    ),
    case(
        "secret-uses-customer-key",
        "a secure parameter under AWS's key",
        FAIL,
        declare(PARAMETER, inputs={"type": "SecureString"}),
    ),
    case("secret-uses-customer-key", "a plain parameter", NONE, declare(PARAMETER, inputs={"type": "String"})),
    case(
        "stream-uses-customer-key",
        "a stream under a key",
        PASS,
        declare(STREAM, inputs={"encryptionType": "KMS", "kmsKeyId": KEY_ARN}),
    ),
    case(
        "stream-uses-customer-key",
        "a plain stream",
        FAIL,
        declare(STREAM, inputs={"encryptionType": "NONE", "kmsKeyId": KEY_ARN}),
    ),
    case(
        "stream-uses-customer-key",
        "a stream under AWS's key",
        FAIL,
        declare(STREAM, inputs={"encryptionType": "KMS", "kmsKeyId": "alias/aws/kinesis"}),
    ),
    case(
        "stream-uses-customer-key",
        "a delivery stream under a key",
        PASS,
        declare(FIREHOSE, inputs={"serverSideEncryption": CUSTOMER}),
    ),
    case(
        "stream-uses-customer-key",
        "a delivery stream under AWS's key",
        FAIL,
        declare(FIREHOSE, inputs={"serverSideEncryption": MANAGED}),
    ),
    case("stream-uses-customer-key", "a plain delivery stream", FAIL, declare(FIREHOSE)),
    case(
        "stream-uses-customer-key",
        "a delivery stream of a stream",
        NONE,
        declare(FIREHOSE, inputs={"kinesisSourceConfiguration": {"kinesisStreamArn": "x"}}),
    ),
    case(
        "stream-uses-customer-key",
        "not known",
        OPEN,
        declare(STREAM, inputs={"encryptionType": UNKNOWN, "kmsKeyId": KEY_ARN}),
    ),
]

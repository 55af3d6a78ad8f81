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
        "with a customer key",
        PASS,
        declare(FUNCTION, inputs={**VARIABLES, "kmsKeyArn": KEY_ARN}),
    ),
    case("function-environment-uses-customer-key", "with Lambda's own key", FAIL, declare(FUNCTION, inputs=VARIABLES)),
    case(
        "function-environment-uses-customer-key",
        "a key not created yet",
        PASS,
        made(FUNCTION, "it", {**VARIABLES, "kmsKeyArn": UNKNOWN}, kmsKeyArn=[urn(KEY, "k")]),
    ),
    case("function-environment-uses-customer-key", "without variables", NONE, declare(FUNCTION)),
    case(
        "function-environment-uses-customer-key",
        "variables unknown",
        FAIL,
        declare(FUNCTION, inputs={"environment": {"variables": UNKNOWN}}),
    ),
    case("trail-uses-customer-key", "with a customer key", PASS, declare(TRAIL, inputs={"kmsKeyId": KEY_ARN})),
    case("trail-uses-customer-key", "with S3's own key", FAIL, declare(TRAIL)),
    case("backup-vault-uses-customer-key", "with a customer key", PASS, declare(VAULT, inputs={"kmsKeyArn": KEY_ARN})),
    case(
        "backup-vault-uses-customer-key",
        "with an AWS managed key",
        FAIL,
        declare(VAULT, inputs={"kmsKeyArn": "alias/aws/backup"}),
    ),
    case("volume-uses-customer-key", "a volume with a customer key", PASS, declare(VOLUME, inputs=DISK)),
    case("volume-uses-customer-key", "an unencrypted volume", FAIL, declare(VOLUME)),
    case(
        "volume-uses-customer-key",
        "a volume with the AWS managed key of EBS",
        FAIL,
        declare(VOLUME, inputs={"encrypted": True}),
    ),
    case(
        "volume-uses-customer-key",
        "an instance's disks",
        PASS,
        declare(INSTANCE, inputs={"rootBlockDevice": DISK, "ebsBlockDevices": [DISK]}),
    ),
    case(
        "volume-uses-customer-key",
        "one unencrypted disk of an instance",
        FAIL,
        declare(INSTANCE, inputs={"rootBlockDevice": DISK, "ebsBlockDevices": [DISK, {}]}),
    ),
    case(
        "volume-uses-customer-key",
        "an unknown disk beside an unencrypted one",
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
        "an unencrypted disk of a template",
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
        "an instance with a customer key",
        PASS,
        declare(DATABASE, inputs={"storageEncrypted": True, "kmsKeyId": KEY_ARN}),
    ),
    case(
        "database-uses-customer-key", "an unencrypted instance", FAIL, declare(DATABASE, inputs={"kmsKeyId": KEY_ARN})
    ),
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
        "a cluster with an AWS managed key",
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
        "an unencrypted Redshift cluster",
        FAIL,
        declare(REDSHIFT, inputs={"storageEncrypted": True, "kmsKeyId": KEY_ARN}),
    ),
    case("file-system-uses-customer-key", "with a customer key", PASS, declare(FILE_SYSTEM, inputs=DISK)),
    case("file-system-uses-customer-key", "plain", FAIL, declare(FILE_SYSTEM)),
    case(
        "secret-uses-customer-key",
        "with a customer key, its replica too",
        PASS,
        declare(SECRET, inputs={"kmsKeyId": KEY_ARN, "replicas": [{"region": "eu-west-1", "kmsKeyId": KEY_ARN}]}),
    ),
    case("secret-uses-customer-key", "with an AWS managed key", FAIL, declare(SECRET)),
    case(
        "secret-uses-customer-key",
        "a replica with an AWS managed key",
        FAIL,
        declare(SECRET, inputs={"kmsKeyId": KEY_ARN, "replicas": [{"region": "eu-west-1"}]}),
    ),
    case(
        "secret-uses-customer-key",
        "a secure parameter with a customer key",
        PASS,
        declare(PARAMETER, inputs={"type": "SecureString", "keyId": KEY_ARN}),
    ),
    case(
        "secret-uses-customer-key",
        "a secure parameter with an AWS managed key",
        FAIL,
        declare(PARAMETER, inputs={"type": "SecureString"}),
    ),
    case("secret-uses-customer-key", "a plain parameter", NONE, declare(PARAMETER, inputs={"type": "String"})),
    case(
        "stream-uses-customer-key",
        "a stream with a customer key",
        PASS,
        declare(STREAM, inputs={"encryptionType": "KMS", "kmsKeyId": KEY_ARN}),
    ),
    case(
        "stream-uses-customer-key",
        "an unencrypted stream",
        FAIL,
        declare(STREAM, inputs={"encryptionType": "NONE", "kmsKeyId": KEY_ARN}),
    ),
    case(
        "stream-uses-customer-key",
        "a stream with an AWS managed key",
        FAIL,
        declare(STREAM, inputs={"encryptionType": "KMS", "kmsKeyId": "alias/aws/kinesis"}),
    ),
    case(
        "stream-uses-customer-key",
        "a delivery stream with a customer key",
        PASS,
        declare(FIREHOSE, inputs={"serverSideEncryption": CUSTOMER}),
    ),
    case(
        "stream-uses-customer-key",
        "a delivery stream with an AWS managed key",
        FAIL,
        declare(FIREHOSE, inputs={"serverSideEncryption": MANAGED}),
    ),
    case("stream-uses-customer-key", "an unencrypted delivery stream", FAIL, declare(FIREHOSE)),
    case(
        "stream-uses-customer-key",
        "a delivery stream of a stream",
        NONE,
        declare(FIREHOSE, inputs={"kinesisSourceConfiguration": {"kinesisStreamArn": "x"}}),
    ),
    case(
        "stream-uses-customer-key",
        "unknown",
        OPEN,
        declare(STREAM, inputs={"encryptionType": UNKNOWN, "kmsKeyId": KEY_ARN}),
    ),
]

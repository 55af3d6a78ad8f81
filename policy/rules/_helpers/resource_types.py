"""Resource types that several modules use, with all names that the AWS provider has had for them."""


def _with_v2(kind: str) -> tuple[str, str]:
    """Return an S3 type and its V2, which older versions of the provider have."""
    name = f"{kind[0].lower()}{kind[1:]}"
    return f"aws:s3/{name}:{kind}", f"aws:s3/{name}V2:{kind}V2"


BUCKET = _with_v2("Bucket")
DIRECTORY_BUCKET = "aws:s3/directoryBucket:DirectoryBucket"
BUCKET_ACL = _with_v2("BucketAcl")
BUCKET_ENCRYPTION = _with_v2("BucketServerSideEncryptionConfiguration")
BUCKET_LIFECYCLE = _with_v2("BucketLifecycleConfiguration")
BUCKET_LOCK = _with_v2("BucketObjectLockConfiguration")
BUCKET_LOGGING = _with_v2("BucketLogging")
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
BUCKET_PUBLIC_ACCESS = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
BUCKET_VERSIONING = _with_v2("BucketVersioning")

ROLE = "aws:iam/role:Role"

KEY = "aws:kms/key:Key"
KEY_ALIAS = "aws:kms/alias:Alias"
KEY_POLICY = "aws:kms/keyPolicy:KeyPolicy"
REPLICA_KEY = "aws:kms/replicaKey:ReplicaKey"
EXTERNAL_KEY = "aws:kms/externalKey:ExternalKey"
REPLICA_EXTERNAL_KEY = "aws:kms/replicaExternalKey:ReplicaExternalKey"
KEYS = (KEY, REPLICA_KEY, EXTERNAL_KEY, REPLICA_EXTERNAL_KEY)

TABLE = "aws:dynamodb/table:Table"
TABLE_REPLICA = "aws:dynamodb/tableReplica:TableReplica"
QUEUE = "aws:sqs/queue:Queue"
QUEUE_POLICY = "aws:sqs/queuePolicy:QueuePolicy"
TOPIC = "aws:sns/topic:Topic"
TOPIC_POLICY = "aws:sns/topicPolicy:TopicPolicy"
TOPIC_SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"

FUNCTION = "aws:lambda/function:Function"
FUNCTION_MAPPING = "aws:lambda/eventSourceMapping:EventSourceMapping"
FUNCTION_INVOKE_CONFIG = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"
FUNCTION_PERMISSION = "aws:lambda/permission:Permission"
FUNCTION_URL = "aws:lambda/functionUrl:FunctionUrl"

LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
METRIC_FILTER = "aws:cloudwatch/logMetricFilter:LogMetricFilter"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE_ALARM = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
TRAIL = "aws:cloudtrail/trail:Trail"

VPC = "aws:ec2/vpc:Vpc"
VPC_ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
DATABASE = "aws:rds/instance:Instance"
DATABASE_CLUSTER = "aws:rds/cluster:Cluster"
FILE_SYSTEM = "aws:efs/fileSystem:FileSystem"
SECRET = "aws:secretsmanager/secret:Secret"  # noqa: S105 (a type)

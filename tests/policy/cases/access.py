from typing import Any

from policy.rules.types import (
    BUCKET_ACL,
    BUCKET_POLICY,
    BUCKET_PUBLIC_ACCESS,
    FUNCTION,
    FUNCTION_PERMISSION,
    FUNCTION_URL,
    KEY,
    QUEUE,
    QUEUE_POLICY,
    SECRET,
    TOPIC,
    TOPIC_POLICY,
)
from tests.policy.cases import FAIL, OPEN, PASS, UNKNOWN, allow, beside, case, declare, document
from tests.policy.support import BUCKET, BUCKET_V2

ROLE, POLICY = "aws:iam/role:Role", "aws:iam/policy:Policy"
ROLE_POLICY, USER_POLICY = "aws:iam/rolePolicy:RolePolicy", "aws:iam/userPolicy:UserPolicy"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
ACTION, RESOURCE, MANAGED = (
    "policy-has-no-wildcard-action",
    "policy-has-no-wildcard-resource",
    "nobody-has-broad-managed-policy",
)
PUBLIC, CLOSED, CALLED = "bucket-is-not-public", "resource-policy-is-closed", "function-is-not-public"
DEPUTY, SECRETS = "service-acts-for-named-source", "configuration-holds-no-secret"
IT = declare(BUCKET, "it")
ALL_FOUR = dict.fromkeys(("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), True)
ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"


def granted(*statements: Any) -> Any:
    return declare(POLICY, inputs={"policy": document(*statements)})


def queue(**rest: Any) -> Any:
    return declare(QUEUE_POLICY, inputs={"policy": document(allow("sqs:SendMessage", "*", **rest))})


def trust(service: str, **condition: Any) -> Any:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}
    return declare(
        ROLE, inputs={"assumeRolePolicy": document({**statement, **({"Condition": condition} if condition else {})})}
    )


def served(kind: str, service: str, action: str, **condition: Any) -> Any:
    statement = allow(action, "*", Principal={"Service": service})
    return declare(kind, inputs={"policy": document({**statement, **({"Condition": condition} if condition else {})})})


def variables(**given: Any) -> Any:
    return declare(FUNCTION, inputs={"environment": {"variables": given}})


OURS = {"StringEquals": {"aws:SourceAccount": "111122223333"}}
TASK, BUILD, PARAMETER = (
    "aws:ecs/taskDefinition:TaskDefinition",
    "aws:codebuild/project:Project",
    "aws:ssm/parameter:Parameter",
)

CASES = [
    case(ACTION, "some actions", PASS, granted(allow(["s3:GetObject", "s3:PutObject*"]))),
    case(ACTION, "all", FAIL, granted(allow("*"))),
    case(ACTION, "all, spelt with two parts", FAIL, granted(allow("*:*"))),
    case(ACTION, "all of a service", FAIL, granted(allow(["s3:GetObject", "S3:*"]))),
    case(ACTION, "all but some", FAIL, granted({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"})),
    case(ACTION, "all denied", PASS, granted({"Effect": "Deny", "Action": "*", "Resource": "*"})),
    case(ACTION, "one statement that is no list", FAIL, declare(POLICY, inputs={"policy": {"statement": allow("*")}})),
    case(
        ACTION,
        "a role's inline policy",
        FAIL,
        declare(
            ROLE,
            inputs={"inlinePolicies": [{"name": "a", "policy": document(allow())}, {"policy": document(allow("*"))}]},
        ),
    ),
    case(ACTION, "a role without one", PASS, declare(ROLE)),
    case(ACTION, "not known", OPEN, declare(ROLE_POLICY, inputs={"policy": UNKNOWN})),
    case(
        ACTION,
        "one inline policy not known",
        FAIL,
        declare(ROLE_POLICY, inputs={"policy": {"Statement": [allow(UNKNOWN), allow("*")]}}),
    ),
    case(RESOURCE, "named ones", PASS, granted(allow())),
    case(RESOURCE, "all", FAIL, granted(allow("s3:GetObject", "*"))),
    case(RESOURCE, "all of S3", FAIL, granted(allow("s3:GetObject", ["arn:aws:s3:::ledger/*", "arn:aws:s3:::*"]))),
    case(
        RESOURCE,
        "all tables of the account",
        FAIL,
        granted(allow("dynamodb:GetItem", "arn:aws:dynamodb:*:111122223333:*")),
    ),
    case(
        RESOURCE,
        "all of one kind",
        PASS,
        granted(allow("dynamodb:GetItem", "arn:aws:dynamodb:*:111122223333:table/ledger-*")),
    ),
    case(
        RESOURCE,
        "all but one",
        FAIL,
        granted({"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::x"}),
    ),
    case(
        RESOURCE,
        "an action that knows none",
        PASS,
        granted(allow(["xray:PutTraceSegments", "cloudwatch:PutMetricData", "KMS:ListAliases"], "*")),
    ),
    case(
        RESOURCE,
        "what a function in a network needs",
        PASS,
        granted(
            allow(["ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:DescribeNetworkInterfaces"], "*")
        ),
    ),
    case(
        RESOURCE,
        "one action that knows some among those that know none",
        FAIL,
        granted(allow(["xray:PutTraceSegments", "sqs:SendMessage"], "*")),
    ),
    case(RESOURCE, "what only describes", PASS, granted(allow("ec2:Describe*", "*"))),
    case(RESOURCE, "what lists a bucket's keys", FAIL, granted(allow("s3:List*", "*"))),
    case(
        RESOURCE,
        "those with a tag",
        PASS,
        granted(allow("ec2:StopInstances", "*", Condition={"StringEquals": {"aws:ResourceTag/app": "ledger"}})),
    ),
    case(
        RESOURCE,
        "those with a tag, if they have it",
        FAIL,
        granted(allow("ec2:StopInstances", "*", Condition={"StringEqualsIfExists": {"aws:ResourceTag/app": "ledger"}})),
    ),
    case(RESOURCE, "denied on all", PASS, granted({"Effect": "Deny", "Action": "s3:*", "Resource": "*"})),
    case(RESOURCE, "not known", OPEN, declare(POLICY, inputs={"policy": UNKNOWN})),
    case(
        MANAGED,
        "a policy of one's own",
        PASS,
        declare(ATTACHMENT, inputs={"policyArn": "arn:aws:iam::111122223333:policy/AdministratorAccess"}),
    ),
    case(
        MANAGED,
        "what a function needs",
        PASS,
        declare(
            ATTACHMENT, inputs={"policyArn": "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"}
        ),
    ),
    case(
        MANAGED,
        "administrator",
        FAIL,
        declare(ATTACHMENT, inputs={"policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}),
    ),
    case(
        MANAGED,
        "all of a service",
        FAIL,
        declare(ROLE, inputs={"managedPolicyArns": ["arn:aws-cn:iam::aws:policy/AmazonS3FullAccess"]}),
    ),
    case(
        MANAGED,
        "power user",
        FAIL,
        declare(
            "aws:iam/policyAttachment:PolicyAttachment", inputs={"policyArn": "arn:aws:iam::aws:policy/PowerUserAccess"}
        ),
    ),
    case(MANAGED, "to be made", OPEN, declare(ATTACHMENT, inputs={"policyArn": UNKNOWN})),
    case("user-has-no-inline-policy", "one", FAIL, declare(USER_POLICY, inputs={"user": "ann"})),
    case("bucket-blocks-public-access", "all four", PASS, IT, beside(BUCKET_PUBLIC_ACCESS, IT, "bucket", ALL_FOUR)),
    case("bucket-blocks-public-access", "nothing", FAIL, IT),
    *(
        case(
            "bucket-blocks-public-access",
            f"all but {key}",
            FAIL,
            IT,
            beside(BUCKET_PUBLIC_ACCESS, IT, "bucket", {**ALL_FOUR, key: False}),
        )
        for key in ALL_FOUR
    ),
    case(
        "bucket-blocks-public-access",
        "one not known beside one that is off",
        FAIL,
        IT,
        beside(BUCKET_PUBLIC_ACCESS, IT, "bucket", {**ALL_FOUR, "blockPublicAcls": UNKNOWN, "ignorePublicAcls": False}),
    ),
    case(
        "bucket-blocks-public-access",
        "not known",
        OPEN,
        IT,
        beside(BUCKET_PUBLIC_ACCESS, IT, "bucket", {**ALL_FOUR, "blockPublicAcls": UNKNOWN}),
    ),
    case(PUBLIC, "nothing", PASS, IT),
    case(PUBLIC, "everybody reads", FAIL, declare(BUCKET_POLICY, inputs={"policy": document(allow(Principal="*"))})),
    case(
        PUBLIC,
        "everybody in an organisation reads",
        PASS,
        declare(
            BUCKET_POLICY,
            inputs={
                "policy": document(allow(Principal="*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}}))
            },
        ),
    ),
    case(
        PUBLIC,
        "everybody in any organisation reads",
        FAIL,
        declare(
            BUCKET_POLICY,
            inputs={"policy": document(allow(Principal="*", Condition={"StringLike": {"aws:PrincipalOrgID": "o-*"}}))},
        ),
    ),
    case(
        PUBLIC,
        "everybody from one endpoint, or from none",
        FAIL,
        declare(
            BUCKET_POLICY,
            inputs={
                "policy": document(
                    allow(Principal="*", Condition={"StringEqualsIfExists": {"aws:SourceVpce": "vpce-1"}})
                )
            },
        ),
    ),
    case(
        PUBLIC,
        "everybody from a few addresses",
        PASS,
        declare(
            BUCKET_POLICY,
            inputs={
                "policy": document(
                    allow(Principal="*", Condition={"IpAddress": {"aws:SourceIp": ["192.0.2.0/24", "2001:db8::/32"]}})
                )
            },
        ),
    ),
    case(
        PUBLIC,
        "everybody from everywhere",
        FAIL,
        declare(
            BUCKET_POLICY,
            inputs={"policy": document(allow(Principal="*", Condition={"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}))},
        ),
    ),
    case(
        PUBLIC,
        "in the bucket itself",
        FAIL,
        declare(BUCKET, inputs={"policy": document(allow(Principal={"AWS": "*"}))}),
    ),
    case(PUBLIC, "by an ACL", FAIL, declare(BUCKET_V2, inputs={"acl": "public-read"})),
    case(PUBLIC, "by an ACL beside it", FAIL, declare(BUCKET_ACL[1], inputs={"acl": "authenticated-read"})),
    case(PUBLIC, "a private ACL", PASS, declare(BUCKET_ACL[0], inputs={"acl": "private"})),
    case(PUBLIC, "by a grant", FAIL, declare(BUCKET, inputs={"grants": [{"uri": ALL_USERS}]})),
    case(
        PUBLIC,
        "by a grant beside it",
        FAIL,
        declare(
            BUCKET_ACL[0],
            inputs={"accessControlPolicy": {"grants": [{"grantee": {"id": "x"}}, {"grantee": {"uri": ALL_USERS}}]}},
        ),
    ),
    case(
        PUBLIC,
        "a policy not known beside a public ACL",
        FAIL,
        declare(BUCKET, inputs={"policy": UNKNOWN, "acl": "public-read"}),
    ),
    case(PUBLIC, "not known", OPEN, declare(BUCKET_POLICY, inputs={"policy": UNKNOWN})),
    case(CLOSED, "a service for its source", PASS, queue(Principal={"Service": "s3.amazonaws.com"}, Condition=OURS)),
    case(CLOSED, "everybody", FAIL, queue(Principal={"AWS": "*"})),
    case(
        CLOSED,
        "everybody, for one source",
        PASS,
        queue(Principal="*", Condition={"ArnEquals": {"aws:SourceArn": "arn:aws:sns:eu-central-1:111122223333:x"}}),
    ),
    case(
        CLOSED,
        "everybody, for any source",
        FAIL,
        queue(Principal="*", Condition={"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:*:*"}}),
    ),
    case(
        CLOSED,
        "everybody, for any bucket",
        FAIL,
        queue(Principal="*", Condition={"ArnLike": {"aws:SourceArn": "arn:aws:s3:::*"}}),
    ),
    case(
        CLOSED,
        "everybody, for one bucket",
        PASS,
        queue(Principal="*", Condition={"ArnLike": {"aws:SourceArn": "arn:aws:s3:*:*:ledger"}}),
    ),
    case(
        CLOSED,
        "in a topic",
        FAIL,
        declare(TOPIC, inputs={"policy": document(allow("sns:Publish", "*", Principal="*"))}),
    ),
    case(
        CLOSED,
        "in a secret",
        FAIL,
        declare(SECRET, inputs={"policy": document(allow("secretsmanager:GetSecretValue", "*", Principal="*"))}),
    ),
    case(CLOSED, "not known", OPEN, declare(QUEUE, inputs={"policy": UNKNOWN})),
    case(
        CALLED,
        "a service for its source",
        PASS,
        declare(FUNCTION_PERMISSION, inputs={"principal": "events.amazonaws.com", "sourceArn": UNKNOWN}),
    ),
    case(
        CALLED,
        "a service for anybody",
        FAIL,
        declare(FUNCTION_PERMISSION, inputs={"principal": "events.amazonaws.com"}),
    ),
    case(
        CALLED,
        "S3 for a bucket of any account",
        FAIL,
        declare(FUNCTION_PERMISSION, inputs={"principal": "s3.amazonaws.com", "sourceArn": "arn:aws:s3:::x"}),
    ),
    case(
        CALLED,
        "S3 for a bucket of ours",
        PASS,
        declare(
            FUNCTION_PERMISSION,
            inputs={"principal": "s3.amazonaws.com", "sourceArn": "arn:aws:s3:::x", "sourceAccount": "111122223333"},
        ),
    ),
    case(CALLED, "everybody", FAIL, declare(FUNCTION_PERMISSION, inputs={"principal": "*"})),
    case(
        CALLED,
        "everybody in an organisation",
        PASS,
        declare(FUNCTION_PERMISSION, inputs={"principal": "*", "principalOrgId": "o-1"}),
    ),
    case(CALLED, "an account", PASS, declare(FUNCTION_PERMISSION, inputs={"principal": "111122223333"})),
    case(CALLED, "by a URL", FAIL, declare(FUNCTION_URL, inputs={"authorizationType": "NONE"})),
    case(
        CALLED, "by a URL for those with rights", PASS, declare(FUNCTION_URL, inputs={"authorizationType": "AWS_IAM"})
    ),
    case(CALLED, "not known", OPEN, declare(FUNCTION_PERMISSION, inputs={"principal": UNKNOWN})),
    case(DEPUTY, "Lambda takes a role without one", PASS, trust("lambda.amazonaws.com")),
    case(DEPUTY, "the scheduler does not", FAIL, trust("scheduler.amazonaws.com")),
    case(DEPUTY, "the scheduler for this account", PASS, trust("scheduler.amazonaws.com", **OURS)),
    case(DEPUTY, "flow logs for anybody", FAIL, trust("vpc-flow-logs.amazonaws.com")),
    case(
        DEPUTY,
        "a bucket's notifications for this account",
        PASS,
        served(QUEUE_POLICY, "s3.amazonaws.com", "sqs:SendMessage", **OURS),
    ),
    case(
        DEPUTY,
        "a bucket's notifications for anybody",
        FAIL,
        served(QUEUE_POLICY, "s3.amazonaws.com", "sqs:SendMessage"),
    ),
    case(
        DEPUTY,
        "a condition on something else",
        FAIL,
        served(
            BUCKET_POLICY,
            "cloudtrail.amazonaws.com",
            "s3:PutObject",
            StringEquals={"s3:x-amz-acl": "bucket-owner-full-control"},
        ),
    ),
    case(DEPUTY, "EventBridge to a topic", PASS, served(TOPIC_POLICY, "events.amazonaws.com", "sns:Publish")),
    case(
        DEPUTY,
        "logs by their encryption context",
        PASS,
        served(
            KEY,
            "logs.eu-central-1.amazonaws.com",
            "kms:Decrypt",
            ArnLike={"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:eu-central-1:111122223333:*"},
        ),
    ),
    case(DEPUTY, "logs of anybody", FAIL, served(KEY, "logs.eu-central-1.amazonaws.com", "kms:Decrypt")),
    case(DEPUTY, "a trail describes the key", PASS, served(KEY, "cloudtrail.amazonaws.com", "kms:DescribeKey")),
    case(
        DEPUTY,
        "a service is denied",
        PASS,
        declare(
            TOPIC_POLICY,
            inputs={
                "policy": document(
                    {"Effect": "Deny", "Action": "*", "Resource": "*", "Principal": {"Service": "s3.amazonaws.com"}}
                )
            },
        ),
    ),
    case(DEPUTY, "not known", OPEN, declare(KEY, inputs={"policy": UNKNOWN})),
    case(
        SECRETS,
        "none",
        PASS,
        variables(TABLE="ledger", TOKEN_KEY_ID="arn:aws:kms:eu-central-1:111122223333:key/x", MAX_TOKENS="5"),
    ),
    case(SECRETS, "by its name", FAIL, variables(DB_PASSWORD="hunter2")),
    case(SECRETS, "by its name in another case", FAIL, variables(dbPassword="hunter2")),
    case(
        SECRETS,
        "the ARN of a secret",
        PASS,
        variables(DB_PASSWORD="arn:aws:secretsmanager:eu-central-1:111122223333:secret:x"),
    ),
    case(
        SECRETS,
        "a name of what holds it",
        PASS,
        variables(DB_PASSWORD_SECRET_NAME="ledger/db", API_TOKEN_PARAMETER="ledger"),
    ),
    case(SECRETS, "by its value", FAIL, variables(OTHER="AKIAIOSFODNN7EXAMPLE")),
    case(SECRETS, "in a URL", FAIL, variables(DSN="postgres://ledger:hunter2@db/ledger")),
    case(SECRETS, "named so, and not known", OPEN, variables(DB_PASSWORD=UNKNOWN, TABLE=UNKNOWN)),
    case(
        SECRETS,
        "a container's",
        FAIL,
        declare(TASK, inputs={"containerDefinitions": '[{"environment": [{"name": "API_KEY", "value": "x1"}]}]'}),
    ),
    case(
        SECRETS,
        "a container's, by reference",
        PASS,
        declare(TASK, inputs={"containerDefinitions": '[{"secrets": [{"name": "API_KEY", "valueFrom": "x"}]}]'}),
    ),
    case(
        SECRETS,
        "a build's",
        FAIL,
        declare(BUILD, inputs={"environment": {"environmentVariables": [{"name": "GITHUB_TOKEN", "value": "x1"}]}}),
    ),
    case(
        SECRETS,
        "a build's, by reference",
        PASS,
        declare(
            BUILD,
            inputs={
                "environment": {
                    "environmentVariables": [{"name": "GITHUB_TOKEN", "value": "x1", "type": "SECRETS_MANAGER"}]
                }
            },
        ),
    ),
    case(
        SECRETS,
        "a plain parameter",
        FAIL,
        declare(PARAMETER, inputs={"type": "String", "name": "/ledger/db-password", "value": "hunter2"}),
    ),
    case(
        SECRETS,
        "a secure parameter",
        PASS,
        declare(PARAMETER, inputs={"type": "SecureString", "name": "/ledger/db-password", "value": "hunter2"}),
    ),
]

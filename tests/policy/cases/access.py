from typing import Any

from policy.rules._helpers.resource_types import BUCKET_POLICY, KEY, QUEUE_POLICY
from tests.policy.cases import FAIL, OPEN, PASS, UNKNOWN, allow, case, declare, deny, document, made, urn

ROLE, POLICY = "aws:iam/role:Role", "aws:iam/policy:Policy"
ROLE_POLICY, USER_POLICY = "aws:iam/rolePolicy:RolePolicy", "aws:iam/userPolicy:UserPolicy"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
ACTION, RESOURCE, MANAGED = (
    "policy-has-no-wildcard-action",
    "policy-has-no-wildcard-resource",
    "identity-has-no-broad-managed-policy",
)


def granted(*statements: Any) -> Any:
    return declare(POLICY, inputs={"policy": document(*statements)})


EVERYTHING = allow("s3:*", "*", Principal={"AWS": "arn:aws:iam::111122223333:role/x"})

CASES = [
    case(ACTION, "some actions", PASS, granted(allow(["s3:GetObject", "s3:PutObject*"]))),
    case(ACTION, "all", FAIL, granted(allow("*"))),
    case(ACTION, "all, in two parts", FAIL, granted(allow("*:*"))),
    case(ACTION, "all of a service", FAIL, granted(allow(["s3:GetObject", "S3:*"]))),
    case(ACTION, "all actions except some", FAIL, granted({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"})),
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
    case(
        ACTION,
        "an inline policy that AWS returns and the program does not set",
        FAIL,
        declare(ROLE, outputs={"name": "r", "inlinePolicies": [{"name": "a", "policy": document(allow("*"))}]}),
        declare(ROLE_POLICY, "own", {"role": "r", "name": "b", "policy": document(allow())}),
    ),
    case(
        ACTION,
        "one that is a resource of its own, and judged there",
        PASS,
        declare(ROLE, outputs={"name": "r", "inlinePolicies": [{"name": "a", "policy": document(allow("*"))}]}),
        declare(ROLE_POLICY, "own", {"role": "r", "name": "a", "policy": document(allow("*"))}),
    ),
    case(ACTION, "unknown", OPEN, declare(ROLE_POLICY, inputs={"policy": UNKNOWN})),
    case(
        ACTION,
        "one inline policy unknown",
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
        "all resources except one",
        FAIL,
        granted({"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::x"}),
    ),
    case(
        RESOURCE,
        "an action without resource-level permissions",
        PASS,
        granted(allow(["xray:PutTraceSegments", "cloudwatch:PutMetricData", "KMS:ListAliases"], "*")),
    ),
    case(
        RESOURCE,
        "permissions of a function in a VPC",
        PASS,
        granted(
            allow(["ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:DescribeNetworkInterfaces"], "*")
        ),
    ),
    case(
        RESOURCE,
        "one action with resource-level permissions among those without",
        FAIL,
        granted(allow(["xray:PutTraceSegments", "sqs:SendMessage"], "*")),
    ),
    case(RESOURCE, "a Describe pattern", PASS, granted(allow("ec2:Describe*", "*"))),
    case(RESOURCE, "a List pattern of S3", FAIL, granted(allow("s3:List*", "*"))),
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
    case(RESOURCE, "unknown", OPEN, declare(POLICY, inputs={"policy": UNKNOWN})),
    case(
        MANAGED,
        "a policy of its own",
        PASS,
        declare(ATTACHMENT, inputs={"policyArn": "arn:aws:iam::111122223333:policy/AdministratorAccess"}),
    ),
    case(
        MANAGED,
        "the AWS managed policy for functions",
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
    case(MANAGED, "not created yet", OPEN, declare(ATTACHMENT, inputs={"policyArn": UNKNOWN})),
    case("user-has-no-inline-policy", "one", FAIL, declare(USER_POLICY, inputs={"user": "ann"})),
    case(ACTION, "all, as another pattern", FAIL, granted(allow("s3:?*"))),
    *(
        case(
            ACTION,
            f"all of a service, to {name}",
            verdict,
            declare(QUEUE_POLICY, inputs={"policy": document(statement)}),
        )
        for name, verdict, statement in (
            ("a service", FAIL, allow("sqs:*", "*", Principal={"Service": "s3.amazonaws.com"})),
            ("a role", FAIL, allow("SQS:*", "*", Principal={"AWS": "arn:aws:iam::111122223333:role/x"})),
            ("the account", PASS, allow("sqs:*", "*", Principal={"AWS": "arn:aws:iam::111122223333:root"})),
            ("the account, by its number", PASS, allow("sqs:*", "*", Principal={"AWS": ["111122223333"]})),
            (
                "the account and a role",
                FAIL,
                allow("sqs:*", "*", Principal={"AWS": ["111122223333", "arn:aws:iam::111122223333:role/x"]}),
            ),
        )
    ),
    case(
        ACTION,
        "all of a key, to the account",
        PASS,
        declare(
            KEY,
            inputs={
                "policy": document(allow("kms:*", "*", Principal={"AWS": "arn:aws-us-gov:iam::111122223333:root"}))
            },
        ),
    ),
    case(
        ACTION,
        "all of a key, to a role",
        FAIL,
        declare(
            KEY, inputs={"policy": document(allow("kms:*", "*", Principal={"AWS": "arn:aws:iam::111122223333:role/x"}))}
        ),
    ),
    case(
        ACTION, "all in a bucket, denied", PASS, declare(BUCKET_POLICY, inputs={"policy": document(deny("*", "*", {}))})
    ),
    case(ACTION, "all in a bucket", FAIL, declare(BUCKET_POLICY, inputs={"policy": document(EVERYTHING)})),
    *(
        case(RESOURCE, f"every one, {arn}", FAIL, granted(allow("kms:Decrypt", arn)))
        for arn in (
            "?*",
            "arn:*",
            "arn:aws:*:*:*:*",
            "arn:aws:kms:*:*:key/*",
            "arn:aws:kms:eu-central-1:111122223333:key/*",
            "arn:aws:dynamodb:*:*:table/*/index/*",
            "arn:aws:logs:*:*:log-group:*:*",
            "arn:aws:iam::111122223333:role/*",
            "arn:aws:secretsmanager:*:111122223333:secret:*",
        )
    ),
    *(
        case(RESOURCE, f"some, {arn}", PASS, granted(allow("kms:Decrypt", arn)))
        for arn in (
            "arn:aws:kms:eu-central-1:111122223333:key/1a2b",
            "arn:aws:s3:::ledger/*",
            "arn:aws:s3:::key/*",
            "arn:aws:execute-api:eu-central-1:111122223333:1a2b/*/GET/*",
            "arn:aws:iam::111122223333:role/service-role/*",
            "arn:aws:logs:*:111122223333:log-group:/aws/lambda/ledger-*:*",
            "arn:aws:ec2:eu-central-1:111122223333:network-interface/*",
        )
    ),
    case(
        RESOURCE,
        "every key, through one service",
        PASS,
        granted(
            allow(
                "kms:Decrypt",
                "arn:aws:kms:*:111122223333:key/*",
                Condition={"StringEquals": {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}},
            )
        ),
    ),
    case(
        RESOURCE,
        "every key, through one service if the key is present",
        FAIL,
        granted(
            allow(
                "kms:Decrypt",
                "*",
                Condition={"StringEqualsIfExists": {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}},
            )
        ),
    ),
    case(
        MANAGED,
        "a policy of the stack that is not created yet",
        PASS,
        made(ATTACHMENT, "it", {"policyArn": UNKNOWN}, policyArn=[urn(POLICY, "own")]),
        declare(POLICY, "own"),
    ),
    case(
        MANAGED,
        "an administrator policy beside one that is not created yet",
        FAIL,
        declare(ROLE, inputs={"managedPolicyArns": [UNKNOWN, "arn:aws:iam::aws:policy/AdministratorAccess"]}),
    ),
    case(
        MANAGED,
        "one of an unknown owner beside one of the stack",
        OPEN,
        made(ROLE, "it", {"managedPolicyArns": [UNKNOWN, UNKNOWN]}, managedPolicyArns=[urn(POLICY, "own")]),
        declare(POLICY, "own"),
    ),
    case(RESOURCE, "every policy that AWS keeps", PASS, granted(allow("iam:GetPolicy", "arn:aws:iam::aws:policy/*"))),
    case(RESOURCE, "text that is not an ARN", PASS, granted(allow("kms:Decrypt", "key/*"))),
    case(
        RESOURCE,
        "every resource of one account",
        FAIL,
        granted(allow("sqs:SendMessage", "arn:aws:sqs:*:111122223333:*")),
    ),
    case(ACTION, "one action of any service", FAIL, granted(allow("*:GetObject"))),
    case(ACTION, "a wildcard in the name of the service", FAIL, granted(allow("s?:GetObject"))),
]

from typing import Any

from policy.rules._helpers.resource_types import (
    FUNCTION,
)
from tests.policy.cases import FAIL, OPEN, PASS, UNKNOWN, case, declare

SECRETS = "configuration-holds-no-secret"


def variables(**given: Any) -> Any:
    return declare(FUNCTION, inputs={"environment": {"variables": given}})


TASK, BUILD, PARAMETER = (
    "aws:ecs/taskDefinition:TaskDefinition",
    "aws:codebuild/project:Project",
    "aws:ssm/parameter:Parameter",
)

CASES = [
    case(
        SECRETS,
        "none",
        PASS,
        variables(TABLE="ledger", TOKEN_KEY_ID="arn:aws:kms:eu-central-1:111122223333:key/x", MAX_TOKENS="5"),
    ),
    case(SECRETS, "by its name", FAIL, variables(DB_PASSWORD="hunter2")),
    case(SECRETS, "with a secret name in another case", FAIL, variables(dbPassword="hunter2")),
    case(
        SECRETS,
        "the ARN of a secret",
        PASS,
        variables(DB_PASSWORD="arn:aws:secretsmanager:eu-central-1:111122223333:secret:x"),
    ),
    case(
        SECRETS,
        "the name of the variable that holds it",
        PASS,
        variables(DB_PASSWORD_SECRET_NAME="ledger/db", API_TOKEN_PARAMETER="ledger"),
    ),
    case(SECRETS, "with a secret value", FAIL, variables(OTHER="AKIAIOSFODNN7EXAMPLE")),
    case(SECRETS, "in a URL", FAIL, variables(DSN="postgres://ledger:hunter2@db/ledger")),
    case(SECRETS, "named so, and unknown", OPEN, variables(DB_PASSWORD=UNKNOWN, TABLE=UNKNOWN)),
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
    case(
        SECRETS,
        "a plain parameter with an insecure value",
        FAIL,
        declare(PARAMETER, inputs={"type": "String", "name": "/ledger/db-password", "insecureValue": "hunter2"}),
    ),
]

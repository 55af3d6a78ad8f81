"""Secrets rules: plain configuration, which everyone who can describe a resource can read, contains no secret."""

import re
from collections.abc import Iterator

from policy.model import Block, Finding, Outcome, Resource, Severity, rule, stop_at_unknown

_SECRET_NAME = re.compile(
    r"(?<![A-Z])(PASSWORD|PASSWD|PASSPHRASE|SECRET|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|CREDENTIALS?|AUTH_?TOKEN|TOKEN)(?![A-Z])"
)
_HARMLESS_NAME = re.compile(
    r"_(ARN|ID|NAME|PATH|URL|URI|ALIAS|PARAMETER|PARAM|VERSION|TTL|SECONDS|LENGTH|HEADER|TABLE|BUCKET|ENDPOINT|TYPE)$"
)
_SECRET_VALUE = re.compile(
    r"(?:\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY-----|\bgh[pousr]_[A-Za-z0-9]{36}"
    r"|\bxox[abprs]-[A-Za-z0-9-]{10}|\bsk_live_[A-Za-z0-9]{16}|\beyJ[A-Za-z0-9_-]{10,}\.eyJ|://[^/\s:@]+:[^/\s:@]+@)"
)
_FLAG_VALUES = frozenset({"", "true", "false", "none", "null"})


@rule(
    name="configuration-holds-no-secret",
    on=(
        "aws:lambda/function:Function",
        "aws:ecs/taskDefinition:TaskDefinition",
        "aws:codebuild/project:Project",
        "aws:ssm/parameter:Parameter",
    ),
    severity=Severity.CRITICAL,
    controls=("PCI-DSS-4.0.1:8.6.2", "NIST-800-53r5:IA-5(7)"),
    remedy="Store the secret in Secrets Manager or in a SecureString parameter, and pass its ARN.",
)
def configuration_holds_no_secret(resource: Resource) -> Iterator[Outcome]:
    """Environment variables and plain parameters contain no secret: everyone who can describe the resource can read them.

    A secret is recognised by the form of its value, or by the name of its variable, unless the value is an ARN, a
    number, a flag or a path.
    """
    for block, key, name in _variables(resource):
        yield from stop_at_unknown(_secret(block, key, name))


def _variables(resource: Resource) -> Iterator[tuple[Block, str, str]]:
    """Yield each plain variable: the block that contains it, its key in the block, and its name."""
    match resource.type.split(":")[1]:
        case "lambda/function":
            variables = resource.block("environment").block("variables")
            yield from ((variables, name, name) for name in variables.items())
        case "ssm/parameter":
            if resource.text("type") != "SecureString":
                name = resource.text("name") if resource.knows("name") else ""
                key = "insecureValue" if resource.has("insecureValue") else "value"
                yield resource, key, name.rpartition("/")[2]
        case "codebuild/project":
            for variable in resource.block("environment").blocks("environmentVariables"):
                if variable.text("type") in ("", "PLAINTEXT"):
                    yield variable, "value", variable.text("name")
        case _:
            containers = Block({"containers": resource.parse_json("containerDefinitions").raw}, "containerDefinitions.")
            for container in containers.blocks("containers"):
                for variable in container.blocks("environment"):
                    yield variable, "value", variable.text("name")


def _secret(block: Block, key: str, name: str) -> Iterator[Outcome]:
    upper = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).upper().replace("-", "_").replace(".", "_")
    has_secret_name = bool(_SECRET_NAME.search(upper)) and not _HARMLESS_NAME.search(upper)
    if not has_secret_name and not block.knows(key):
        return  # such as the name or ARN of a resource that does not exist yet
    value = block.text(key)
    if _SECRET_VALUE.search(value):
        yield Finding(f"contains a value that looks like a secret ({name})")
    elif (
        has_secret_name
        and value.lower() not in _FLAG_VALUES
        and not value.isdigit()
        and not value.startswith(("arn:", "/", "alias/"))
    ):
        yield Finding(f"contains a secret, judging by its name ({name})")

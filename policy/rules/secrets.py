"""Rules of secrets: none lies where whoever may look at a resource reads it."""

import re
from collections.abc import Iterator

from policy.model import (
    Block,
    Finding,
    Outcome,
    Resource,
    Severity,
    as_far_as_known,
    rule,
)

_SECRET_NAME = re.compile(
    r"(?<![A-Z])(PASSWORD|PASSWD|PASSPHRASE|SECRET|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|CREDENTIALS?|AUTH_?TOKEN|TOKEN)(?![A-Z])"
)
_NO_SECRET_NAME = re.compile(
    r"_(ARN|ID|NAME|PATH|URL|URI|ALIAS|PARAMETER|PARAM|VERSION|TTL|SECONDS|LENGTH|HEADER|TABLE|BUCKET|ENDPOINT|TYPE)$"
)
_SECRET_VALUE = re.compile(
    r"(?:\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY-----|\bgh[pousr]_[A-Za-z0-9]{36}"
    r"|\bxox[abprs]-[A-Za-z0-9-]{10}|\bsk_live_[A-Za-z0-9]{16}|\beyJ[A-Za-z0-9_-]{10,}\.eyJ|://[^/\s:@]+:[^/\s:@]+@)"
)
_FLAGS = frozenset({"", "true", "false", "none", "null"})


@rule(
    name="configuration-holds-no-secret",
    on=(
        "aws:lambda/function:Function",
        "aws:ecs/taskDefinition:TaskDefinition",
        "aws:codebuild/project:Project",
        "aws:ssm/parameter:Parameter",
    ),
    severity=Severity.CRITICAL,
    controls=("PCI-DSS-4.0:8.6.2", "NIST-800-53r5:IA-5(7)"),
    remedy="Keep the secret in Secrets Manager or a SecureString, and give its ARN.",
)
def configuration_holds_no_secret(resource: Resource) -> Iterator[Outcome]:
    """Keep secrets out of environments and plain parameters: whoever may describe the resource reads them.

    A secret is told by the look of the value, or by the variable's name where the value is none of: an ARN, a number,
    a flag, a path.
    """
    for block, key, name in _variables(resource):
        yield from as_far_as_known(_secret(block, key, name))


def _variables(resource: Resource) -> Iterator[tuple[Block, str, str]]:
    """Yield each plain variable: the group that holds it, its key there, and what it is called."""
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
            for one in resource.block("environment").blocks("environmentVariables"):
                if one.text("type") in ("", "PLAINTEXT"):
                    yield one, "value", one.text("name")
        case _:
            containers = Block({"containers": resource.parsed("containerDefinitions").whole}, "containerDefinitions.")
            for container in containers.blocks("containers"):
                for one in container.blocks("environment"):
                    yield one, "value", one.text("name")


def _secret(block: Block, key: str, name: str) -> Iterator[Outcome]:
    upper = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).upper().replace("-", "_").replace(".", "_")
    called = bool(_SECRET_NAME.search(upper)) and not _NO_SECRET_NAME.search(upper)
    if not called and not block.knows(key):
        return  # a name, an ARN or the like of a resource that is yet to be made
    value = block.text(key)
    if _SECRET_VALUE.search(value):
        yield Finding(f"holds what looks like a secret ({name})")
    elif (
        called and value.lower() not in _FLAGS and not value.isdigit() and not value.startswith(("arn:", "/", "alias/"))
    ):
        yield Finding(f"holds a secret by its name ({name})")

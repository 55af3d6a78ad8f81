"""Requests to AWS: principal, action, resource and condition keys."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.support.iam.conditions import Context, ContextValue
from tests.support.iam.patterns import ARN_PARTS

_ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):(?P<service>iam|sts)::(?P<account>\d{12}):(?P<sort>[a-z-]+)/?(?P<name>.*)"
)
_SORTS = {("iam", "root"), ("iam", "user"), ("iam", "role"), ("sts", "assumed-role"), ("sts", "federated-user")}
_TYPES = {"root": "Account", "user": "User", "role": "AssumedRole", "federated-user": "FederatedUser"}


@dataclass(frozen=True)
class Principal:
    """The principal of a request. Create one with `aws`, `service` or `federated`, or use ANONYMOUS.

    Attributes
    ----------
    sort
        root, user, role (also for a session of the role), federated-user, service, federated or anonymous.
    arn
        The ARN; for a session the ARN of its role. None for a service, a federated and an anonymous principal.
    account
        The account id, if the principal belongs to an account.
    names
        All names that a policy can use for the principal, as in `Names`, from the broadest to the most specific: the
        account, the role, the session.
    """

    sort: str
    arn: str | None
    account: str | None
    names: tuple[str, ...]

    @property
    def keys(self) -> dict[str, ContextValue]:
        """The condition keys that the principal determines (IAM User Guide, "AWS global condition context keys")."""
        if self.sort == "anonymous":
            return {"aws:PrincipalAccount": "anonymous", "aws:PrincipalType": "Anonymous"}
        if self.sort == "service":
            name = self.names[-1].removeprefix("Service:")
            return {"aws:PrincipalIsAWSService": True, "aws:PrincipalServiceName": name}
        if self.arn is None or self.account is None:
            return {}
        keys: dict[str, ContextValue] = {
            "aws:PrincipalArn": self.arn,
            "aws:PrincipalAccount": self.account,
            "aws:PrincipalType": _TYPES[self.sort],
            "aws:PrincipalIsAWSService": False,
        }
        if self.sort == "user":
            keys["aws:username"] = self.arn.rsplit("/", 1)[-1]
        return keys


ANONYMOUS = Principal("anonymous", None, None, ("anonymous",))
"""A request without a signature."""


def aws(arn: str, session: str = "") -> Principal:
    """Return a principal of an account.

    Parameters
    ----------
    arn
        `arn:aws:iam::ACCOUNT:root`, `…:user/NAME` or `…:role/NAME`, paths included, or of STS `…:federated-user/NAME`
        or `…:assumed-role/ROLE/SESSION` for a role without a path.
    session
        The name of a role session. Without it, no statement that names a session matches.

    Raises
    ------
    ValueError
        The ARN has none of these forms.
    """
    parts = _ARN.fullmatch(arn)
    kind = (parts["service"], parts["sort"]) if parts else None
    if parts is None or kind not in _SORTS or (parts["sort"] == "root") != (not parts["name"]):
        raise ValueError(f"{arn!r} is not a principal: expected the ARN of a root user, user, role or session")
    account, sort, name = parts["account"], parts["sort"], parts["name"]
    if sort == "assumed-role":
        role, _, session = name.partition("/")
        return aws(f"arn:{parts['partition']}:iam::{account}:role/{role}", session)
    if session and sort != "role":
        raise ValueError(f"{arn} cannot have sessions: expected a role")
    names = [f"AWS:{account}"]
    if sort != "root":
        names.append(f"AWS:{arn}")
    if sort == "role":
        role = name.rsplit("/", 1)[-1]
        names.append(f"AWS:arn:{parts['partition']}:sts::{account}:assumed-role/{role}/{session}")
    return Principal(sort, arn, account, tuple(names))


def service(name: str) -> Principal:
    """Return a service principal, such as `s3.amazonaws.com`, for a service that calls on its own behalf."""
    return Principal("service", None, None, (f"Service:{name}",))


def federated(provider: str) -> Principal:
    """Return a principal with a token of an identity provider, who assumes a role."""
    return Principal("federated", None, None, (f"Federated:{provider}",))


@dataclass(frozen=True)
class Request:
    """One request to AWS.

    Attributes
    ----------
    action
        Such as `s3:GetObject`, in any case.
    resource
        An ARN, or `*` for an action without resource-level permissions.
    account
        The account that owns the resource. Needed where the ARN has none, as in S3. For the resource `*` it is the
        principal's account by default.
    context
        Further condition keys with their values, a list for a multivalued key. The keys that the principal and the
        resource's account determine are added automatically.

    Raises
    ------
    ValueError
        The action or resource is malformed, the account is missing or contradictory, or a key is added automatically.
    """

    principal: Principal
    action: str
    resource: str
    account: str | None = None
    context: Mapping[str, ContextValue | Sequence[ContextValue]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9-]+:[a-z0-9]+", self.action, re.IGNORECASE):
            raise ValueError(f"the request's action is {self.action!r}, expected service:Name without wildcards")
        if self.resource != "*" and (not self.resource.startswith("arn:") or self.resource.count(":") < ARN_PARTS - 1):
            raise ValueError(f"the request's resource is {self.resource!r}, expected an ARN of six parts, or *")
        derived = self._derived()
        doubled = sorted(set(map(str.lower, derived)) & set(map(str.lower, self.context)))
        if doubled:
            raise ValueError(f"the request sets {', '.join(doubled)}, which its principal and resource determine")
        self.keys  # noqa: B018 (raises its errors at construction)

    @property
    def owner(self) -> str | None:
        """The account that owns the resource; None for the resource `*` and a principal without an account."""
        if self.resource == "*":
            return self.account or self.principal.account
        named = self.resource.split(":")[4]
        if named and self.account and named != self.account:
            raise ValueError(f"{self.resource} belongs to account {named}, but the request has account {self.account}")
        if not named and not self.account:
            raise ValueError(f"{self.resource} contains no account: set the request's account")
        return named or self.account

    @property
    def keys(self) -> Context:
        """All condition keys of the request."""
        return Context({**self.context, **self._derived()})

    def _derived(self) -> dict[str, ContextValue]:
        keys = self.principal.keys
        if self.owner:
            keys["aws:ResourceAccount"] = self.owner
        return keys

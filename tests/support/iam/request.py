"""Requests: who asks, for what action, on what resource, under which circumstances."""

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
    """Who makes a request; made by `aws`, `service` or `federated`, or ANONYMOUS.

    Attributes
    ----------
    sort
        root, user, role (also its sessions), federated-user, service, federated or anonymous.
    arn
        The ARN; of a role's session the role's. None for a service, an identity provider and nobody.
    account
        The account, where the principal has one.
    names
        All names under which a policy may name it, as `Names` writes them, from the outside in: the account, the role,
        and last its very own.
    """

    sort: str
    arn: str | None
    account: str | None
    names: tuple[str, ...]

    @property
    def keys(self) -> dict[str, ContextValue]:
        """The condition keys that follow from the principal (IAM User Guide, "AWS global condition context keys")."""
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
        The name of a role's session; without one no statement that names a session fits.

    Raises
    ------
    ValueError
        The ARN is none of these.
    """
    found = _ARN.fullmatch(arn)
    place = (found["service"], found["sort"]) if found else None
    if found is None or place not in _SORTS or (found["sort"] == "root") != (not found["name"]):
        raise ValueError(f"{arn!r} is no principal: expected the ARN of an account's root, user, role or session")
    account, sort, name = found["account"], found["sort"], found["name"]
    if sort == "assumed-role":
        role, _, session = name.partition("/")
        return aws(f"arn:{found['partition']}:iam::{account}:role/{role}", session)
    if session and sort != "role":
        raise ValueError(f"{arn} has no sessions: expected a role")
    names = [f"AWS:{account}"]
    if sort != "root":
        names.append(f"AWS:{arn}")
    if sort == "role":
        role = name.rsplit("/", 1)[-1]
        names.append(f"AWS:arn:{found['partition']}:sts::{account}:assumed-role/{role}/{session}")
    return Principal(sort, arn, account, tuple(names))


def service(name: str) -> Principal:
    """Return a service that acts for itself, as `s3.amazonaws.com`; with somebody's credentials it is that somebody."""
    return Principal("service", None, None, (f"Service:{name}",))


def federated(provider: str) -> Principal:
    """Return whoever an identity provider vouches for, while they assume a role."""
    return Principal("federated", None, None, (f"Federated:{provider}",))


@dataclass(frozen=True)
class Request:
    """One request to AWS.

    Attributes
    ----------
    action
        As `s3:GetObject`, case aside.
    resource
        An ARN, or `*` where the action knows no resource.
    account
        The account that owns the resource. Needed where the ARN has none, as those of S3, unless the resource is `*`,
        which is the principal's own account.
    context
        Further condition keys and their values, a list for a multivalued key. Those that follow from the principal and
        the resource's account are there already.

    Raises
    ------
    ValueError
        Action or resource has wildcards or is malformed, the account is unclear, or a key is given that is there already.
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
            raise ValueError(f"the request gives {', '.join(doubled)}, which follows from its principal and resource")
        self.keys  # noqa: B018 - its errors belong here

    @property
    def owner(self) -> str | None:
        """The account that owns the resource; None only where a principal of none asks for `*`."""
        if self.resource == "*":
            return self.account or self.principal.account
        named = self.resource.split(":")[4]
        if named and self.account and named != self.account:
            raise ValueError(f"{self.resource} is of account {named}, and the request says {self.account}")
        if not named and not self.account:
            raise ValueError(f"{self.resource} names no account: give the request the account of its owner")
        return named or self.account

    @property
    def keys(self) -> Context:
        """All condition keys."""
        return Context({**self.context, **self._derived()})

    def _derived(self) -> dict[str, ContextValue]:
        keys = self.principal.keys
        if self.owner:
            keys["aws:ResourceAccount"] = self.owner
        return keys

"""Decides whether AWS allows a request under a set of policies.

Sources, in the IAM User Guide: "Policy evaluation logic", "Cross-account policy evaluation logic" and "Permissions
boundaries for IAM entities"; in the KMS Developer Guide: "Key policies"; in the VPC guide: "Endpoint policies".
Resource control policies: AWS Organizations User Guide, "Resource control policies (RCPs)".
Not implemented, because no test needs them: session policies, KMS grants, S3 ACLs.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from functools import cache
from typing import Any

from tests.support.iam.document import Document, Kind, Names, PolicyError, Statement, parse
from tests.support.iam.patterns import Lookup, covers, like
from tests.support.iam.request import Principal, Request

Json = Mapping[str, Any]
_TRUST_ACTIONS = ("sts:assumerole", "sts:tagsession", "sts:setsourceidentity")


class Outcome(Enum):
    """The result of a decision."""

    ALLOWED = "allowed"
    EXPLICITLY_DENIED = "explicitly denied"
    IMPLICITLY_DENIED = "implicitly denied"


@dataclass(frozen=True)
class Decision:
    """The outcome of a request, and the policy that decides it.

    Attributes
    ----------
    document
        The deciding policy by its field in `Policies`, with an index where there may be several, as `identity[0]`. For an
        implicit denial, the policy that lacks an Allow; for the root user, whose permissions are unlimited, `account`.
    sid
        The Sid of the deciding statement; None for an implicit denial.
    """

    outcome: Outcome
    document: str
    sid: str | None = None

    @property
    def allowed(self) -> bool:
        """Tell whether the request is allowed."""
        return self.outcome is Outcome.ALLOWED


@dataclass(frozen=True, kw_only=True)
class Policies:
    """The policies that apply to a request, as JSON objects.

    Attributes
    ----------
    identity
        Policies attached to the principal.
    boundary
        The principal's permissions boundary.
    service_control
        Service control policies of the organization, one for each level from the root to the account.
    resource_control
        Resource control policies of the organization. They only deny: AWS attaches one that allows everything.
    endpoint
        The policy of the VPC endpoint that the request goes through.
    resource, key, trust
        The policy attached to the resource; at most one of the three. A key policy and a trust policy have to allow the
        principal, or delegate to its account, whatever the identity policies allow.

    Raises
    ------
    PolicyError
        A policy is malformed.
    ValueError
        More than one policy of the resource is given.
    """

    identity: Sequence[Json] = ()
    boundary: Json | None = None
    service_control: Sequence[Json] = ()
    resource_control: Sequence[Json] = ()
    endpoint: Json | None = None
    resource: Json | None = None
    key: Json | None = None
    trust: Json | None = None
    documents: Mapping[str, Sequence[Document]] = field(init=False)

    def __post_init__(self) -> None:
        kinds = {"endpoint": Kind.RESOURCE, "resource": Kind.RESOURCE, "key": Kind.RESOURCE, "trust": Kind.TRUST}
        single = {name: getattr(self, name) for name in ("boundary", *kinds)}
        several = {name: getattr(self, name) for name in ("identity", "service_control", "resource_control")}
        kinds["resource_control"] = Kind.RESOURCE
        documents = {
            name: [parse(document, kinds.get(name, Kind.IDENTITY), name)] if document is not None else []
            for name, document in single.items()
        } | {
            name: [
                parse(document, kinds.get(name, Kind.IDENTITY), f"{name}[{index}]")
                for index, document in enumerate(listed)
            ]
            for name, listed in several.items()
        }
        object.__setattr__(self, "documents", documents)
        for control in documents["resource_control"]:
            if any(statement.allows for statement in control.statements):
                raise PolicyError(f"{control.name}: a resource control policy has only statements with the effect Deny")
        if len(self.of_resource) > 1:
            raise ValueError("more than one policy for the resource, expected one of resource, key and trust")

    @property
    def of_resource(self) -> list[Document]:
        """The policy of the resource, if it has one."""
        return [document for name in ("resource", "key", "trust") for document in self.documents[name]]


class Grant(IntEnum):
    """How specifically a statement names the principal.

    An account id delegates to the identity policies of the account, and allows nothing by itself. A role's ARN applies to
    its sessions, within the role's permissions boundary. The principal's own ARN, and `*`, apply without identity policies.
    """

    ACCOUNT = 1
    ROLE = 2
    OWN = 3


@dataclass(frozen=True)
class _Match:
    document: str
    statement: Statement
    grant: Grant

    def decides(self, outcome: Outcome) -> Decision:
        return Decision(outcome, self.document, self.statement.name)


def decide(request: Request, policies: Policies) -> Decision:
    """Return the decision on a request: an explicit Deny in any policy, else an Allow in every policy that needs one.

    Raises
    ------
    ValueError
        The policies do not fit the request: a key without its policy, identity policies for a service, or a value in the
        request that an operator cannot compare.
    """
    _check(request, policies)
    for documents in policies.documents.values():
        denial = next((match for match in _matching(request, documents) if not match.statement.allows), None)
        if denial:
            return denial.decides(Outcome.EXPLICITLY_DENIED)
    for limit in (*policies.documents["service_control"], *policies.documents["endpoint"]):
        if not _allows(request, [limit]):
            return Decision(Outcome.IMPLICITLY_DENIED, limit.name)
    return _decide_by_allows(request, policies)


def _decide_by_allows(request: Request, policies: Policies) -> Decision:
    """Decide by identity and resource policies: nothing denies the request, and organization and endpoint allow it."""
    principal = request.principal
    match = max(_allows(request, policies.of_resource), key=lambda match: match.grant, default=None)
    by_resource = match.decides(Outcome.ALLOWED) if match else None
    name = next((document.name for document in policies.of_resource), "resource")
    denied_by_resource = Decision(Outcome.IMPLICITLY_DENIED, name)
    if principal.account is None:
        return by_resource or denied_by_resource
    by_identity = _decide_by_identity(request, policies)
    if principal.account != request.owner:
        # Both accounts must allow it.
        return by_identity if not by_identity.allowed else by_resource or denied_by_resource
    if match and by_resource and match.grant is not Grant.ACCOUNT:
        limited = match.grant is Grant.ROLE and not _within_boundary(request, policies)
        return Decision(Outcome.IMPLICITLY_DENIED, "boundary") if limited else by_resource
    if not match and (policies.key or policies.trust):
        return denied_by_resource
    return by_identity


def _decide_by_identity(request: Request, policies: Policies) -> Decision:
    """Decide by identity policies and permissions boundary alone."""
    if request.principal.sort == "root":
        return Decision(Outcome.ALLOWED, "account")
    allows = _allows(request, policies.documents["identity"])
    if not allows:
        return Decision(Outcome.IMPLICITLY_DENIED, "identity")
    if not _within_boundary(request, policies):
        return Decision(Outcome.IMPLICITLY_DENIED, "boundary")
    return allows[0].decides(Outcome.ALLOWED)


def _within_boundary(request: Request, policies: Policies) -> bool:
    boundary = policies.documents["boundary"]
    return not boundary or bool(_allows(request, boundary))


def _check(request: Request, policies: Policies) -> None:
    principals = [name for name in ("identity", "boundary", "service_control") if policies.documents[name]]
    if request.principal.account is None and principals:
        raise ValueError(f"a {request.principal.sort} principal has no {', '.join(principals)} policy")
    for named, applies in (
        ("key", request.action.lower().startswith("kms:") and ":key/" in request.resource),
        ("trust", request.action.lower().startswith(_TRUST_ACTIONS)),
    ):
        if applies != bool(policies.documents[named]):
            raise ValueError(
                f"{request.action} on {request.resource}: expected {'a' if applies else 'no'} {named} policy, "
                f"found {'none' if applies else 'one'}"
            )


def _allows(request: Request, documents: Iterable[Document]) -> list[_Match]:
    return [match for match in _matching(request, documents) if match.statement.allows]


def _matching(request: Request, documents: Iterable[Document]) -> Iterator[_Match]:
    for document in documents:
        for statement in document.statements:
            grant = _match_principal(statement.principals, request.principal)
            if grant and _applies(statement, request):
                yield _Match(document.name, statement, grant)


def _applies(statement: Statement, request: Request) -> bool:
    if not _matches_action(statement.actions, request.action):
        return False
    context = request.keys
    return _matches_resource(statement, request.resource, context.single) and all(
        condition.holds(context) for condition in statement.conditions
    )


def _match_principal(names: Names | None, principal: Principal) -> Grant | None:
    if names is None:
        return Grant.OWN
    named = [name for name in principal.names if name in names.values or "*" in names.values]
    if names.negated:
        # AWS compares account, role and session separately, so an exception has to list all of them.
        return None if len(named) == len(principal.names) else Grant.OWN
    if "*" in names.values or principal.names[-1] in named:
        return Grant.OWN
    if not named:
        return None
    return Grant.ROLE if len(named) > 1 or named[0] != principal.names[0] else Grant.ACCOUNT


def _matches_action(names: Names, action: str) -> bool:
    return any(_covers_action(pattern, action) for pattern in names.values) != names.negated


@cache
def _covers_action(pattern: str, action: str) -> bool:
    # Actions have no variables and are case-insensitive.
    return like([(character, False) for character in pattern], action, ignore_case=True)


def _matches_resource(statement: Statement, resource: str, lookup: Lookup) -> bool:
    if statement.resources is None:
        return True
    filled = [template.fill(lookup) for template in statement.templates]
    return any(pattern is not None and covers(pattern, resource) for pattern in filled) != statement.resources.negated

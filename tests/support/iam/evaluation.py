"""The decision on a request: which statements apply, and what the documents in force say together.

Sources, in the IAM User Guide: "Policy evaluation logic", "Cross-account policy evaluation logic" and "Permissions
boundaries for IAM entities"; in the KMS Developer Guide: "Key policies"; in the VPC guide: "Endpoint policies".
Left out, since nothing here uses them: session policies, resource control policies, grants of KMS, ACLs of S3.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from typing import Any

from tests.support.iam.document import Document, Kind, Names, Statement, parse
from tests.support.iam.patterns import Lookup, covers, like
from tests.support.iam.request import Principal, Request

Json = Mapping[str, Any]
_TRUST_ACTIONS = ("sts:assumerole", "sts:tagsession", "sts:setsourceidentity")


class Outcome(Enum):
    """What AWS answers."""

    ALLOWED = "allowed"
    EXPLICITLY_DENIED = "explicitly denied"
    IMPLICITLY_DENIED = "implicitly denied"


@dataclass(frozen=True)
class Decision:
    """An answer and what it rests on.

    Attributes
    ----------
    document
        The deciding document by its field in `Policies`, with its place where there may be several, as `identity[0]`; for
        an implicit denial the one that lacks an Allow, for the unlimited right of an account's root `account`.
    sid
        The deciding statement; None for an implicit denial.
    """

    outcome: Outcome
    document: str
    sid: str | None = None

    @property
    def allowed(self) -> bool:
        """Tell whether the request goes through."""
        return self.outcome is Outcome.ALLOWED


@dataclass(frozen=True, kw_only=True)
class Policies:
    """The documents in force for a request, as JSON objects.

    Attributes
    ----------
    identity
        Attached to the principal.
    boundary
        The principal's permissions boundary.
    service_control
        Of the principal's organization, one document for each level from the root to the account.
    endpoint
        Of the VPC endpoint through which the request comes.
    resource, key, trust
        Attached to the resource, at most one of the three: on a KMS key and on a role, the other two, the document must
        let the principal in or delegate to its account, whatever its identity policies allow.

    Raises
    ------
    PolicyError
        A document is malformed.
    ValueError
        More than one document is the resource's.
    """

    identity: Sequence[Json] = ()
    boundary: Json | None = None
    service_control: Sequence[Json] = ()
    endpoint: Json | None = None
    resource: Json | None = None
    key: Json | None = None
    trust: Json | None = None
    documents: Mapping[str, Sequence[Document]] = field(init=False)

    def __post_init__(self) -> None:
        kinds = {"endpoint": Kind.RESOURCE, "resource": Kind.RESOURCE, "key": Kind.RESOURCE, "trust": Kind.TRUST}
        single = {name: getattr(self, name) for name in ("boundary", *kinds)}
        several = {name: getattr(self, name) for name in ("identity", "service_control")}
        documents = {
            name: [parse(document, kinds.get(name, Kind.IDENTITY), name)] if document is not None else []
            for name, document in single.items()
        } | {
            name: [parse(document, Kind.IDENTITY, f"{name}[{place}]") for place, document in enumerate(listed)]
            for name, listed in several.items()
        }
        object.__setattr__(self, "documents", documents)
        if len(self.of_resource) > 1:
            raise ValueError("a resource has one policy: give one of resource, key and trust")

    @property
    def of_resource(self) -> list[Document]:
        """The document of the resource, if it has one."""
        return [one for name in ("resource", "key", "trust") for one in self.documents[name]]


class Grant(IntEnum):
    """How closely a statement names the principal.

    An account's number hands the decision to the account's own policies, and alone allows nothing. A role's ARN reaches
    its sessions within the role's boundary. A principal's own name, and `*`, reach it whatever its other policies leave out.
    """

    ACCOUNT = 1
    ROLE = 2
    OWN = 3


@dataclass(frozen=True)
class _Applying:
    document: str
    statement: Statement
    grant: Grant

    def decides(self, outcome: Outcome) -> Decision:
        return Decision(outcome, self.document, self.statement.name)


def decide(request: Request, policies: Policies) -> Decision:
    """Decide on a request as AWS documents it: an explicit Deny anywhere, else what all that must allow, allow.

    Raises
    ------
    ValueError
        The policies do not go with the request: a key without its policy, identity policies of a service, or a value in
        the request that an operator cannot compare.
    """
    _check(request, policies)
    for one in policies.documents.values():
        denial = next((found for found in _applying(request, one) if not found.statement.allows), None)
        if denial:
            return denial.decides(Outcome.EXPLICITLY_DENIED)
    for limit in (*policies.documents["service_control"], *policies.documents["endpoint"]):
        if not _allows(request, [limit]):
            return Decision(Outcome.IMPLICITLY_DENIED, limit.name)
    return _granted(request, policies)


def _granted(request: Request, policies: Policies) -> Decision:
    """Decide by what grants: no Deny applies, and no limit of organization or network lacks an Allow."""
    principal = request.principal
    let_in = max(_allows(request, policies.of_resource), key=lambda one: one.grant, default=None)
    at_resource = let_in.decides(Outcome.ALLOWED) if let_in else None
    closed = Decision(Outcome.IMPLICITLY_DENIED, next((one.name for one in policies.of_resource), "resource"))
    if principal.account is None:
        return at_resource or closed
    own = _own(request, policies)
    if principal.account != request.owner:
        # Both accounts must allow it.
        return own if not own.allowed else at_resource or closed
    if let_in and at_resource and let_in.grant is not Grant.ACCOUNT:
        limited = let_in.grant is Grant.ROLE and not _within_boundary(request, policies)
        return Decision(Outcome.IMPLICITLY_DENIED, "boundary") if limited else at_resource
    if not let_in and (policies.key or policies.trust):
        return closed
    return own


def _own(request: Request, policies: Policies) -> Decision:
    """Decide by the policies of the principal's side alone."""
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


def _allows(request: Request, documents: Iterable[Document]) -> list[_Applying]:
    return [one for one in _applying(request, documents) if one.statement.allows]


def _applying(request: Request, documents: Iterable[Document]) -> Iterator[_Applying]:
    for document in documents:
        for statement in document.statements:
            grant = _names_principal(statement.principals, request.principal)
            if grant and _applies(statement, request):
                yield _Applying(document.name, statement, grant)


def _applies(statement: Statement, request: Request) -> bool:
    context = request.keys
    return (
        _names_action(statement.actions, request.action)
        and _names_resource(statement, request.resource, context.single)
        and all(condition.holds(context) for condition in statement.conditions)
    )


def _names_principal(names: Names | None, principal: Principal) -> Grant | None:
    if names is None:
        return Grant.OWN
    named = [one for one in principal.names if one in names.values or "*" in names.values]
    if names.negated:
        # Account, role and session are looked at one by one, so an exception must list them all.
        return None if len(named) == len(principal.names) else Grant.OWN
    if "*" in names.values or principal.names[-1] in named:
        return Grant.OWN
    if not named:
        return None
    return Grant.ROLE if len(named) > 1 or named[0] != principal.names[0] else Grant.ACCOUNT


def _names_action(names: Names, action: str) -> bool:
    # An action knows no variables; its case does not matter.
    fits = any(like([(one, False) for one in pattern], action, ignore_case=True) for pattern in names.values)
    return fits != names.negated


def _names_resource(statement: Statement, resource: str, lookup: Lookup) -> bool:
    if statement.resources is None:
        return True
    filled = [template.fill(lookup) for template in statement.templates]
    return any(one is not None and covers(one, resource) for one in filled) != statement.resources.negated

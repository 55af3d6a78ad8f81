"""The conditions of statements: whether they hold for a request, and which callers and resources they restrict.

Sources: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Conditions with multiple context keys or
values"; Amazon S3 User Guide, "The meaning of public".
"""

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from policy.iam.patterns import matches

Context = Mapping[str, str | None]
"""Condition keys in lower case with the values in a request; None for a key that the request does not have."""

_CALLER_KEYS = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceip",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:sourceowner",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:userid",
        "kms:calleraccount",
        "s3:dataaccesspointaccount",
        "s3:dataaccesspointarn",
    }
)
"""Keys that can restrict the callers of a statement for everyone."""

_SOURCE_KEYS = frozenset(
    {"aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths", "aws:sourceowner"}
)
"""Keys that identify the resource or account on whose behalf a service calls."""

_PERIMETER_KEYS = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:resourceaccount",
        "aws:resourceorgid",
        "aws:resourceorgpaths",
        "s3:dataaccesspointaccount",
        "s3:resourceaccount",
    }
)
"""Keys by which an endpoint policy can restrict identities or resources to an account or organisation."""

_PRINCIPAL_KEYS = frozenset({"aws:principalarn", "aws:userid"})
"""Keys by which a Deny can exempt named principals."""

_SERVICE_KEYS = frozenset({"aws:principalservicename", "aws:principalservicenameslist"})
"""Keys by which a Deny can exempt named AWS services."""

_RESTRICTIVE_OPERATORS = frozenset(
    {"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike", "ipaddress", "numericequals"}
)
_SHORTEST_PREFIX = {4: 8, 6: 16}
"""Prefix lengths by IP version; a wider range does not restrict the callers."""


def _number(compare: Callable[[float, float], bool]) -> Callable[[str, str], bool]:
    def test(actual: str, given: str) -> bool:
        try:
            return compare(float(actual), float(given))
        except ValueError:
            return False

    return test


_TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "stringequals": lambda actual, given: actual == given,
    "stringequalsignorecase": lambda actual, given: actual.lower() == given.lower(),
    "stringlike": matches,
    "arnequals": matches,
    "arnlike": matches,
    "bool": lambda actual, given: actual.lower() == given.lower(),
    "numericequals": _number(lambda actual, given: actual == given),
    "numericlessthan": _number(lambda actual, given: actual < given),
    "numericlessthanequals": _number(lambda actual, given: actual <= given),
    "numericgreaterthan": _number(lambda actual, given: actual > given),
    "numericgreaterthanequals": _number(lambda actual, given: actual >= given),
}
_NEGATED = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "arnnotequals": "arnequals",
    "arnnotlike": "arnlike",
    "numericnotequals": "numericequals",
}


@dataclass(frozen=True)
class Condition:
    """One operator applied to one key; both are in lower case.

    Attributes
    ----------
    operator
        The operator without `…IfExists`, `ForAnyValue:` or `ForAllValues:`.
    if_exists
        Whether the condition holds for a request without the key.
    quantifier
        `foranyvalue`, `forallvalues` or empty.
    values
        At least one has to match; for a negated operator, none may match.
    """

    operator: str
    key: str
    values: tuple[str, ...]
    if_exists: bool = False
    quantifier: str = ""

    @staticmethod
    def of(operator: str, key: str, values: tuple[str, ...]) -> "Condition":
        """Return the condition with an operator, key and values as a document spells them."""
        quantifier, _, plain = operator.strip().lower().rpartition(":")
        stem = plain.removesuffix("ifexists")
        return Condition(stem, key.strip().lower(), values, stem != plain, quantifier)

    def holds(self, context: Context) -> bool:
        """Tell whether the condition holds for a request in every case.

        A key that is missing from the context may have any value. Only an exemption holds then, because the context has
        the key of each principal who is exempted.
        """
        if self.key not in context:
            return self._exempts
        actual = context[self.key]
        if self.operator == "null":
            return any((actual is None) is (value.lower() == "true") for value in self.values)
        if actual is None:
            negated = self.operator in _NEGATED and self.quantifier != "foranyvalue"
            return self.if_exists or negated or self.quantifier == "forallvalues"
        if self.operator in _NEGATED:
            test = _TESTS[_NEGATED[self.operator]]
            return not any(test(actual, value) for value in self.values)
        operator_test = _TESTS.get(self.operator)
        return operator_test is not None and any(operator_test(actual, value) for value in self.values)

    @property
    def _exempts(self) -> bool:
        if self.key in ("aws:principalisawsservice", "aws:viaawsservice"):
            return self.operator == "bool" and "false" in {value.lower() for value in self.values}
        named = all(_names_few_principals(value) for value in self.values)
        exempting = self.key in _PRINCIPAL_KEYS | _SERVICE_KEYS and self.operator in _NEGATED
        return exempting and self.quantifier != "forallvalues" and named

    @property
    def exempted_principals(self) -> tuple[str, ...]:
        """The principals whom it exempts from a Deny."""
        return self.values if self.key in _PRINCIPAL_KEYS and self.operator in _NEGATED else ()

    @property
    def restricts_callers(self) -> bool:
        """Whether it restricts the callers to those that it names."""
        return self.key in _CALLER_KEYS and self._has_specific_values

    @property
    def restricts_source(self) -> bool:
        """Whether it restricts on whose behalf a service may call."""
        return (self.key in _SOURCE_KEYS or self.key.startswith("kms:encryptioncontext:")) and self._has_specific_values

    @property
    def restricts_perimeter(self) -> bool:
        """Whether it restricts the identities or the resources to an account or organisation."""
        return self.key in _PERIMETER_KEYS and self._has_specific_values

    @property
    def is_restrictive(self) -> bool:
        """Whether it excludes any request. `…IfExists` and `ForAllValues` also hold for a request without the key."""
        return self.operator in _RESTRICTIVE_OPERATORS and not self.if_exists and self.quantifier != "forallvalues"

    @property
    def _has_specific_values(self) -> bool:
        return (
            self.is_restrictive
            and bool(self.values)
            and all(_is_specific(self.operator, value) for value in self.values)
        )


def _names_few_principals(value: str) -> bool:
    """Tell whether a value names particular principals, rather than every role or everyone."""
    name = value.rpartition(":")[2] if value.startswith("arn:") else value
    return bool(re.sub(r"[*?:/]", "", re.sub(r"^(role|user|assumed-role|federated-user)/", "", name)))


def _is_specific(operator: str, value: str) -> bool:
    """Tell whether a value is specific, rather than a wildcard that matches everyone."""
    if operator == "ipaddress":
        try:
            network = ipaddress.ip_network(value, strict=False)
        except ValueError:
            return False
        return network.prefixlen >= _SHORTEST_PREFIX[network.version]
    if operator in ("stringequals", "stringequalsignorecase", "numericequals"):
        return bool(value)  # these operators have no wildcards
    if value.startswith("arn:"):
        _, _, service, _, account, *rest = [*value.split(":", 5), "", "", "", ""][:6]
        if service == "s3":  # a bucket's ARN has no account, and its name is globally unique
            return bool(re.match(r"[^*?]", "".join(rest)))
        return bool(account) and not re.search(r"[*?]", account)
    return re.sub(r"[*?]", "", value) not in ("", "o-", "vpc-", "vpce-")


def all_hold(conditions: tuple[Condition, ...], context: Context) -> bool:
    """Tell whether all conditions hold for a request in every case."""
    return all(condition.holds(context) for condition in conditions)

"""Conditions of statements: what they say about a request, and whom they keep out.

Sources: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Conditions with multiple context keys or
values"; Amazon S3 User Guide, "The meaning of public".
"""

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from policy.iam.patterns import matches

Context = Mapping[str, str | None]
"""Condition keys in lower case with the request's value; None for a key that the request lacks."""

_CALLERS = frozenset(
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
"""Keys by which a statement for everybody is one for somebody."""

_SOURCES = frozenset({"aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths", "aws:sourceowner"})
"""Keys that tell on whose behalf a service comes."""

_PERIMETER = frozenset(
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
"""Keys by which an endpoint lets nobody else, or to nothing else, through."""

_EXEMPT = frozenset(
    {
        "aws:principalarn",
        "aws:principalservicename",
        "aws:principalservicenameslist",
        "aws:userid",
    }
)
"""Keys by which a deny leaves named principals out."""

_POSITIVE = frozenset(
    {"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike", "ipaddress", "numericequals"}
)
_LEAST_PREFIX = {4: 8, 6: 16}
"""An address range that is wider says nothing of who calls."""


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
    """One operator on one key, all in lower case but the values.

    Attributes
    ----------
    operator
        Without its `…IfExists` and its `ForAnyValue:` or `ForAllValues:`.
    if_exists
        Whether it holds where a request lacks the key.
    quantifier
        `foranyvalue`, `forallvalues` or empty.
    values
        Any of them has to fit; for a negated operator none may.
    """

    operator: str
    key: str
    values: tuple[str, ...]
    if_exists: bool = False
    quantifier: str = ""

    @staticmethod
    def of(operator: str, key: str, values: tuple[str, ...]) -> "Condition":
        """Make a condition of what a document says."""
        quantifier, _, plain = operator.strip().lower().rpartition(":")
        stem = plain.removesuffix("ifexists")
        return Condition(stem, key.strip().lower(), values, stem != plain, quantifier)

    def holds(self, context: Context) -> bool:
        """Tell whether it surely holds for a request.

        A key that the context does not name may have any value: only an exemption of named principals holds then, as
        the request is somebody else's.
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
        found = _TESTS.get(self.operator)
        return found is not None and any(found(actual, value) for value in self.values)

    @property
    def _exempts(self) -> bool:
        if self.key in ("aws:principalisawsservice", "aws:viaawsservice"):
            return self.operator == "bool" and "false" in {value.lower() for value in self.values}
        named = all(_names_few(value) for value in self.values)
        return self.key in _EXEMPT and self.operator in _NEGATED and self.quantifier != "forallvalues" and named

    @property
    def narrows_callers(self) -> bool:
        """Whether it leaves everybody in the world out but those that it names."""
        return self.key in _CALLERS and self._names_somebody

    @property
    def names_source(self) -> bool:
        """Whether it says on whose behalf a service may come."""
        return (self.key in _SOURCES or self.key.startswith("kms:encryptioncontext:")) and self._names_somebody

    @property
    def limits_perimeter(self) -> bool:
        """Whether it says whose resources are reached, or which identities reach them."""
        return self.key in _PERIMETER and self._names_somebody

    @property
    def limits(self) -> bool:
        """Whether it leaves something out; a request that lacks the key fits an …IfExists and a ForAllValues."""
        return self.operator in _POSITIVE and not self.if_exists and self.quantifier != "forallvalues"

    @property
    def _names_somebody(self) -> bool:
        return self.limits and bool(self.values) and all(_is_specific(self.operator, value) for value in self.values)


def _names_few(value: str) -> bool:
    """Tell whether a value names some principals, rather than every role or everybody."""
    name = value.rpartition(":")[2] if value.startswith("arn:") else value
    return bool(re.sub(r"[*?:/]", "", re.sub(r"^(role|user|assumed-role|federated-user)/", "", name)))


def _is_specific(operator: str, value: str) -> bool:
    """Tell whether a value names somebody, rather than everybody by a wildcard."""
    if operator == "ipaddress":
        try:
            network = ipaddress.ip_network(value, strict=False)
        except ValueError:
            return False
        return network.prefixlen >= _LEAST_PREFIX[network.version]
    if operator in ("stringequals", "stringequalsignorecase", "numericequals"):
        return bool(value)  # a star is a star there
    if value.startswith("arn:"):
        _, _, service, _, account, *rest = [*value.split(":", 5), "", "", "", ""][:6]
        if service == "s3":  # a bucket's ARN has no account, and its name is the world's
            return bool(re.match(r"[^*?]", "".join(rest)))
        return bool(account) and not re.search(r"[*?]", account)
    return re.sub(r"[*?]", "", value) not in ("", "o-", "vpc-", "vpce-")


def hold(conditions: tuple[Condition, ...], context: Context) -> bool:
    """Tell whether all conditions surely hold for a request."""
    return all(one.holds(context) for one in conditions)

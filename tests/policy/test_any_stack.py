"""Whatever a stack contains, its evaluation ends: each rule has a result for each resource that it applies to."""

import re
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

import policy.rules
from policy.evaluation import evaluate
from policy.model import UNKNOWN, ResourceData, Stack
from policy.rules import RULES
from policy.settings import Settings
from tests.policy.support import TODAY, urn

KINDS = sorted({kind for rule in RULES.values() for kind in rule.on if "*" not in kind})
FILES = [file for folder in policy.rules.__path__ for file in sorted(Path(folder).glob("*.py"))]
KEYS = sorted({key for file in FILES for key in re.findall(r'"([a-z]\w+)"', file.read_text("utf-8"))})
"""The property names that rules read, and a few more."""
DOCUMENT = '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}'

keys = st.sampled_from(KEYS)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.sampled_from(
        [0, 7, 3653, 1.5, "", "x", "*", "true", "{}", "[1]", "null", "arn:aws:s3:::a", DOCUMENT, UNKNOWN]
    ),
    lambda strategy: st.lists(strategy, max_size=3) | st.dictionaries(keys, strategy, max_size=4),
    max_leaves=12,
)
groups = st.dictionaries(keys, values, max_size=8)


@st.composite
def stacks(draw: Any) -> Stack:
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=10))
    urns = [urn(kind, f"n{index}") for index, kind in enumerate(kinds)]
    origins = st.dictionaries(keys, st.lists(st.sampled_from(urns), max_size=3), max_size=4)
    resources = [
        ResourceData(
            urn=name,
            inputs=draw(groups),
            outputs=draw(groups),
            dependencies=draw(st.none() | origins),
            managed=draw(st.booleans()),
            default_tags=draw(values),
            protect=draw(st.none() | st.booleans()),
        )
        for name in urns
    ]
    return Stack(resources, complete=draw(st.booleans()))


@settings(max_examples=50, deadline=None)
@given(stacks())
def test_evaluation_of_any_stack_ends_without_an_error(stack: Stack) -> None:
    told = {
        (result.rule.name, result.resource.urn)
        for result in evaluate(stack, Settings(), TODAY).results
        if result.resource
    }
    business = {
        (rule.name, resource.urn)
        for rule in RULES.values()
        for resource in stack
        if resource.data.managed and rule.applies_to(resource.type)
    }
    assert told == business

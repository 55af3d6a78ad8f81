"""Whatever a stack holds, it is judged to the end: each rule says something of each resource that is its business."""

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

KINDS = sorted({kind for one in RULES.values() for kind in one.on if "*" not in kind})
FILES = [file for folder in policy.rules.__path__ for file in sorted(Path(folder).glob("*.py"))]
KEYS = sorted({key for file in FILES for key in re.findall(r'"([a-z]\w+)"', file.read_text("utf-8"))})
"""The names that rules read, and a few more."""
DOCUMENT = '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}'

keys = st.sampled_from(KEYS)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.sampled_from(
        [0, 7, 3653, 1.5, "", "x", "*", "true", "{}", "[1]", "null", "arn:aws:s3:::a", DOCUMENT, UNKNOWN]
    ),
    lambda one: st.lists(one, max_size=3) | st.dictionaries(keys, one, max_size=4),
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
            urn=one,
            inputs=draw(groups),
            outputs=draw(groups),
            dependencies=draw(st.none() | origins),
            managed=draw(st.booleans()),
            default_tags=draw(values),
            protect=draw(st.none() | st.booleans()),
        )
        for one in urns
    ]
    return Stack(resources, complete=draw(st.booleans()))


@settings(max_examples=50, deadline=None)
@given(stacks())
def test_any_stack_is_judged_to_the_end(stack: Stack) -> None:
    told = {(one.rule.name, one.resource.urn) for one in evaluate(stack, Settings(), TODAY).results if one.resource}
    business = {
        (rule.name, one.urn)
        for rule in RULES.values()
        for one in stack
        if one.data.managed and rule.applies_to(one.type)
    }
    assert told == business

import pytest

from lambdas.shared.environment import Environment, InvalidSettings


def test_valid_variables_are_returned_in_their_type() -> None:
    environment = Environment({"NAME": "x", "SWITCH": "true", "COUNT": "3"})
    assert (environment.text("NAME"), environment.boolean("SWITCH"), environment.positive("COUNT")) == ("x", True, 3)
    environment.check()


def test_the_error_names_every_invalid_variable_at_once() -> None:
    environment = Environment({"SWITCH": "yes", "COUNT": "-1"})
    environment.text("NAME")
    environment.boolean("SWITCH")
    environment.positive("COUNT")
    with pytest.raises(InvalidSettings) as raised:
        environment.check()
    assert str(raised.value) == (
        "invalid environment of the function: NAME is missing; SWITCH is 'yes', expected true or false; "
        "COUNT is '-1', expected a whole number of at least 1. Fix its deployment and deploy again"
    )

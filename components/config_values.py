"""Typed values of Pulumi's config."""

from typing import Any

import pulumi

from components.constraints import SettingError, setting_error

_READERS = {int: "get_int", bool: "get_bool", str: "get"}
_EXPECTED = {
    int: "a whole number",
    bool: "true or false",
    str: "a text",
    list[str]: "a list of texts",
    dict[str, float]: "an object of numbers by name",
}


def config_value(config: pulumi.Config, key: str, expected: Any) -> Any:
    """Return the value of a key.

    Parameters
    ----------
    expected
        Its type: int, bool, str, list[str] or dict[str, float].

    Raises
    ------
    SettingError
        The value is secret, is missing, or has another type.
    """
    if pulumi.runtime.is_config_secret(config.full_key(key)):
        raise SettingError(
            f"Setting strongroom:{key} is a secret. Settings appear in resources, plain in state and previews, so none of them "
            f"may be secret. Set it without --secret: pulumi config set strongroom:{key} …"
        )
    try:
        value = getattr(config, _READERS[expected])(key) if expected in _READERS else config.get_object(key)
    except pulumi.ConfigTypeError:
        raise setting_error(key, repr(config.get(key)), _EXPECTED[expected]) from None
    if value is None and expected == dict[str, float]:
        return {}  # Pulumi.yaml cannot give an object a default
    if value is None:
        raise setting_error(key, "missing", _EXPECTED[expected])
    is_list = isinstance(value, list) and all(isinstance(item, str) for item in value)
    if (expected == list[str] and not is_list) or (expected == dict[str, float] and not isinstance(value, dict)):
        raise setting_error(key, repr(value), _EXPECTED[expected])
    return value

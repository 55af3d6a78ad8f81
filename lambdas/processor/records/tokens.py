"""Account tokens: the same account always gets the same token, and only the key can link a token to its account."""

import hashlib
import hmac

VERSION = "v1"
DERIVATION = b"strongroom account token key v1"
"""The message whose MAC under the KMS key is the working key; a new version of tokens needs a new message."""


class Tokens:
    """Computes tokens with a working key of 32 bytes.

    Raises
    ------
    ValueError
        The key has another length.
    """

    def __init__(self, working_key: bytes) -> None:
        if len(working_key) != hashlib.sha256().digest_size:
            raise ValueError(f"a token key has 32 bytes, this key has {len(working_key)}")
        # Hash the key once; each token starts from a copy of that state.
        self._keyed = hmac.new(working_key, digestmod=hashlib.sha256)

    def token(self, kind: str, number: str) -> str:
        """Return the token of an account: `v1.` and 64 hex digits of HMAC-SHA256 over kind and canonical number."""
        keyed = self._keyed.copy()
        keyed.update(f"{kind}:{number}".encode())
        return f"{VERSION}.{keyed.hexdigest()}"

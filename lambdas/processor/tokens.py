"""Account tokens: the same account gives the same token, and nobody without the key can tell which account it was."""

import hashlib
import hmac

VERSION = "v1"
DERIVATION = b"strongroom account token key v1"
"""What the KMS key signs to give the working key: another version of tokens signs something else."""


class Tokens:
    """Makes tokens with a working key of 32 bytes.

    Raises
    ------
    ValueError
        The key has another length.
    """

    def __init__(self, working_key: bytes) -> None:
        if len(working_key) != hashlib.sha256().digest_size:
            raise ValueError(f"a token key has 32 bytes, this one has {len(working_key)}")
        # The key is mixed in once; each token starts from a copy of that state.
        self._keyed = hmac.new(working_key, digestmod=hashlib.sha256)

    def token(self, kind: str, number: str) -> str:
        """Return the token of an account: `v1.` and 64 hex digits of HMAC-SHA256 over kind and canonical number."""
        keyed = self._keyed.copy()
        keyed.update(f"{kind}:{number}".encode())
        return f"{VERSION}.{keyed.hexdigest()}"

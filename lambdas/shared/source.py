"""The identity of an input file: one version of one object, and the key of its manifest item in the table."""

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef


@dataclass(frozen=True, kw_only=True)
class Source:
    """One version of one object in the input bucket."""

    bucket: str
    key: str
    version_id: str

    @property
    def file_id(self) -> str:
        """SHA-256 hex of bucket, key and version id, joined by newlines."""
        return hashlib.sha256(f"{self.bucket}\n{self.key}\n{self.version_id}".encode()).hexdigest()

    @property
    def item_key(self) -> "dict[str, AttributeValueTypeDef]":
        """Key of the manifest item in the table."""
        return {"pk": {"S": f"file#{self.file_id}"}, "sk": {"S": "manifest"}}

"""How the services keep what they know: opening a database, buckets, instants.

What is kept, and every statement about it, is in each service's own ``store``.
"""

from storage.bucket import BUCKETS, bucket_of
from storage.bulk import BulkInsert
from storage.direct import DirectConnection, DirectStatement
from storage.opening import StorageUnavailable, open_engine, reading
from storage.types import UtcDateTime

__all__ = [
    "BUCKETS",
    "BulkInsert",
    "DirectConnection",
    "DirectStatement",
    "StorageUnavailable",
    "UtcDateTime",
    "bucket_of",
    "open_engine",
    "reading",
]

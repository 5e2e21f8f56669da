"""How the services keep what they know: opening a database, buckets, instants.

What is kept, and every statement about it, is in each service's own ``store``.
"""

from storage.bucket import BUCKETS, bucket_of
from storage.bulk import BulkInsert
from storage.direct import DirectConnection, DirectStatement
from storage.locking import take_turn, take_turns
from storage.opening import (
    StorageUnavailable,
    flush,
    in_memory,
    need_not_last,
    open_engine,
    outages,
    reading,
)
from storage.partition import by_bucket, divide
from storage.types import UtcDateTime

__all__ = [
    "BUCKETS",
    "BulkInsert",
    "DirectConnection",
    "DirectStatement",
    "StorageUnavailable",
    "UtcDateTime",
    "bucket_of",
    "by_bucket",
    "divide",
    "flush",
    "in_memory",
    "need_not_last",
    "open_engine",
    "outages",
    "reading",
    "take_turn",
    "take_turns",
]

"""How the services keep what they know: opening a database, buckets, instants.

What is kept, and every statement about it, is in each service's own ``store``.
"""

from storage.aside import aside
from storage.bucket import BUCKETS, bucket_of
from storage.bulk import BulkInsert
from storage.conflict import insert_into
from storage.direct import DirectConnection, DirectStatement
from storage.locking import lock_buckets, lock_name
from storage.opening import (
    StorageUnavailable,
    flush,
    in_memory,
    open_engine,
    outages,
    reading,
    relax_durability,
    unfit_values,
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
    "aside",
    "bucket_of",
    "by_bucket",
    "divide",
    "flush",
    "in_memory",
    "insert_into",
    "lock_buckets",
    "lock_name",
    "open_engine",
    "outages",
    "reading",
    "relax_durability",
    "unfit_values",
]

"""How the services keep what they know: opening a database, buckets, instants.

What is kept, and every statement about it, is in each service's own ``store``.
"""

from storage.aside import read_aside
from storage.bucket import BUCKETS, bucket_of
from storage.bulk import BulkInsert
from storage.conflict import insert_into
from storage.database_time import database_time
from storage.direct import DirectConnection, DirectStatement
from storage.idempotency import (
    AnsweredBefore,
    IdempotencyKeys,
    IdempotentRequest,
    KeptAnswer,
    idempotency_table,
)
from storage.locking import (
    LOCK_SECONDS,
    LOCK_SETTING,
    DatabaseOverdue,
    Presence,
    lock_buckets,
    lock_name,
    turn_to_write,
    work_alone,
)
from storage.opening import (
    StorageUnavailable,
    flush,
    head_of,
    open_engine,
    outages,
    reading,
    relax_durability,
    unfit_values,
)
from storage.partition import by_bucket, divide
from storage.seed import (
    Seed,
    SeedKeeper,
    SeedTrouble,
    SeedUnusable,
    replace_seed,
    seed_file,
    seed_table,
)
from storage.together import ReadingTogether
from storage.types import UtcDateTime

__all__ = [
    "BUCKETS",
    "LOCK_SECONDS",
    "LOCK_SETTING",
    "AnsweredBefore",
    "BulkInsert",
    "DatabaseOverdue",
    "DirectConnection",
    "DirectStatement",
    "IdempotencyKeys",
    "IdempotentRequest",
    "KeptAnswer",
    "Presence",
    "ReadingTogether",
    "Seed",
    "SeedKeeper",
    "SeedTrouble",
    "SeedUnusable",
    "StorageUnavailable",
    "UtcDateTime",
    "bucket_of",
    "by_bucket",
    "database_time",
    "divide",
    "flush",
    "head_of",
    "idempotency_table",
    "insert_into",
    "lock_buckets",
    "lock_name",
    "open_engine",
    "outages",
    "read_aside",
    "reading",
    "relax_durability",
    "replace_seed",
    "seed_file",
    "seed_table",
    "turn_to_write",
    "unfit_values",
    "work_alone",
]

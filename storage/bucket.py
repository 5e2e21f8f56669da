"""The bucket of a person: the unit in which large tables can be spread over machines."""

from zlib import crc32

BUCKETS = 64
"""How many buckets there are; fixed for the life of a database."""


def bucket_of(person_reference: str) -> int:
    """Return the bucket (0 to 63) in which all rows of a person lie, in every table."""
    return crc32(person_reference.encode()) % BUCKETS

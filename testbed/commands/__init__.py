"""The commands of ``oqs``, one module each.

A module has its command under the name ``command``. What the caller can mend (a busy port, a
missing package, a service that does not answer) ends it with one sentence and exit code 1.
"""

"""The command ``oqs``, and ``python -m testbed``.

Ctrl-C has a meaning before anything that takes time is loaded, and until the very end.
"""

from testbed.silent_end import leave_at_once


def main() -> None:
    """Run the command line; Ctrl-C while it is loaded, or after its end, ends it in silence."""
    leave_at_once()
    try:
        from testbed.cli import main as run  # noqa: PLC0415 # what takes time to load

        run()
    finally:
        leave_at_once()


if __name__ == "__main__":
    main()

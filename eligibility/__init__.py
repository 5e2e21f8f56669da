"""The rules of the online eligibility check (オンライン資格確認), as pure functions and values.

Nothing here reads a clock, a file or a network: every function gets its date. The rule ids in the
docstrings (R-111, P-002, C-004 …) are those of the project's rule catalogue; what that catalogue
marks as an interpretation or as unverified is a named parameter with a default.
"""

"""The vocabulary of the real interface, as models.

The names are the element names of the XML interface (specification: oqs-interface §3, §4);
JSON is one rendering of these models and XML another. A Python field ``insurer_number`` is
the element ``InsurerNumber``. All values are strings with significant leading zeros, as they
are in the real files; an absent element is omitted.
"""

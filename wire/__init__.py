"""What the services say to one another over HTTP.

The vocabulary of the real interface, errors as problem documents, the reading of the one
clock, and how a service is served (plain, or with mutual TLS). It decides nothing: the rules
are in ``eligibility``, the decisions in the services.
"""

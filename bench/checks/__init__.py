"""What a check costs OQS, next to a bare FastAPI route, on the real line.

The measure is the service's processor time for a request, in which no load generator and no other
process takes part; what was answered in a second, with the generator on the other core, stands
beside.
"""

"""The messages of the interface as documents: XML and JSON of the models in `wire.vocabulary`.

Reading takes every form that is known from programs in use; writing follows a `Profile`, as no
public source settles which of the forms the real system has (oqs-interface §2.3, §9).
"""

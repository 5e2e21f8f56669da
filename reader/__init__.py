"""The card reader's side: what is on a My Number Card and how to talk to it over PC/SC.

`session` is the way in (look at a card, prove who holds it), `monitor` says when cards come
and go, `pcsc` connects. Everything beneath is protocol: `layout` and `status` describe the
card, `apdu` builds commands, one module per card application speaks them over any
`connection`. `narration` tells commands and answers in words, `trace` logs them.
"""

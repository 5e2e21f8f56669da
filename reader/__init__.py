"""The card reader's side: what is on a My Number Card and how to talk to it over PC/SC.

`session` is the way in (look at a card, prove who holds it, sign); `readings` reads certificates,
attributes, the face; `pins` counts tries and changes a PIN. `monitor` says when cards come and go,
`readers` what there is now, `pcsc` connects. Everything beneath is protocol: `layout` and `status`
describe the card, `apdu` and `tlv` are its bytes, one module per card application speaks over any
`connection`. `narration` tells commands and answers in words, `trace` logs them.
"""

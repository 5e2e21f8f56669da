"""The card reader's side: what is on a My Number Card and how to talk to it over PC/SC.

`session` is the way in (look at a card, prove who holds it, sign); `readings` reads certificates,
attributes, the face; `card_pins` counts tries and changes a PIN. In `pcsc`, `monitor` says when
cards come and go, `reader_states` what there is now, `pcsc_connection` connects. Everything beneath
is protocol: `description` says what is on the card, `apdu` and `tlv` are its bytes, one client for
each of the `applications` speaks over any `connection`. `errors` are all that can go wrong. What
goes to and fro is told in words by `description.narration` and logged by `trace`.
"""

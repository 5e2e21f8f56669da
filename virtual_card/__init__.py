"""A My Number Card in software, and the plugs that put it into a reader.

`image` is a card as data, `card` makes it answer commands, `plugs` put it into a reader in the same
process, in vpcd, or on USB. Around a card go `wrappers`: `timing` lets it take its time,
`faulty_card` has the faults of a real desk happen to it, `trace` takes down what goes in and out,
and `script` plays that again. Beneath lie the card's own parts: `applications` makes of an image
what is on the card, and the `chip` carries out commands on it, by the modules that its
`instructions` name; its `memory` outlives the power.

It simulates: no card made here is known to any real system.
"""

"""A My Number Card in software, and the plugs that put it into a reader.

`image` is a card as data, `card` makes it answer commands, `inprocess`, `vpcd` and `ccid` are
the plugs. Around a card go wrappers: `timing` lets it take its time, `faulty` has the `faults` of a
real desk happen to it, `trace` takes down what goes in and out, and `script` plays that again.
Beneath lie the card's own parts: `command` and `chaining` (what arrives), `instructions` (what the
card does, by the modules that it names), `files` and `access` (its file system), `memory` (what
outlives the power), `applications` (what is on it, one module for each application), `face` and
`credential` (what that is made of).

It simulates: no card made here is known to any real system.
"""

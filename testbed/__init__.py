"""Everything on one desk: the launcher, the virtual reader's slots, the personas, the story.

It may know all other rooms; no other room knows it.
"""

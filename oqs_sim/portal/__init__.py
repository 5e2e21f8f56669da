"""マイナポータル: what a person sees of themselves, and does with the own card."""

"""The patient's screen: what the person with the card sees and touches."""

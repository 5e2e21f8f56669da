"""How the card writes things: TLV, card-verifiable certificates, hashed secrets."""

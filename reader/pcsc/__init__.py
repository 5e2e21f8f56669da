"""PC/SC: the service, its readers, and a connection to the card in one of them."""

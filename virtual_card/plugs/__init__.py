"""What puts a card into a reader: in the same process, vpcd, an emulated USB reader."""

"""マイナンバーカード: its makes, its certificates, and what moving, loss and phones do to it."""

"""利用登録: making a card the insurance card, and releasing it again."""

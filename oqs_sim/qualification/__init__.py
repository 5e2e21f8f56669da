"""資格確認: who asks, what is proven, and what OQS answers."""

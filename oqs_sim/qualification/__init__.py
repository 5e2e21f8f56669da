"""資格: taking in what insurers report, and checking who is insured (資格確認)."""

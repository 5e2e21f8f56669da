"""What the patient pays: ratios, limits, income, and the claim for the rest."""

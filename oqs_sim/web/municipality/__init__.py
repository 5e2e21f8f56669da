"""The pages of the municipality's counter (市区町村の窓口)."""

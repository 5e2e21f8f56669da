"""訪問診療・オンライン診療: consents that are given at home, and what rests on them (P-022)."""

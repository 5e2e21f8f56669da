"""J-LIS, simulated: residents, cards, certificates, and what stops them."""

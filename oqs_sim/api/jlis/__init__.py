"""The routes of the J-LIS simulator: cards, applications, authorities, OCSP, and its outages."""

"""医療扶助: recipients of public assistance, their tickets, what is answered of them (P-032)."""

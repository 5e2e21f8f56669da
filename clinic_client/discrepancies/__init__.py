"""相違の申し出: what the check shows otherwise than the patient or a paper says (R-098)."""

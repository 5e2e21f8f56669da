"""被保険者資格申立書: what the patient declares at the desk, on the screen and on paper (P-084)."""

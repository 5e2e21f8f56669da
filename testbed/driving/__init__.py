"""The desk and the patient's screen, driven by a program as people drive them."""

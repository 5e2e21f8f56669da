"""The clinic: the reception desk, the patient's screen, the fallback, the catch-up list.

It talks to OQS over the closed line as one terminal, to the patient's card through a PC/SC
reader, and to people through its pages. It never stores a My Number (個人番号), and a PIN
nowhere.
"""

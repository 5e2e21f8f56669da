"""オンライン資格確認等システム (OQS), simulated.

It checks cards and numbers, keeps what insurers reported, and hosts the simulators that hang
on it: J-LIS (residents, cards, certificates), the portal (use registration), and the
deployment's clock.
"""

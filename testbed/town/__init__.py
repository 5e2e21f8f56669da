"""The practice town: its people as insurers, J-LIS and the portal have them, kept to be laid in."""

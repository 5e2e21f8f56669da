"""What commands say: reports, diagnosis, mistakes as sentences, the question for a PIN."""

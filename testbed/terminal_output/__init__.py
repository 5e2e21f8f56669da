"""What commands say: reports, findings, mistakes as sentences, the question for a PIN."""

"""SQL of inquiries in bulk, and of what is answered by them: 照会番号, 医療券, consents at home."""

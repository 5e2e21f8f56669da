"""What single kinds of care have of their own: 医療扶助, 医療費助成, 訪問・オンライン診療."""

"""Messages of many units, and 照会番号: as JSON, and as the files of the interface."""

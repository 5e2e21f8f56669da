"""The municipality's counter (市区町村の窓口): what it does for cards, and what that comes to."""

"""What two services need today and would make sense in another product. See README.md for what may enter."""

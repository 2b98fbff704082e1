"""What requests and answers contain, one module for each area. They are read from what `service` returns."""

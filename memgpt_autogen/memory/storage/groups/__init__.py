"""Group chats that agents take part in: their rows, and what was said in them."""

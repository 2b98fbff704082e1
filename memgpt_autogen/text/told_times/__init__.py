"""The times that a text tells: `languages` has the words, `rules` what they mean, and `read` finds them."""

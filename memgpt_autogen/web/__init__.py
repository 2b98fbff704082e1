"""Safe fetching: web pages by checked addresses, with limits on time and size."""

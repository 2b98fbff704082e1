"""The OpenAI chat format on the wire: requests, answers, streams and errors."""

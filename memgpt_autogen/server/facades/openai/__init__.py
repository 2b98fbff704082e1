"""OpenAI's API: each agent is a model. What the client sends again is not new: the log is the memory."""

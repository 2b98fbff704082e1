"""How agents are shown to people in notebooks and terminals: escaped, shortened, and without stopping the
agent.
"""

"""The routes, one module for each area. They read a request, and a function of `service` answers it.

An area is a module with a router of `area(tag)`, whose functions are `def` and so run in threads. The router
stands in `areas.py`; the OpenAPI file and the tests of isolation find it there.
"""

#!/bin/bash
exec /opt/memgpt/bin/python listen.py

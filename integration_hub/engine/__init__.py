"""The delivery machinery: generic, knows items and lanes, names no order and no system."""

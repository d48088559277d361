"""Backups: taken, restored, kept from harm."""

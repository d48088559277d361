"""Test the papers of a house, and the promises that they name and nothing else holds."""

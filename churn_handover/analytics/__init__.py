"""Computation on arrays and dataclasses; nothing here imports Odoo."""

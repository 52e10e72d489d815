"""Boards on a phone: columns one below the other, those without a card left out, see static/src/scss/board.scss."""

from odoo.tests import TransactionCase


class TestBoard(TransactionCase):
    def test_every_board_stands_upright_on_a_phone(self):
        ours = self.env["ir.model.data"].search([("module", "=", "churn_handover"), ("model", "=", "ir.ui.view")])
        views = self.env["ir.ui.view"].browse(ours.mapped("res_id"))
        boards = views.filtered(
            lambda view: view.type == "kanban" and not view.inherit_id and view.model.startswith("churn.")
        )
        self.assertGreater(len(boards), 40)
        without = boards.filtered(lambda view: "o_churn_board" not in view.arch.split(">")[0])
        self.assertFalse(without.mapped("name"))

"""Tests wait for a slow machine instead of failing on it."""

from unittest.mock import patch

import requests

from odoo.tests import HttpCase, common

from dev.session import ANSWER_SECONDS

IMPATIENT = """
    const { registry } = odoo.loader.modules.get("@web/core/registry");
    const ours = registry.category("web_tour.tours").getEntries().filter(([name]) => name.startsWith("churn_"));
    const hasty = ours.filter(([, tour]) => tour.steps().some((step) => step.timeout < 20000 || !step.timeout));
    if (ours.length < 20 || hasty.length) {
        throw new Error(`${ours.length} tours, without patience: ${hasty.map(([name]) => name)}`);
    }
    console.log("test successful");
"""


class TestPatience(HttpCase):
    def test_every_step_of_our_tours_waits_for_a_slow_machine(self):
        self.browser_js("/odoo", IMPATIENT, ready="odoo.isTourReady('churn_score')", login="admin")

    def test_an_answer_may_take_long(self):
        with patch.object(common, "_super_send", return_value=requests.Response()) as sent:
            self.url_open("/web/login")
        self.assertEqual(sent.call_args.kwargs["timeout"], ANSWER_SECONDS)

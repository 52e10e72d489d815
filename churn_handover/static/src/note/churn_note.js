import { _t } from "@web/core/l10n/translation";
import { patch } from "@web/core/utils/patch";
import { Layout } from "@web/search/layout";

/** Numbers about people say what they are for, above every list, chart and table of them. */
const NOTES = {
    "churn.load": _t(
        "Load and capacity find who has room for another customer. They protect customers and judge no employee."
    ),
    "churn.recording": _t(
        "How far the figures can be trusted, in the order of names: contacts outside Odoo are unknown. This is no ranking: who " +
            "writes less down does not work less, and a mail does not count more than a visit nobody entered."
    ),
    "churn.whatif": _t(
        "What the company would face, and what it can do before: have a backup meet the customers. It protects customers and " +
            "judges no employee."
    ),
};

patch(Layout.prototype, {
    get churnNote() {
        const isForm = this.env.config?.viewType === "form";
        return isForm || this.env.inDialog ? undefined : NOTES[this.env.searchModel?.resModel];
    },
});

import { Component, onWillStart } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { user } from "@web/core/user";
import { _t } from "@web/core/l10n/translation";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const ICONS = { passed: "fa-check", waived: "fa-forward", reopened: "fa-undo", open: "fa-circle-o" };

/**
 * The gates of a line in their order: what proves each, when, who; what is open, and how long still.
 */
export class ChurnGates extends Component {
    static template = "churn_handover.Gates";
    static props = { ...standardFieldProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        onWillStart(async () => {
            this.mayWaive = await user.hasGroup("churn_handover.group_churn_leader");
        });
    }

    get steps() {
        return (this.props.record.data[this.props.name] || []).map((step) => ({
            ...step,
            icon: ICONS[step.state],
            tone: step.overdue ? "overdue" : step.state,
        }));
    }

    async run(method, step) {
        const action = await this.orm.call("churn.gate", method, [[step.id]]);
        await this.action.doAction(action, { onClose: () => this.props.record.load() });
    }
}

registry.category("fields").add("churn_gates", {
    component: ChurnGates,
    displayName: _t("Gates"),
    supportedTypes: ["json"],
});

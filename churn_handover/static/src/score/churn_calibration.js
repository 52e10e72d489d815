import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const SIZE = 260;
const LEFT = 48;
const TOP = 10;

/**
 * Foretold against observed: each circle is a tenth of the accounts, on the diagonal when the forecast was right.
 */
export class ChurnCalibration extends Component {
    static template = "churn_handover.Calibration";
    static props = { ...standardFieldProps };

    get bins() {
        return this.props.record.data[this.props.name] || [];
    }
    get ticks() {
        return [0, 0.25, 0.5, 0.75, 1].map((share) => ({
            x: LEFT + share * SIZE,
            y: TOP + (1 - share) * SIZE,
            label: `${Math.round(share * 100)} %`,
        }));
    }
    get box() {
        return { left: LEFT, top: TOP, size: SIZE, right: LEFT + SIZE, bottom: TOP + SIZE };
    }
    get points() {
        return this.bins.map((bin, index) => ({
            key: index,
            x: LEFT + bin.probability * SIZE,
            y: TOP + (1 - bin.rate) * SIZE,
            title: _t("%(count)s accounts: foretold %(foretold)s %, observed %(observed)s %", {
                count: bin.count,
                foretold: Math.round(bin.probability * 100),
                observed: Math.round(bin.rate * 100),
            }),
        }));
    }
}

registry.category("fields").add("churn_calibration", {
    component: ChurnCalibration,
    displayName: _t("Calibration"),
    supportedTypes: ["json"],
});

import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const WIDTH = 640;
const HEIGHT = 160;
const LEFT = 44;
const TOP = 10;

/**
 * The churn probability at the end of each month; the colour of a point is the band by probability and money.
 */
export class ChurnHistory extends Component {
    static template = "churn_handover.History";
    static props = { ...standardFieldProps, plain: { type: Boolean, optional: true } };

    get months() {
        return this.props.record.data[this.props.name] || [];
    }
    get box() {
        return { left: LEFT, top: TOP, right: LEFT + WIDTH, bottom: TOP + HEIGHT };
    }
    get ticks() {
        return [0, 0.25, 0.5, 0.75, 1].map((share) => ({
            y: TOP + (1 - share) * HEIGHT,
            label: `${share * 100} %`,
        }));
    }
    get points() {
        const step = WIDTH / Math.max(this.months.length, 1);
        const every = Math.ceil(this.months.length / 9); // more names would touch each other in Chinese
        return this.months.map((month, index) => ({
            key: month.month,
            x: LEFT + step * (index + 0.5),
            y: TOP + (1 - month.probability) * HEIGHT,
            band: `churn_band_${month.band}`,
            // From the newest backwards, so that the running month always has its name.
            label: (this.months.length - 1 - index) % every ? "" : month.label,
            title: `${month.label}: ${Math.round(month.probability * 100)} %`,
        }));
    }
    get line() {
        return this.points.map((point) => `${point.x},${point.y}`).join(" ");
    }
}

registry.category("fields").add("churn_history", {
    component: ChurnHistory,
    displayName: _t("Churn History"),
    // plain: the points have no band, so nothing is said about colours
    extractProps: ({ options }) => ({ plain: Boolean(options.plain) }),
    supportedTypes: ["json"],
});

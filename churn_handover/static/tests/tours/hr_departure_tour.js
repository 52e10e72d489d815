import { registry } from "@web/core/registry";
import { archiveByMenu } from "@churn_handover/../tests/tours/tour_steps";

const { DateTime } = luxon;

registry.category("web_tour.tours").add("churn_hr_departure", {
    steps: () => [
        ...archiveByMenu(),
        {
            content: "Today it is too late to plan",
            trigger: ".modal:contains(Accounts and contacts):not(:has([name=churn_hand_over] input))",
        },
        {
            content: "The last day is in three weeks",
            trigger: ".modal .o_field_widget[name=departure_date] button",
            run: "click",
        },
        {
            content: "Enter it",
            trigger: ".modal .o_field_widget[name=departure_date] input",
            run: `edit ${DateTime.local().plus({ days: 21 }).toFormat("MM/dd/yyyy")} && press Tab`,
        },
        {
            content: "Customers first, on by default",
            trigger: ".modal .o_field_widget[name=churn_hand_over] input:checked",
        },
        {
            content: "Apply",
            trigger: ".modal footer button[name=action_register_departure]",
            run: "click",
        },
        {
            content: "Sales was told",
            trigger: ".o_notification:contains(Lisa Leader)",
        },
        {
            content: "The employee is archived",
            trigger: "body:not(:has(.modal)) .ribbon:contains(Archived)",
        },
    ],
});

import { registry } from "@web/core/registry";
import { departureOf, inState, pressAndAgree } from "@churn_handover/../tests/tours/tour_steps";

registry.category("web_tour.tours").add("churn_departure", {
    url: "/odoo/churn-handovers",
    steps: () => [
        ...departureOf("Lea Leaver"),
        {
            content: "What is open is shown, the team leader is proposed",
            trigger: ".modal:has(td:contains(Accounts and contacts)) .o_field_widget[name=default_successor_id] input:value(Lisa)",
        },
        {
            content: "Make the plan",
            trigger: ".modal footer button[name=action_plan]",
            run: "click",
        },
        inState("Draft"),
        {
            content: "The backup is proposed for the account",
            trigger: ".o_data_row:contains(Acme):contains(Ben Backup)",
        },
        ...pressAndAgree("action_run_now"),
        inState("Done"),
        ...pressAndAgree("action_undo"),
        inState("Undone"),
    ],
});

registry.category("web_tour.tours").add("churn_undo", {
    steps: () => [
        inState("Done"),
        ...pressAndAgree("action_undo"),
        inState("Undone"),
    ],
});

registry.category("web_tour.tours").add("churn_departure_refused", {
    url: "/odoo/churn-handovers",
    steps: () => [
        ...departureOf("Nina Newcomer"),
        {
            content: "Nothing is open",
            trigger: ".modal .o_field_widget[name=open_summary]:contains(Nothing is open)",
        },
        {
            content: "Try all the same",
            trigger: ".modal footer button[name=action_plan]",
            run: "click",
        },
        {
            content: "It says why not",
            trigger: ".o_error_dialog:contains(owns no account), .modal:contains(owns no account)",
        },
        {
            content: "Close the message",
            trigger: ".modal:contains(owns no account) footer button",
            run: "click",
        },
        {
            content: "Leave",
            trigger: ".modal footer button[special=cancel]",
            run: "click",
        },
        {
            content: "Back on the list",
            trigger: "body:not(:has(.modal)) .o_list_view",
        },
    ],
});

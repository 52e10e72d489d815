import { registry } from "@web/core/registry";

const choose = (field, text) => [
    {
        content: `Type ${text} into ${field}`,
        trigger: `.o_field_widget[name=${field}] input`,
        run: `edit ${text}`,
    },
    {
        content: `Choose ${text}`,
        trigger: `.o-autocomplete--dropdown-item:contains(${text})`,
        run: "click",
    },
];

const confirmed = (button) => [
    {
        content: `Press ${button}`,
        trigger: `.o_statusbar_buttons button[name=${button}]`,
        run: "click",
    },
    {
        content: "It says what happens now",
        trigger: ".modal footer .btn-primary",
        run: "click",
    },
];

const inState = (state) => ({
    content: `The plan is ${state}`,
    trigger: `.o_arrow_button_current:contains(${state})`,
});

registry.category("web_tour.tours").add("churn_departure", {
    url: "/odoo/churn-handovers",
    steps: () => [
        {
            content: "Open the door",
            trigger: "button:contains(Plan a Departure)",
            run: "click",
        },
        ...choose("predecessor_id", "Lea Leaver"),
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
        ...confirmed("action_run_now"),
        inState("Done"),
        ...confirmed("action_undo"),
        inState("Undone"),
    ],
});

registry.category("web_tour.tours").add("churn_undo", {
    steps: () => [
        inState("Done"),
        ...confirmed("action_undo"),
        inState("Undone"),
    ],
});

registry.category("web_tour.tours").add("churn_departure_refused", {
    url: "/odoo/churn-handovers",
    steps: () => [
        {
            content: "Open the door",
            trigger: "button:contains(Plan a Departure)",
            run: "click",
        },
        ...choose("predecessor_id", "Nina Newcomer"),
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

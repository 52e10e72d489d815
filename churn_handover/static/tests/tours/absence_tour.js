import { registry } from "@web/core/registry";
import { choose, inState } from "@churn_handover/../tests/tours/tour_steps";

registry.category("web_tour.tours").add("churn_absence_leader", {
    steps: () => [
        {
            content: "Somebody fell ill",
            trigger: ".o_control_panel button:contains(Plan an Absence), .o_list_buttons button:contains(Plan an Absence)",
            run: "click",
        },
        ...choose("user_id", "Lea", { within: ".modal .o_field_widget", shown: "Lea Leaver" }),
        {
            content: "The backup is proposed, with what is on the desk already",
            trigger: ".modal .o_field_widget[name=proposal]:contains(Ben Backup)",
        },
        {
            content: "Make the draft",
            trigger: ".modal button[name=action_plan]",
            run: "click",
        },
        {
            content: "The account is covered by its backup",
            trigger: ".o_field_widget[name=line_ids] .o_data_row:contains(Acme):contains(Ben Backup)",
        },
        {
            content: "Confirm",
            trigger: "button[name=action_confirm]",
            run: "click",
        },
        inState("Running"),
    ],
});

registry.category("web_tour.tours").add("churn_absence_cover", {
    steps: () => [
        {
            content: "The covered account, and whom it is for",
            trigger: ".o_data_row:contains(Acme):contains(Lea Leaver)",
        },
        {
            content: "Open the customer",
            trigger: ".o_data_row:contains(Acme) button[name=action_open_account]",
            run: "click",
        },
        {
            content: "The customer",
            trigger: ".o_form_view .o_field_widget[name=name]:contains(Acme), .o_form_view .o_breadcrumb:contains(Acme), .o_breadcrumb:contains(Acme)",
        },
    ],
});

registry.category("web_tour.tours").add("churn_absence_quotation", {
    steps: () => [
        {
            content: "Confirm it for Lea",
            trigger: "button[name=action_confirm]:not(.d-none)",
            run: "click",
        },
        inState("Sales Order"),
    ],
});

registry.category("web_tour.tours").add("churn_absence_return", {
    steps: () => [
        {
            content: "The own absence",
            trigger: ".o_data_row:contains(Lea Leaver) td[name=cover_names]",
            run: "click",
        },
        {
            content: "Back already",
            trigger: "button[name=action_return]",
            run: "click",
        },
        {
            content: "Yes, back",
            trigger: ".modal footer .btn-primary",
            run: "click",
        },
        inState("Over"),
    ],
});

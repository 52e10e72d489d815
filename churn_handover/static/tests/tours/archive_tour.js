import { registry } from "@web/core/registry";
import { archiveByMenu, inState } from "@churn_handover/../tests/tours/tour_steps";

const archive = () => [
    ...archiveByMenu(),
    {
        content: "Odoo's own question",
        trigger: ".modal footer .btn-primary:contains(Archive)",
        run: "click",
    },
];

registry.category("web_tour.tours").add("churn_archive_form", {
    steps: () => [
        ...archive(),
        {
            content: "What is still open is counted",
            trigger: ".modal:contains(Before archiving) td:contains(Accounts and contacts)",
        },
        {
            content: "Leave it to the backups",
            trigger: ".modal footer button[name=action_emergency]",
            run: "click",
        },
        {
            content: "The user is archived",
            trigger: "body:not(:has(.modal)) .ribbon:contains(Archived)",
        },
    ],
});

registry.category("web_tour.tours").add("churn_archive_list", {
    url: "/odoo/users",
    steps: () => [
        {
            content: "Select the leaver",
            trigger: ".o_data_row:contains(Lea Leaver) .o_list_record_selector input",
            run: "click",
        },
        ...archive(),
        {
            content: "Only archive",
            trigger: ".modal:contains(Before archiving) footer button[name=action_archive_only]",
            run: "click",
        },
        {
            content: "The user has left the list",
            trigger: "body:not(:has(.modal)) .o_list_view:not(:contains(Lea Leaver))",
        },
    ],
});

registry.category("web_tour.tours").add("churn_archive_plan", {
    steps: () => [
        ...archive(),
        {
            content: "Plan",
            trigger: ".modal:contains(Before archiving) footer button[name=action_plan]",
            run: "click",
        },
        {
            content: "The door knows who leaves and that the user is to be archived",
            trigger:
                ".modal:has(.o_field_widget[name=predecessor_id] input:value(Lea Leaver)) .o_field_widget[name=archive_predecessor] input:checked",
        },
        {
            content: "Make the plan",
            trigger: ".modal footer button[name=action_plan]",
            run: "click",
        },
        inState("Draft"),
    ],
});

registry.category("web_tour.tours").add("churn_archive_nothing_open", {
    steps: () => [
        ...archive(),
        {
            content: "Archived without a question",
            trigger: "body:not(:has(.modal)) .ribbon:contains(Archived)",
        },
    ],
});

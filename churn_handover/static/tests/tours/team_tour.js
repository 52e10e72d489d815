import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";
import { choose, pressAndAgree } from "@churn_handover/../tests/tours/tour_steps";

const tours = registry.category("web_tour.tours");

tours.add("churn_team_template", {
    url: "/odoo/churn-team-templates",
    steps: () => [
        {
            content: "the manager opens the template",
            trigger: ".o_data_row:contains(Two backups) .o_data_cell[name='name']",
            run: "click",
        },
        {
            trigger: "button[name='action_apply']:contains(Preview and Apply)",
            run: "click",
        },
        {
            trigger: ".modal button[name='action_preview']",
            run: "click",
        },
        {
            content: "sees who would join, and that a place stays as it is",
            trigger: ".modal .o_data_row:contains(Acme):contains(Dan)",
        },
        {
            trigger: ".modal .o_data_row:contains(Bolt):contains(Dan)",
        },
        {
            content: "leaves one out",
            trigger: ".modal .o_data_row:contains(Bolt) .o_boolean_toggle input",
            run: "click",
        },
        {
            trigger: ".modal .alert:contains(1 people would join)",
        },
        {
            trigger: ".modal a[name='skip']",
            run: "click",
        },
        {
            trigger: ".modal .o_data_row:contains(Core):contains(Somebody Has This Role)",
        },
        {
            trigger: ".modal button[name='action_apply']",
            run: "click",
        },
        {
            trigger: ".o_notification:contains(1 added to the teams of 1 customers)",
        },
        {
            trigger: "body:not(:has(.modal))",
        },
    ],
});

tours.add("churn_brief_write", {
    url: "/odoo/churn-briefs",
    steps: () => [
        {
            trigger: ".o_list_button_add",
            run: "click",
        },
        ...choose("account_id", "Acme"),
        {
            trigger: "[name='position'] textarea",
            run: "edit Preferred supplier",
        },
        ...stepUtils.saveForm(),
        ...pressAndAgree("action_publish"),
        {
            content: "who published it knows it, the others do not yet",
            trigger: "body:not(:has(.modal)) button[name='action_open_readers']:contains(1 of 2)",
        },
    ],
});

tours.add("churn_brief_confirm", {
    url: "/odoo/churn-today",
    steps: () => [
        {
            content: "a member finds it on the page Today",
            trigger: ".o_kanban_record:contains(Briefs to confirm)",
            run: "click",
        },
        {
            trigger: ".o_data_row:contains(Acme) .o_data_cell[name='account_id']",
            run: "click",
        },
        {
            trigger: "[name='position'] textarea, [name='position'] span",
        },
        {
            trigger: "button[name='action_confirm']",
            run: "click",
        },
        {
            trigger: "button[name='action_open_readers']:contains(0 of 2)",
        },
    ],
});

import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("churn_series", {
    url: "/odoo/churn-series",
    steps: () => [
        {
            content: "1: open the ready-made series",
            trigger: ".o_data_row:contains(How We Work) td[name=name]",
            run: "click",
        },
        {
            content: "It is a draft, nobody is responsible yet",
            trigger: ".o_arrow_button_current:contains(Draft)",
        },
        {
            content: "2: start it",
            trigger: "button[name=action_start]",
            run: "click",
        },
        {
            content: "It shows which messages are still to be written",
            trigger: ".o_data_row:contains(How we choose the people who serve you) td[name=subject]",
            run: "click",
        },
        {
            trigger: "button[name=action_ready]",
            run: "click",
        },
        {
            content: "3: look at it as the customer does",
            trigger: ".o_arrow_button_current:contains(Ready)",
        },
        {
            trigger: ".o_notebook a[name=mail]",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=preview_html] :contains(How we choose the people who serve you)",
        },
        {
            content: "4: back to the series",
            trigger: ".o_breadcrumb a:contains(How We Work)",
            run: "click",
        },
        {
            content: "Whoever started it is responsible",
            trigger: ".o_arrow_button_current:contains(Running)",
        },
        {
            content: "5: prepare the first step now",
            trigger: "button[name=action_propose]",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=message_ids_used] .o_data_row:contains(How we choose)",
        },
        {
            content: "6: approve",
            trigger: "button[name=action_approve]",
            run: "click",
        },
        {
            content: "7: the step shows its result",
            trigger: ".o_arrow_button_current:contains(Launched)",
        },
        {
            trigger: ".o_field_widget[name=sent_count]",
        },
        {
            content: "8: who gets it",
            trigger: "button[name=action_places]",
            run: "click",
        },
        {
            trigger: ".o_data_row:contains(Acme):contains(On Its Way)",
        },
    ],
});

registry.category("web_tour.tours").add("churn_series_results", {
    url: "/odoo/churn-message-effect",
    steps: () => [
        {
            content: "What customers did, by kind",
            trigger: ".o_pivot table th:contains(Hiring)",
        },
        {
            content: "1: who heard of us and who did not",
            trigger: "button[data-menu-xmlid='churn_handover.menu_quality']",
            run: "click",
        },
        {
            trigger: "a[data-menu-xmlid='churn_handover.menu_coverage']",
            run: "click",
        },
        {
            trigger: ".o_data_row:contains(Acme):contains(100)",
        },
    ],
});

registry.category("web_tour.tours").add("churn_training", {
    url: "/odoo/churn-trainings",
    steps: () => [
        {
            trigger: ".o_data_row:contains(Reading a pump curve) td[name=name]",
            run: "click",
        },
        {
            content: "1: let the customers be suggested",
            trigger: "button[name=action_suggest]",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=invitation_ids] .o_data_row:contains(Acme):contains(Chosen)",
        },
        {
            content: "2: invite",
            trigger: "button[name=action_invite]",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=invitation_ids] .o_data_row:contains(Acme):contains(Invited)",
        },
    ],
});

registry.category("web_tour.tours").add("churn_invitation_answer", {
    steps: () => [
        {
            content: "The answer of the link is preselected, and nothing is sent yet",
            trigger: "input#come:checked + label",
        },
        {
            content: "1: a colleague comes instead",
            trigger: "label[for=colleague]",
            run: "click",
        },
        {
            trigger: "input[name=name]",
            run: "edit Sue Smith",
        },
        {
            content: "2: one press confirms",
            trigger: "main button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: ".alert-success:contains(we have noted your answer)",
        },
    ],
});

registry.category("web_tour.tours").add("churn_spot_checks", {
    url: "/odoo/churn-spot-checks",
    steps: () => [
        {
            content: "1: ask for spot checks",
            trigger: ".o_list_button_add, .o-kanban-button-new",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=standard_id] input",
            run: "edit Meetings",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains(Meetings)",
            run: "click",
        },
        {
            content: "2: say how many",
            trigger: ".o_field_widget[name=number] input",
            run: "edit 3",
        },
        {
            content: "Who can be drawn is shown",
            trigger: ".o_field_widget[name=people_text]:contains(North 2, South 2)",
        },
        {
            content: "3: draw",
            trigger: "button[name=action_draw]",
            run: "click",
        },
        {
            trigger: ".o_arrow_button_current:contains(Drawn)",
        },
        {
            content: "4: the checks",
            trigger: "button[name=action_checks]:contains(3)",
            run: "click",
        },
        {
            trigger: ".o_data_row td[name=standard_id]:contains(Meetings)",
        },
    ],
});

import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("churn_score", {
    url: "/odoo/customers-at-risk",
    steps: () => [
        {
            content: "The list begins with the customers at risk and shows why",
            trigger: ".o_data_row:contains(Silent Works):contains(Critical):contains(No order for)",
        },
        {
            content: "A customer who orders as usual is not in it",
            trigger: ".o_list_renderer:not(:contains(Steady Works))",
        },
        {
            content: "Open the customer",
            trigger: ".o_data_row:contains(Silent Works) td[name=partner_id]",
            run: "click",
        },
        {
            content: "The reasons are told in words",
            trigger: ".o_form_view .o_field_widget[name=reason_text]:contains(usually every)",
        },
        {
            content: "The chart has a point",
            trigger: ".churn_history circle",
        },
        {
            content: "Go to the contact",
            trigger: "button[name=action_open_customer]",
            run: "click",
        },
        {
            content: "The contact shows the band",
            trigger: ".churn_risk_badge:contains(Critical)",
        },
        {
            content: "And leads back to the score",
            trigger: "button[name=action_open_churn_score]",
            run: "click",
        },
        {
            content: "Here it is again",
            trigger: ".o_form_view .o_field_widget[name=reason_text]",
        },
    ],
});

registry.category("web_tour.tours").add("churn_score_pipeline", {
    url: "/odoo/crm",
    steps: () => [
        {
            content: "The card of the opportunity shows the risk",
            trigger: ".o_kanban_record:contains(Deal with Silent Works) .churn_risk_badge:contains(Critical)",
        },
        {
            content: "Open the search menu",
            trigger: ".o_searchview_dropdown_toggler",
            run: "click",
        },
        {
            content: "Group by risk",
            trigger: ".o_group_by_menu .o_menu_item:contains(Churn Risk)",
            run: "click",
        },
        {
            content: "There is a column for the band",
            trigger: ".o_kanban_group:has(.o_column_title:contains(Critical)) .o_kanban_record:contains(Silent Works)",
        },
    ],
});

registry.category("web_tour.tours").add("churn_score_models", {
    url: "/odoo/churn-models",
    steps: () => [
        {
            content: "Open the model",
            trigger: ".o_data_row td[name=name]",
            run: "click",
        },
        {
            content: "It says what it was trained on",
            trigger: ".o_field_widget[name=trained_text]:contains(customers with orders)",
        },
        {
            content: "And how good it was",
            trigger: ".churn_calibration circle",
        },
    ],
});

import { registry } from "@web/core/registry";

const gate = (kind, tone) => ({
    content: `The gate ${kind} is ${tone}`,
    trigger: `.churn_gate_${tone}[data-kind=${kind}]`,
});

const openTab = (name) => ({
    content: `Open the tab ${name}`,
    trigger: `.o_notebook .nav-link[name=${name}]`,
    run: "click",
});

registry.category("web_tour.tours").add("churn_transition_manager", {
    steps: () => [
        {
            content: "Make the plan binding",
            trigger: "button[name=action_confirm]",
            run: "click",
        },
        {
            content: "The plan is confirmed",
            trigger: ".o_arrow_button_current:contains(Confirmed)",
        },
        {
            content: "Write the letters",
            trigger: "button[name=action_prepare_letters]",
            run: "click",
        },
        {
            content: "Open the letter",
            trigger: ".o_data_row:contains(Acme) td[name=account_names]",
            run: "click",
        },
        {
            content: "It is shown as the customer will get it",
            trigger: ".o_field_widget[name=preview]:contains(Ann):contains(in charge of you)",
        },
        {
            content: "Send it",
            trigger: ".o_statusbar_buttons button[name=action_send]",
            run: "click",
        },
        {
            content: "It cannot be taken back",
            trigger: ".modal footer .btn-primary",
            run: "click",
        },
        {
            content: "It is on its way",
            trigger: ".o_arrow_button_current:contains(On Its Way)",
        },
    ],
});

registry.category("web_tour.tours").add("churn_transition_predecessor", {
    steps: () => [
        gate("notified", "passed"),
        gate("introduced", "open"),
        {
            content: "A rep does without no gate",
            trigger: ".churn_gates:not(:has(.o_churn_waive))",
        },
        openTab("introduction"),
        {
            content: "The customer has chosen a time",
            trigger: ".o_field_widget[name=introduction_ids] .o_data_row:contains(Planned)",
        },
    ],
});

registry.category("web_tour.tours").add("churn_transition_successor", {
    steps: () => [
        openTab("introduction"),
        {
            content: "The meeting is over",
            trigger: ".o_field_widget[name=introduction_ids] button[name=action_record]",
            run: "click",
        },
        {
            content: "Write down what was agreed",
            trigger: ".modal .o_field_widget[name=note] textarea",
            run: "edit Prices stay until June",
        },
        {
            content: "Something was promised",
            trigger: ".modal .o_field_x2many_list_row_add a",
            run: "click",
        },
        {
            content: "What",
            trigger: ".modal .o_data_row .o_field_widget[name=name] input",
            run: "edit Send the price list",
        },
        {
            content: "Record it",
            trigger: ".modal footer button[name=action_record]",
            run: "click",
        },
        gate("introduced", "passed"),
    ],
});

registry.category("web_tour.tours").add("churn_transition_waive", {
    steps: () => [
        gate("introduced", "passed"),
        {
            content: "Do without the dossier",
            trigger: ".churn_gate[data-kind=dossier] .o_churn_waive",
            run: "click",
        },
        {
            content: "Say why",
            trigger: ".modal .o_field_widget[name=reason] input",
            run: "edit Ann has backed this account for years",
        },
        {
            content: "Waive",
            trigger: ".modal footer button[name=action_waive]",
            run: "click",
        },
        gate("dossier", "waived"),
        {
            content: "The reason stands beside it",
            trigger: ".churn_gate[data-kind=dossier]:contains(for years)",
        },
    ],
});

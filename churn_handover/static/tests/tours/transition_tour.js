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

const openDossier = [
    {
        content: "Open the dossier",
        trigger: "button[name=action_dossier]",
        run: "click",
    },
];

const answer = (row, text) => [
    {
        content: `Answer question ${row + 1}`,
        trigger: `.o_field_widget[name=answer_ids] .o_data_row:eq(${row}) td[name=answer]`,
        run: "click",
    },
    {
        content: "Write as one would tell a colleague",
        trigger: `.o_field_widget[name=answer_ids] .o_data_row:eq(${row}) td[name=answer] textarea`,
        run: `edit ${text}`,
    },
];

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
        ...openDossier,
        ...answer(0, "Mr Berg decides, Ms Dahl advises"),
        ...answer(1, "They pay late in August"),
        ...answer(2, "A training day was promised"),
        {
            content: "Give it to the successor",
            trigger: ".o_statusbar_buttons button[name=action_give]",
            run: "click",
        },
        {
            content: "It has been given",
            trigger: ".o_arrow_button_current[data-value=given]",
        },
    ],
});

registry.category("web_tour.tours").add("churn_transition_dossier_back", {
    steps: () => [
        ...openDossier,
        {
            content: "What the predecessor wrote is there",
            trigger: ".o_field_widget[name=answer_ids] .o_data_row:contains(Ms Dahl advises)",
        },
        {
            content: "Something is missing",
            trigger: ".o_statusbar_buttons button[name=action_return]",
            run: "click",
        },
        {
            content: "Say what",
            trigger: ".modal .o_field_widget[name=missing] textarea",
            run: "edit Who signs above 50,000?",
        },
        {
            content: "Send it back",
            trigger: ".modal footer button[name=action_return]",
            run: "click",
        },
        {
            content: "It has been sent back, and says why",
            trigger: ".alert:contains(Who signs above 50,000?)",
        },
    ],
});

registry.category("web_tour.tours").add("churn_transition_dossier_again", {
    steps: () => [
        {
            content: "The gate says where the dossier is",
            trigger: ".churn_gate[data-kind=dossier]:contains(Sent Back)",
        },
        ...openDossier,
        {
            content: "What is missing",
            trigger: ".alert:contains(Who signs above 50,000?)",
        },
        ...answer(3, "Above 50,000 the board signs"),
        {
            content: "Give it again",
            trigger: ".o_statusbar_buttons button[name=action_give]",
            run: "click",
        },
        {
            content: "It has been given",
            trigger: ".o_arrow_button_current[data-value=given]",
        },
    ],
});

registry.category("web_tour.tours").add("churn_transition_dossier", {
    steps: () => [
        ...openDossier,
        {
            content: "What was missing is there",
            trigger: ".o_field_widget[name=answer_ids] .o_data_row:contains(the board signs)",
        },
        {
            content: "Accept it",
            trigger: ".o_statusbar_buttons button[name=action_accept]",
            run: "click",
        },
        {
            content: "It is accepted",
            trigger: ".o_arrow_button_current[data-value=accepted]",
        },
    ],
});

registry.category("web_tour.tours").add("churn_transition_heard", {
    steps: () => [
        {
            content: "What the customer answered stands with the letter",
            trigger: ".o_field_widget[name=letter_item_ids] .o_data_row:contains(Fine)",
        },
        {
            content: "The meeting that the customer chose stands with its gate",
            trigger: ".churn_gate[data-kind=introduced]:contains(Meeting:)",
        },
    ],
});

registry.category("web_tour.tours").add("churn_transition_moved", {
    steps: () => [
        gate("notified", "passed"),
        gate("dossier", "passed"),
        gate("introduced", "passed"),
        gate("followed_up", "open"),
        {
            content: "The account has changed hands, nothing was skipped",
            trigger: ".o_arrow_button_current[data-value=done]",
        },
        openTab("steps"),
        {
            content: "The talk about new products is still to come",
            trigger: ".o_field_widget[name=task_ids] .o_data_row:contains(New-product talk)",
        },
    ],
});

registry.category("web_tour.tours").add("churn_transition_followup", {
    steps: () => [
        {
            content: "How is the successor?",
            trigger: ".o_field_widget[name=answer_successor] textarea",
            run: "edit She answers on the same day",
        },
        {
            content: "What else do they want?",
            trigger: ".o_field_widget[name=answer_wishes] textarea",
            run: "edit A price list in euro",
        },
        {
            content: "What was better before?",
            trigger: ".o_field_widget[name=answer_before] textarea",
            run: "edit Nothing",
        },
        {
            content: "That is all",
            trigger: ".o_statusbar_buttons button[name=action_done]",
            run: "click",
        },
        {
            content: "It is done",
            trigger: ".o_arrow_button_current[data-value=done]",
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
        gate("dossier", "open"),
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

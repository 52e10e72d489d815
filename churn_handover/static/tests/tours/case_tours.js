import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";
import { choose, inState, pressAndAgree } from "@churn_handover/../tests/tours/tour_steps";

const tours = registry.category("web_tour.tours");

function openCase(customer) {
    return [
        {
            content: `the case of ${customer}`,
            trigger: `.o_kanban_record:contains(${customer})`,
            run: "click",
        },
    ];
}

function decide() {
    return [
        {
            trigger: "button[name='action_decide']",
            run: "click",
        },
    ];
}

function carryOut() {
    return [
        {
            trigger: ".modal button[name='action_carry_out']",
            run: "click",
        },
        inState("Decided"),
    ];
}

tours.add("churn_case_tell", {
    url: "/odoo/churn-cases",
    steps: () => [
        ...openCase("Acme"),
        {
            content: "the manager says why",
            trigger: "[name='reason_text'] textarea",
            run: "edit The buyer asks for more visits",
        },
        ...stepUtils.saveForm(),
        {
            trigger: "button[name='action_tell']",
            run: "click",
        },
        inState("Told"),
    ],
});

tours.add("churn_case_appeal", {
    url: "/odoo/churn-cases",
    steps: () => [
        ...openCase("Acme"),
        {
            content: "the salesperson reads the reason",
            trigger: "[name='reason_text']:contains(The buyer asks for more visits)",
        },
        {
            content: "and that something may be withheld",
            trigger: ".alert:contains(it may be withheld)",
        },
        {
            content: "has no part in the decision",
            trigger: ".o_form_view:not(:has(button[name='action_decide']))",
        },
        {
            trigger: "button:contains(Appeal)",
            run: "click",
        },
        {
            trigger: ".modal [name='text'] textarea",
            run: "edit Three visits by May",
        },
        {
            trigger: ".modal button[name='action_appeal']",
            run: "click",
        },
        inState("To Decide"),
    ],
});

tours.add("churn_case_keep", {
    url: "/odoo/churn-cases",
    steps: () => [
        ...openCase("Acme"),
        {
            content: "the plan is there",
            trigger: "[name='answer_text']:contains(Three visits by May)",
        },
        ...decide(),
        {
            trigger: ".modal [name='decision'] label:contains(Keeps the Account)",
            run: "click",
        },
        {
            trigger: ".modal [name='decision_text'] textarea",
            run: "edit The plan convinces me",
        },
        ...carryOut(),
    ],
});

tours.add("churn_case_move", {
    url: "/odoo/churn-cases",
    steps: () => [
        ...openCase("Acme"),
        ...decide(),
        {
            trigger: ".modal [name='decision'] label:contains(Move)",
            run: "click",
        },
        ...choose("successor_id", "Bob", { within: ".modal " }),
        {
            trigger: ".modal [name='change_date'] input, .modal [name='change_date'] button",
            run: "click",
        },
        {
            trigger: ".o_datetime_picker .o_today",
            run: "click",
        },
        {
            trigger: ".modal [name='decision_text'] textarea",
            run: "edit Bob lives next door",
        },
        {
            content: "something is given back",
            trigger: ".modal [name='compensation_ids'] a:contains(Add a line)",
            run: "click",
        },
        ...choose("account_id", "Dyna", { within: ".modal [name='compensation_ids'] .o_selected_row " }),
        {
            content: "how the open deal is credited",
            trigger: ".modal .nav-link[name='credit']",
            run: "click",
        },
        {
            trigger: ".modal [name='credit_ids'] .o_data_row:contains(Deal with Acme) [name='former_percent']",
            run: "click",
        },
        {
            trigger: ".modal [name='credit_ids'] .o_selected_row [name='former_percent'] input",
            run: "edit 40",
        },
        ...carryOut(),
        {
            content: "the move is a handover",
            trigger: "button[name='action_view_handover']",
        },
    ],
});

tours.add("churn_case_moved", {
    url: "/odoo/churn-cases",
    steps: () => [
        {
            content: "decided cases are not open any more",
            trigger: ".o_searchview .o_facet_remove",
            run: "click",
        },
        ...openCase("Acme"),
        {
            content: "the salesperson reads why",
            trigger: "[name='decision_text']:contains(Bob lives next door)",
        },
        {
            content: "and what is given back",
            trigger: "[name='compensation_ids']:contains(Dyna):contains(Promised)",
        },
    ],
});

tours.add("churn_rotation_round", {
    url: "/odoo/churn-rotation-schedules",
    steps: () => [
        {
            trigger: ".o_data_row:contains(All) .o_data_cell:contains(All)",
            run: "click",
        },
        {
            trigger: "button[name='action_plan']",
            run: "click",
        },
        {
            trigger: ".o_notification:contains(3 proposed)",
        },
        {
            trigger: "button[name='action_view_lines']:contains(3)",
            run: "click",
        },
        {
            content: "each line says why",
            trigger: ".o_data_row:contains(Acme):contains(With Olga since)",
        },
        {
            content: "one account is left where it is",
            trigger: ".o_data_row:contains(Core) button:contains(Skip)",
            run: "click",
        },
        {
            trigger: ".modal [name='reason'] input",
            run: "edit New buyer",
        },
        {
            trigger: ".modal button[name='action_skip']",
            run: "click",
        },
        {
            trigger: "body:not(:has(.modal)) .o_list_view:not(:has(.o_data_row:contains(Core)))",
        },
        {
            trigger: ".o_data_row:contains(Acme)",
        },
        {
            trigger: "button[data-menu-xmlid='churn_handover.menu_staying']",
            run: "click",
        },
        {
            trigger: ".dropdown-item[data-menu-xmlid='churn_handover.menu_rotation_round']",
            run: "click",
        },
        {
            trigger: ".o_data_row:first .o_data_cell:contains(All)",
            run: "click",
        },
        ...pressAndAgree("action_confirm"),
        inState("Confirmed"),
        {
            trigger: "button[name='action_view_handovers']:contains(1)",
        },
    ],
});
